/** How much of a busy process's time goes to its viewers. */

import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** From here on the event loop has hardly a moment to spare: what viewers take, the stack lacks. */
const BUSY = 0.8;
/** A busy process tells viewers something only after so many times the time that the last telling took. */
const REST = 60;
/** How long the loop is looked at to know whether it is busy. */
const LOOK_MS = 50;

/**
 * Lets viewers be told as often as they like while the process has time to spare, and in a sixtieth of its time when it has
 * not: what they miss is coalesced, cut and counted by the log.
 */
export class Pace {
  #restsUntilMs = 0;
  #isBusy = false;
  #lookedMs = performance.now();
  #looked: EventLoopUtilization = performance.eventLoopUtilization();

  /** Tells, unless it is too early for that. */
  tell(telling: () => void): void {
    const beganMs = performance.now();
    this.#look(beganMs);
    if (this.#isBusy && beganMs < this.#restsUntilMs) return;
    telling();
    const overMs = performance.now();
    this.#restsUntilMs = overMs + REST * (overMs - beganMs);
  }

  #look(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS) return;
    const now = performance.eventLoopUtilization();
    this.#isBusy = performance.eventLoopUtilization(now, this.#looked).utilization > BUSY;
    this.#looked = now;
    this.#lookedMs = nowMs;
  }
}
