import type { Clock, TimerId } from '../clock.ts';

/** Tells when nothing has happened for so long. Activity is cheap: the timer looks at the time of the last one when it fires. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #expired: () => void;
  #waitMs = 0;
  #lastMs = 0;
  #timer: TimerId | undefined;

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
  }

  /** Starts anew; 0 turns the timer off. */
  set(waitMs: number): void {
    this.stop();
    this.#waitMs = waitMs;
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
    return this.#clock.setTimeout(() => {
      const restMs = this.#lastMs + this.#waitMs - this.#clock.now();
      this.#timer = restMs > 0 ? this.#arm(restMs) : undefined;
      if (restMs <= 0) this.#expired();
    }, delayMs);
  }
}
