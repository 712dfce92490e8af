/** A simulation at a viewer's pace: with play, pause and single steps. */

import { StackError } from '../errors.ts';
import type { TimerHost } from '../net/timer-clock.ts';
import type { VirtualClock } from '../sim/index.ts';
import { GatedClock } from './gated-clock.ts';
import type { StepKind } from './protocol.ts';
import { notPaused, type RunControl } from './run-control.ts';

export interface VirtualRun extends RunControl {
  /** The simulation's clock. Whoever runs it waits in `run` for the viewer's leave. */
  readonly clock: VirtualClock;
  /** Lets everything go that is left, without waiting for anybody. */
  finish(): void;
}

export interface VirtualRunOptions {
  /** When the virtual clock starts. Default 0. */
  readonly startMs?: number;
  /** Begin at this speed, and not paused. */
  readonly speed?: number;
}

/** The slowest and the fastest that a run is played, in virtual time a unit of real time. */
const SLOWEST = 0.01;
const FASTEST = 100;
/** A playing run looks so often whether the next timer is due, in real time. */
const TICK_MS = 10;
/** A step that waits for a frame or a timer gives up after so many timers. */
const LONGEST_STEP = 100_000;

/**
 * @param host the real time, by which a run is played: `performance.now`, `setTimeout` and `clearTimeout`
 * @example
 * ```ts
 * const run = virtualRun(host);
 * const [left, right] = pair(run.clock);
 * // … two stacks on them, with run.clock …
 * const inspector = createInspector({ client, server }, { run });
 * void run.clock.run(); // waits for a viewer's "play" or "step"
 * ```
 */
export function virtualRun<Id>(host: TimerHost<Id>, options: VirtualRunOptions = {}): VirtualRun {
  return new PlayedRun(host, options);
}

/** What a run may do next. */
type Pace =
  | { readonly kind: 'paused' }
  /** Virtual time is `fromMs` at the real time `sinceMs`. */
  | { readonly kind: 'plays'; readonly sinceMs: number; readonly fromMs: number }
  | { readonly kind: 'steps'; left: number; readonly what: StepKind; readonly host: string | undefined }
  | { readonly kind: 'finishes' };

const PAUSED: Pace = { kind: 'paused' };

class PlayedRun<Id> implements VirtualRun {
  readonly canPause = true;
  readonly canPlay = true;
  readonly steps = ['event', 'frame', 'timer'] as const;
  readonly clock: GatedClock;
  readonly #host: TimerHost<Id>;
  #speed = 1;
  #pace: Pace = PAUSED;
  #timer: Id | undefined;

  constructor(host: TimerHost<Id>, { startMs = 0, speed }: VirtualRunOptions) {
    this.#host = host;
    this.clock = new GatedClock(startMs, {
      mayFire: (dueMs) => this.#mayFire(dueMs),
      waits: (dueMs) => this.#waits(dueMs),
    });
    if (speed !== undefined) this.play(speed);
  }

  get paused(): boolean {
    return this.#pace.kind === 'paused' || this.#pace.kind === 'steps';
  }

  get speed(): number {
    return this.#speed;
  }

  pause(): void {
    this.#pace = PAUSED;
  }

  resume(): void {
    this.play(this.#speed);
  }

  play(speed: number): void {
    if (!(speed >= SLOWEST && speed <= FASTEST)) {
      throw new StackError('EINVAL', `play: a speed of ${speed}; give a number of ${SLOWEST} to ${FASTEST}`);
    }
    this.#speed = speed;
    this.#pace = { kind: 'plays', sinceMs: this.#host.now(), fromMs: this.clock.now() };
    this.clock.wake();
  }

  step(what: StepKind, host: string | undefined): boolean {
    if (!this.paused) throw notPaused();
    if (this.clock.pending === 0) return false;
    this.#pace = { kind: 'steps', left: what === 'event' ? 1 : LONGEST_STEP, what, host };
    this.clock.wake();
    return true;
  }

  finish(): void {
    this.#pace = { kind: 'finishes' };
    this.clock.wake();
  }

  happened(what: 'frame' | 'timer', host: string): void {
    const pace = this.#pace;
    if (pace.kind === 'steps' && pace.what === what && (pace.host === undefined || pace.host === host))
      this.#pace = PAUSED;
  }

  #mayFire(dueMs: number): boolean {
    const pace = this.#pace;
    switch (pace.kind) {
      case 'finishes':
        return true;
      case 'plays':
        return dueMs <= this.#playedMs(pace);
      case 'steps':
        if (pace.left-- > 0) return true;
        this.#pace = PAUSED;
        return false;
      case 'paused':
        return false;
    }
  }

  #playedMs({ sinceMs, fromMs }: { readonly sinceMs: number; readonly fromMs: number }): number {
    return fromMs + (this.#host.now() - sinceMs) * this.#speed;
  }

  /** A playing run shows the time that passes in between, too. */
  #waits(dueMs: number): void {
    const pace = this.#pace;
    if (pace.kind !== 'plays') return;
    const playedMs = this.#playedMs(pace);
    if (playedMs > this.clock.now() && playedMs < dueMs) this.clock.advanceTo(playedMs);
    const waitMs = Math.min(TICK_MS, Math.max(0, (dueMs - playedMs) / this.#speed));
    if (this.#timer !== undefined) this.#host.clearTimeout(this.#timer);
    this.#timer = this.#host.setTimeout(() => this.clock.wake(), waitMs);
  }
}
