import type { Clock, TimerId } from '../clock.ts';

/** Tells when nothing has happened for so long. Activity is cheap: the timer looks at the time of the last one when it fires. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #progress: () => number | undefined;
  readonly #expired: () => void;
  #waitMs = 0;
  #lastMs = 0;
  #timer: TimerId | undefined;
  #progressed: number | undefined;

  /**
   * @param progress looked at when the timer is due: a number, and another than the last time, counts as activity
   * @param expired called once; the next activity starts the timer again
   */
  constructor(clock: Clock, progress: () => number | undefined, expired: () => void) {
    this.#clock = clock;
    this.#progress = progress;
    this.#expired = expired;
  }

  /** Starts anew; 0 turns the timer off. */
  set(waitMs: number): void {
    this.stop();
    this.#waitMs = waitMs;
    this.#progressed = this.#progress();
    this.activity();
  }

  /** Something has happened: the wait begins anew, after an expiry too. */
  activity(): void {
    if (this.#waitMs === 0) return;
    this.#lastMs = this.#clock.now();
    this.#timer ??= this.#arm(this.#waitMs);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitMs = 0;
  }

  #arm(delayMs: number): TimerId {
    return this.#clock.setTimeout(() => this.#due(), delayMs);
  }

  #due(): void {
    const restMs = this.#lastMs + this.#waitMs - this.#clock.now();
    const progress = this.#progress();
    const hasProgressed = progress !== undefined && progress !== this.#progressed;
    this.#progressed = progress;
    if (restMs > 0 || hasProgressed) {
      this.#timer = this.#arm(restMs > 0 ? restMs : this.#waitMs);
      return;
    }
    this.#timer = undefined;
    this.#expired();
  }
}
