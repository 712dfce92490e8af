/** A virtual clock whose timers wait for leave: who runs a simulation runs it as any other, and a viewer sets the pace. */

import type { TimerId } from '../clock.ts';
import { type RunOptions, type VirtualClock, virtualClock } from '../sim/index.ts';

/** Who gives leave. */
export interface Gate {
  /** Whether the timer that is due next may fire now. If it fires, leave is not asked for again. */
  mayFire(dueMs: number): boolean;
  /** A run waits for leave. */
  waits(dueMs: number): void;
}

export class GatedClock implements VirtualClock {
  readonly #base: VirtualClock;
  readonly #gate: Gate;
  #wake: (() => void) | undefined;
  #isWoken = false;

  constructor(startMs: number, gate: Gate) {
    this.#base = virtualClock({ startMs });
    this.#gate = gate;
  }

  now(): number {
    return this.#base.now();
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    return this.#base.setTimeout(callback, delayMs);
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

  /** As any virtual clock's, with a wait for leave before each timer. */
  async run(options: RunOptions = {}): Promise<void> {
    const { untilMs = Number.POSITIVE_INFINITY, until, maxSteps = Number.POSITIVE_INFINITY } = options;
    for (let steps = 0; steps < maxSteps; ) {
      // Every promise that can settle does so in here; the timers' turn comes after it.
      await this.#base.run({ until: () => true });
      if (until?.()) return;
      const dueMs = this.#base.nextDueMs;
      if (dueMs === undefined || dueMs > untilMs) {
        if (untilMs < Number.POSITIVE_INFINITY) this.#base.advanceTo(Math.max(untilMs, this.now()));
        return;
      }
      if (this.#gate.mayFire(dueMs)) {
        steps++;
        this.#base.step();
      } else {
        await this.#leave(dueMs);
      }
    }
    throw new Error(`run: still ${this.pending} timers armed after ${maxSteps} steps, at ${this.now()} ms`);
  }

  /** Leave may be given now: the run asks for it again. */
  wake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  async #leave(dueMs: number): Promise<void> {
    this.#isWoken = false;
    this.#gate.waits(dueMs);
    if (this.#isWoken) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}
