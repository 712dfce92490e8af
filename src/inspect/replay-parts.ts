/** The device, the clock and the randomness of a stack whose every input is known beforehand. */

import { Subject } from 'rxjs';
import type { Clock, TimerId } from '../clock.ts';
import type { Device, Frame } from '../net/device.ts';
import type { Random } from '../random.ts';
import { dueAt } from '../timer-heap.ts';

/** Frames arrive when they are told to, and what is sent goes nowhere. */
export class ReplayDevice implements Device {
  readonly name: string;
  readonly mtu: number;
  readonly frames$ = new Subject<readonly Frame[]>();
  readonly drained$ = new Subject<void>();
  readonly #full: ReadonlySet<number>;
  #writes = 0;

  /** @param full the numbers of the writes at which the device said that it was full */
  constructor({ name, mtu }: { readonly name: string; readonly mtu: number }, full: ReadonlySet<number>) {
    this.name = name;
    this.mtu = mtu;
    this.#full = full;
  }

  write(): boolean {
    return !this.#full.has(++this.#writes);
  }

  close(): void {}
}

class ReplayTimer {
  readonly dueMs: number;
  readonly callback: () => void;

  constructor(dueMs: number, callback: () => void) {
    this.dueMs = dueMs;
    this.callback = callback;
  }
}

/** Time is what the record says, and a timer fires when it did. */
export class ReplayClock implements Clock {
  nowMs: number;
  readonly #timers = new Set<ReplayTimer>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    const timer = new ReplayTimer(dueAt(this.nowMs, delayMs), callback);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.delete(id as ReplayTimer);
  }

  /** Fires the timer with this deadline. There may be none: users of the recorded run armed timers, too. */
  fire(dueMs: number): void {
    for (const timer of this.#timers) {
      if (timer.dueMs !== dueMs) continue;
      this.#timers.delete(timer);
      timer.callback();
      return;
    }
  }
}

/** The numbers that the record's stack drew, in their order. */
export function replayRandom(values: readonly number[]): Random {
  let next = 0;
  return { uint32: () => values[next++] ?? 0 };
}
