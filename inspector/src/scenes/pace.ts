/** Who moves a run inside the page on: the page's pictures, one after the other, or single steps. */

import { StackError } from '../../../src/errors.ts';
import type { RunControl, StepKind } from '../../../src/inspect/index.ts';
import type { GatedClock } from './gated-clock.ts';

/** The page's own time. */
export interface Pictures {
  now(): number;
  next(callback: () => void): void;
}

/** A picture takes no longer than this to compute: a run that has more to do falls behind real time, and the page does not. */
const BUDGET_MS = 9;
/** A step that waits for a frame or a timer gives up after so many timers of the simulation. */
const LONGEST = 100_000;

export class Pace implements RunControl {
  readonly canPause = true;
  readonly canPlay = true;
  readonly steps: readonly StepKind[] = ['event', 'frame', 'timer'];
  /** Called when something may have happened. */
  onProgress: (() => void) | undefined;
  /** The step or picture that is under way. */
  busy: Promise<void> = Promise.resolve();
  readonly #clock: GatedClock;
  readonly #pictures: Pictures;
  #speed = 1;
  #playing: object | undefined;
  #awaited: { readonly what: StepKind; readonly host: string | undefined } | undefined;
  #happened = false;

  constructor(clock: GatedClock, pictures: Pictures) {
    this.#clock = clock;
    this.#pictures = pictures;
  }

  get paused(): boolean {
    return this.#playing === undefined;
  }

  get speed(): number {
    return this.#speed;
  }

  pause(): void {
    this.#playing = undefined;
  }

  resume(): void {
    this.play(this.#speed);
  }

  play(speed: number): void {
    if (!(speed >= 0.01 && speed <= 100)) {
      throw new StackError('EINVAL', `play: a speed of ${speed}; give a number of 0.01 to 100`);
    }
    this.#speed = speed;
    const turn = {};
    this.#playing = turn;
    let last = this.#pictures.now();
    const picture = async (): Promise<void> => {
      if (this.#playing !== turn) return;
      const now = this.#pictures.now();
      const targetMs = this.#clock.now() + (now - last) * this.#speed;
      last = now;
      // With nothing to wait for, time would pass in vain: it stands until somebody does something.
      if (this.#clock.pending > 0) {
        await this.#begin(() => this.#playTo(targetMs, () => this.#playing === turn));
        this.onProgress?.();
      }
      if (this.#playing === turn) this.#pictures.next(() => void picture());
    };
    this.#pictures.next(() => void picture());
  }

  step(what: StepKind, host: string | undefined): boolean {
    if (this.#clock.pending === 0) return false;
    this.#awaited = { what, host };
    this.#happened = false;
    let left = what === 'event' ? 1 : LONGEST;
    void this.#begin(async () => {
      await this.#clock.grant(() => !this.#happened && left-- > 0);
      this.#awaited = undefined;
    }).then(() => this.onProgress?.());
    return true;
  }

  happened(what: 'frame' | 'timer', host: string): void {
    const awaited = this.#awaited;
    if (awaited?.what === what && (awaited.host === undefined || awaited.host === host))
      this.#happened = true;
  }

  /** Fires all there is, picture by picture. Returns whether there was anything. */
  async hurry(shown: () => void): Promise<boolean> {
    const before = this.#clock.fired;
    while (this.#clock.pending > 0) {
      const untilMs = this.#pictures.now() + 3 * BUDGET_MS;
      const firedBefore = this.#clock.fired;
      await this.#begin(() => this.#clock.grant(() => this.#pictures.now() <= untilMs));
      shown();
      if (this.#clock.fired === firedBefore) break;
      await new Promise<void>((resolve) => this.#pictures.next(resolve));
    }
    await this.#begin(() => this.#clock.grant(() => false));
    return this.#clock.fired > before;
  }

  /** Goes on until so many timers have fired, and then to a time: a place that a record names. */
  async goTo(place: { readonly fired: number; readonly timeMs: number }): Promise<void> {
    await this.#begin(() => this.#clock.grant(() => this.#clock.fired < place.fired));
    const { nextDueMs } = this.#clock;
    if (place.timeMs > this.#clock.now() && (nextDueMs === undefined || nextDueMs > place.timeMs)) {
      this.#clock.advanceTo(place.timeMs);
    }
  }

  async #playTo(targetMs: number, goesOn: () => boolean): Promise<void> {
    const untilMs = this.#pictures.now() + BUDGET_MS;
    let isLate = false;
    await this.#clock.grant((dueMs) => {
      isLate ||= this.#pictures.now() > untilMs;
      return dueMs <= targetMs && !isLate && goesOn();
    });
    const { nextDueMs } = this.#clock;
    if (
      goesOn() &&
      !isLate &&
      targetMs > this.#clock.now() &&
      (nextDueMs === undefined || nextDueMs > targetMs)
    ) {
      this.#clock.advanceTo(targetMs);
    }
  }

  /** One after the other: two that ran at a time would take each other's leave away. */
  #begin(act: () => Promise<void>): Promise<void> {
    this.busy = this.busy.then(act);
    return this.busy;
  }
}
