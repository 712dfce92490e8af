/**
 * A virtual clock that fires nothing without leave. Whoever runs a simulation calls `run` as on any other; the page grants it
 * one timer, or all up to a time, as its viewer plays and steps.
 */

import type { TimerId } from '../../../src/clock.ts';
import { type RunOptions, type VirtualClock, virtualClock } from '../../../src/sim/index.ts';

export class GatedClock implements VirtualClock {
  readonly #base: VirtualClock;
  /** How many timers have fired: a place in the run that a replay comes to again. */
  fired = 0;
  /** Called before each timer fires, once all promises of the one before have settled. */
  onFire: (() => void) | undefined;
  #mayFire: (dueMs: number) => boolean = () => false;
  #wake: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(startMs = 0) {
    this.#base = virtualClock({ startMs });
  }

  now(): number {
    return this.#base.now();
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const id = this.#base.setTimeout(callback, delayMs);
    this.#signal();
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#base.clearTimeout(id);
  }

  get pending(): number {
    return this.#base.pending;
  }

  get nextDueMs(): number | undefined {
    return this.#base.nextDueMs;
  }

  step(): boolean {
    return this.#base.step();
  }

  advance(ms: number): void {
    this.#base.advance(ms);
  }

  advanceTo(timeMs: number): void {
    this.#base.advanceTo(timeMs);
  }

  async run(options: RunOptions = {}): Promise<void> {
    const { untilMs = Number.POSITIVE_INFINITY, until } = options;
    while (!this.#closed) {
      await hop();
      if (until?.()) return;
      const dueMs = this.nextDueMs;
      if (dueMs === undefined || dueMs > untilMs) return;
      if (this.#mayFire(dueMs)) {
        this.onFire?.();
        this.fired++;
        this.#base.step();
      } else await this.#asleep();
    }
    // A simulation that is thrown away stays where it is: its users wait for ever, and are collected with it.
    await new Promise<never>(() => {});
  }

  /** Waits until a timer is armed. */
  armed(): Promise<void> {
    if (this.nextDueMs !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** From now on timers fire for which `mayFire` holds. Settles when it holds for none, and all promises have settled. */
  grant(mayFire: (dueMs: number) => boolean): Promise<void> {
    this.#mayFire = mayFire;
    this.#signal();
    return new Promise((resolve) => {
      void this.#whenStill(resolve);
    });
  }

  close(): void {
    this.#closed = true;
    this.#mayFire = () => false;
    this.#signal();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #whenStill(resolve: () => void): Promise<void> {
    for (;;) {
      // Two hops: the run's own, and those of the promises that its last timer settled.
      await hop();
      await hop();
      const dueMs = this.nextDueMs;
      if (this.#closed || dueMs === undefined || !this.#mayFire(dueMs)) return resolve();
    }
  }

  #asleep(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #signal(): void {
    for (const resolve of this.#wake.splice(0)) resolve();
  }
}

const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
const waiting: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** A macrotask, and so behind every microtask that is pending. Browsers have no `setImmediate`, and their timers wait for 4 ms. */
function hop(): Promise<void> {
  return new Promise((resolve) => {
    if (setImmediate) {
      setImmediate(resolve);
      return;
    }
    waiting.push(resolve);
    if (!channel) {
      channel = new MessageChannel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    channel.port2.postMessage(undefined);
  });
}
