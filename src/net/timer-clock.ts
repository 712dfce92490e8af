import type { Clock, TimerId } from '../clock.ts';
import { dueAt, TimerHeap } from '../timer-heap.ts';

/** What a clock needs of its host: a monotonic time in milliseconds, and one timer. */
export interface TimerHost<Id> {
  /** Milliseconds, fractions included, that never go backwards: `performance.now`, say. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): Id;
  clearTimeout(id: Id): void;
  /** The steps in which it keeps waits, in milliseconds: they are rounded up to whole ones. Default 1. */
  readonly stepMs?: number;
  /** Lets the process end although the timer is armed. Called on each timer if it is there. */
  unref?(id: Id): void;
}

export interface TimerClock extends Clock {
  /** How many timers are armed. */
  readonly pending: number;
}

/** The longest wait that hosts keep in 32 bits with a sign; longer ones fire at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/**
 * A clock on a host's own timers: all timers share one heap behind one host timer, so that 100,000 armed ones cost
 * nothing until they fire. A timer never fires before its deadline, even where the host rounds fractions down.
 *
 * The host timer is left alone when the timer that it was set for is cancelled; it then fires for nothing, once, and is
 * set for the next deadline. A throw in a callback goes to the host, and the other timers still fire.
 *
 * @example
 * ```ts
 * const clock = timerClock({
 *   now: () => performance.now(),
 *   setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
 *   clearTimeout: (id) => clearTimeout(id),
 * });
 * ```
 */
export function timerClock<Id>(host: TimerHost<Id>): TimerClock {
  return new HostClock(host);
}

class HostClock<Id> implements TimerClock {
  readonly #host: TimerHost<Id>;
  readonly #stepMs: number;
  readonly #heap = new TimerHeap();
  readonly #fire = (): void => this.#fireDue();
  #hostTimer: Id | undefined;
  /** When the host timer fires, Infinity if it is not set. */
  #hostDueMs = Number.POSITIVE_INFINITY;

  constructor(host: TimerHost<Id>) {
    this.#host = host;
    this.#stepMs = host.stepMs ?? 1;
  }

  now(): number {
    return this.#host.now();
  }

  get pending(): number {
    return this.#heap.size;
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const nowMs = this.#host.now();
    const timer = this.#heap.arm(dueAt(nowMs, delayMs), callback);
    if (timer.dueMs < this.#hostDueMs) this.#setHostTimer(nowMs, timer.dueMs);
    return timer;
  }

  clearTimeout(id: TimerId): void {
    this.#heap.cancel(id);
    // A host timer that was not unref'ed would keep the process alive for nothing.
    if (this.#heap.size === 0 && this.#host.unref === undefined) this.#clearHostTimer();
  }

  #fireDue(): void {
    this.#hostDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#host.now();
    // Timers armed by these callbacks wait for the host's next turn: a timer that re-arms itself must not starve I/O.
    const armedBefore = this.#heap.armed;
    try {
      for (let first = this.#heap.first; first !== undefined; first = this.#heap.first) {
        if (first.dueMs > nowMs || first.order >= armedBefore) break;
        this.#heap.takeFirst();
        first.callback();
      }
    } finally {
      const next = this.#heap.first;
      if (next !== undefined && next.dueMs < this.#hostDueMs)
        this.#setHostTimer(this.#host.now(), next.dueMs);
    }
  }

  #setHostTimer(nowMs: number, dueMs: number): void {
    this.#clearHostTimer();
    // Hosts cut fractions off: rounded up here, or the timer would fire early and have to be set again.
    const steps = Math.ceil((dueMs - nowMs) / this.#stepMs);
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, steps * this.#stepMs));
    this.#hostDueMs = dueMs;
    const hostTimer = this.#host.setTimeout(this.#fire, waitMs);
    this.#hostTimer = hostTimer;
    this.#host.unref?.(hostTimer);
  }

  #clearHostTimer(): void {
    if (this.#hostDueMs === Number.POSITIVE_INFINITY) return;
    this.#host.clearTimeout(this.#hostTimer as Id);
    this.#hostDueMs = Number.POSITIVE_INFINITY;
  }
}
