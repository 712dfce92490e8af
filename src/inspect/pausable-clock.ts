/**
 * A clock that can be stopped, over one that can't: what "pause" does to the time of a stack on live traffic.
 */

import type { Clock, TimerId } from '../clock.ts';
import { dueAt } from '../timer-heap.ts';

export interface PausableClock extends Clock {
  readonly paused: boolean;
  /** Stops time: `now()` stands, and no timer fires. Twice is fine. */
  pause(): void;
  /** Goes on from where time stood: what passed meanwhile has not passed here, and timers have as long to go as they had. */
  resume(): void;
  /**
   * Only while paused: moves to the deadline that is next, and fires that one timer. Returns false when none is armed.
   *
   * Time so gained stays: after `resume()` it goes on from there.
   */
  fireNext(): boolean;
  /** The deadlines of the armed timers, earliest first. */
  readonly dueMs: readonly number[];
}

/**
 * Makes a clock pausable. While it is not paused, timers are the base clock's own, and fire in its order.
 *
 * @example
 * ```ts
 * const clock = pausableClock(hostClock());
 * const stack = createStack({ device, addresses, clock, random });
 * clock.pause();
 * clock.fireNext(); // the retransmission timer, say, as if its time had come
 * clock.resume();
 * ```
 */
export function pausableClock(base: Clock): PausableClock {
  return new StoppableClock(base);
}

/** Whether a clock can be paused. */
export function isPausable(clock: Clock): clock is PausableClock {
  return clock instanceof StoppableClock || ('fireNext' in clock && 'pause' in clock);
}

class Armed {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  base: TimerId;

  constructor(dueMs: number, order: number, callback: () => void) {
    this.dueMs = dueMs;
    this.order = order;
    this.callback = callback;
  }
}

class StoppableClock implements PausableClock {
  readonly #base: Clock;
  readonly #armed = new Set<Armed>();
  #order = 0;
  /** Our time less the base clock's. */
  #aheadMs = 0;
  #stoodAtMs: number | undefined;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#stoodAtMs ?? this.#base.now() + this.#aheadMs;
  }

  get paused(): boolean {
    return this.#stoodAtMs !== undefined;
  }

  get dueMs(): readonly number[] {
    return this.#inOrder().map((armed) => armed.dueMs);
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const armed = new Armed(dueAt(this.now(), delayMs), this.#order++, callback);
    if (armed.dueMs === Number.POSITIVE_INFINITY) return armed;
    this.#armed.add(armed);
    if (!this.paused) this.#start(armed, delayMs);
    return armed;
  }

  clearTimeout(id: TimerId): void {
    if (!(id instanceof Armed) || !this.#armed.delete(id)) return;
    if (!this.paused) this.#base.clearTimeout(id.base);
  }

  pause(): void {
    if (this.paused) return;
    this.#stoodAtMs = this.now();
    for (const armed of this.#armed) this.#base.clearTimeout(armed.base);
  }

  resume(): void {
    if (this.#stoodAtMs === undefined) return;
    const nowMs = this.#stoodAtMs;
    this.#aheadMs = nowMs - this.#base.now();
    this.#stoodAtMs = undefined;
    for (const armed of this.#inOrder()) this.#start(armed, armed.dueMs - nowMs);
  }

  fireNext(): boolean {
    if (this.#stoodAtMs === undefined) throw new Error('fireNext: pause the clock first');
    const next = this.#inOrder()[0];
    if (next === undefined) return false;
    this.#armed.delete(next);
    this.#stoodAtMs = Math.max(this.#stoodAtMs, next.dueMs);
    next.callback();
    return true;
  }

  #start(armed: Armed, delayMs: number): void {
    armed.base = this.#base.setTimeout(() => {
      this.#armed.delete(armed);
      armed.callback();
    }, delayMs);
  }

  #inOrder(): Armed[] {
    return [...this.#armed].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  }
}
