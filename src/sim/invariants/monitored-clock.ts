import type { Clock, TimerId } from '../../clock.ts';

/** A clock that knows how many of the timers that were armed through it are still to fire. */
export class MonitoredClock implements Clock {
  readonly #clock: Clock;
  readonly #armed = new Set<TimerId>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get armed(): number {
    return this.#armed.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    if (delayMs === Number.POSITIVE_INFINITY) return this.#clock.setTimeout(callback, delayMs);
    const id = this.#clock.setTimeout(() => {
      this.#armed.delete(id);
      callback();
    }, delayMs);
    this.#armed.add(id);
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#armed.delete(id);
    this.#clock.clearTimeout(id);
  }
}
