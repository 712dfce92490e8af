/** Runs a simulation's clock at a viewer's pace: with play, pause and single steps. */

import { StackError } from '../errors.ts';
import type { TimerHost } from '../net/timer-clock.ts';
import type { VirtualClock } from '../sim/virtual-clock.ts';
import type { StepKind } from './protocol.ts';
import { notPaused, type RunControl } from './run-control.ts';

export interface VirtualRun extends RunControl {
  /** Called after each piece of the run; what was learnt since the last call can be shown. */
  onProgress: (() => void) | undefined;
  /** Ends the run: no time passes any more. */
  close(): void;
}

/** The slowest and the fastest that a run is played, in virtual time a unit of real time. */
const SLOWEST = 0.01;
const FASTEST = 100;
/** How often a playing run moves on, in real time. */
const FRAME_MS = 16;
/** So many timers fire at a step at most, before it is given up. */
const STEP_LIMIT = 100_000;

/**
 * @param host the real time, by which a run is played: `performance.now`, `setTimeout` and `clearTimeout`
 * @example
 * ```ts
 * const run = virtualRun(clock, host);
 * const inspector = createInspector({ client, server }, { run });
 * run.play(1);
 * ```
 */
export function virtualRun<Id>(clock: VirtualClock, host: TimerHost<Id>): VirtualRun {
  return new PlayedRun(clock, host);
}

class PlayedRun<Id> implements VirtualRun {
  readonly canPause = true;
  readonly canPlay = true;
  readonly steps = ['event', 'frame', 'timer'] as const;
  onProgress: (() => void) | undefined;
  readonly #clock: VirtualClock;
  readonly #host: TimerHost<Id>;
  #speed = 1;
  #timer: Id | undefined;
  #playing: { readonly sinceMs: number; readonly fromMs: number } | undefined;
  #busy = false;
  #closed = false;
  /** What the step that is under way waits for; undefined once it has happened. */
  #awaited: { readonly what: 'frame' | 'timer'; readonly host: string | undefined } | undefined;

  constructor(clock: VirtualClock, host: TimerHost<Id>) {
    this.#clock = clock;
    this.#host = host;
  }

  get paused(): boolean {
    return this.#playing === undefined;
  }

  get speed(): number {
    return this.#speed;
  }

  pause(): void {
    this.#playing = undefined;
    if (this.#timer !== undefined) this.#host.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  resume(): void {
    this.play(this.#speed);
  }

  play(speed: number): void {
    if (!(speed >= SLOWEST && speed <= FASTEST)) {
      throw new StackError('EINVAL', `play: a speed of ${speed}; give a number of ${SLOWEST} to ${FASTEST}`);
    }
    this.pause();
    if (this.#closed) return;
    this.#speed = speed;
    this.#playing = { sinceMs: this.#host.now(), fromMs: this.#clock.now() };
    this.#schedule();
  }

  step(what: StepKind, host: string | undefined): boolean {
    if (!this.paused) throw notPaused();
    if (this.#busy || this.#clock.pending === 0) return false;
    this.#awaited = what === 'event' ? undefined : { what, host };
    let steps = 0;
    const isOver = (): boolean => {
      const isThere = what === 'event' || this.#awaited === undefined;
      return steps++ > 0 && (isThere || steps > STEP_LIMIT);
    };
    void this.#run({ until: isOver });
    return true;
  }

  happened(what: 'frame' | 'timer', host: string): void {
    const awaited = this.#awaited;
    if (awaited?.what === what && (awaited.host === undefined || awaited.host === host))
      this.#awaited = undefined;
  }

  close(): void {
    this.#closed = true;
    this.pause();
  }

  #schedule(): void {
    this.#timer = this.#host.setTimeout(() => void this.#playOn(), FRAME_MS);
    this.#host.unref?.(this.#timer);
  }

  async #playOn(): Promise<void> {
    const playing = this.#playing;
    if (!playing) return;
    const untilMs = playing.fromMs + (this.#host.now() - playing.sinceMs) * this.#speed;
    if (!this.#busy && untilMs >= this.#clock.now()) {
      await this.#run({ untilMs, until: () => this.#playing !== playing });
    }
    if (this.#playing === playing) this.#schedule();
  }

  async #run(options: Parameters<VirtualClock['run']>[0]): Promise<void> {
    this.#busy = true;
    try {
      await this.#clock.run(options);
    } finally {
      this.#busy = false;
      this.onProgress?.();
    }
  }
}
