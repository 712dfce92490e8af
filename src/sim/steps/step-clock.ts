import type { Clock, TimerId } from '../../clock.ts';

interface Armed {
  readonly dueMs: number;
  readonly callback: () => void;
}

/**
 * A clock whose timers fire only when they are told to, one by one and in any order. A timer may fire late, as on a host that
 * has much to do, and never early.
 */
export class StepClock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  /** Time goes on; nothing fires. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }

  passTo(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }
}

/** The timers of one end, on a clock that both ends share. */
export class StepTimers implements Clock {
  readonly #clock: StepClock;
  readonly #armed = new Map<object, Armed>();

  constructor(clock: StepClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const id = {};
    if (delayMs !== Number.POSITIVE_INFINITY)
      this.#armed.set(id, { dueMs: this.#clock.now() + Math.max(0, delayMs), callback });
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#armed.delete(id as object);
  }

  /** How many are armed. */
  get pending(): number {
    return this.#armed.size;
  }

  /** Fires the timer that was armed for this time, at `atMs` or when it is due, if that is later. False if there is none. */
  fire(dueMs: number, atMs: number): boolean {
    for (const [id, timer] of this.#armed) {
      if (Math.abs(timer.dueMs - dueMs) > ROUNDING_MS) continue;
      this.#armed.delete(id);
      this.#clock.passTo(Math.max(timer.dueMs, atMs));
      timer.callback();
      return true;
    }
    return false;
  }
}

/** A due time that went through a delay and back is off by as much as fractions of a millisecond are rounded. */
const ROUNDING_MS = 1e-6;
