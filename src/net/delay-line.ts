import type { Clock, TimerId } from '../clock.ts';
import type { Frame } from './device.ts';

interface Batch<T> {
  readonly dueMs: number;
  readonly frames: T[];
  next: Batch<T> | undefined;
}

/**
 * Frames on their way: what is pushed comes out when it is due, in the order of pushing, through the clock and never
 * from inside `push`. Frames due at the same instant come out as one batch.
 */
export class DelayLine<T = Frame> {
  readonly #clock: Clock;
  readonly #deliver: (frames: readonly T[]) => void;
  #first: Batch<T> | undefined;
  #last: Batch<T> | undefined;
  #size = 0;
  #timer: TimerId;

  constructor(clock: Clock, deliver: (frames: readonly T[]) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  /** How many frames are on their way. */
  get size(): number {
    return this.#size;
  }

  /** A frame never overtakes: one that is due before its predecessor comes out together with it. */
  push(frame: T, dueMs: number): void {
    this.#size++;
    const last = this.#last;
    if (last !== undefined && dueMs <= last.dueMs) {
      last.frames.push(frame);
      return;
    }
    const batch: Batch<T> = { dueMs, frames: [frame], next: undefined };
    this.#last = batch;
    if (last !== undefined) {
      last.next = batch;
      return;
    }
    this.#first = batch;
    this.#arm(batch);
  }

  /** Loses all that is on its way. */
  clear(): void {
    if (this.#first !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
  }

  #arm(batch: Batch<T>): void {
    this.#timer = this.#clock.setTimeout(() => this.#deliverDue(), batch.dueMs - this.#clock.now());
  }

  #deliverDue(): void {
    const nowMs = this.#clock.now();
    const head = this.#first;
    if (head === undefined) return;
    const { frames } = head;
    let next = head.next;
    // A host's timer may be late: then several instants come out at once.
    for (; next !== undefined && next.dueMs <= nowMs; next = next.next) {
      for (const frame of next.frames) frames.push(frame);
    }
    this.#size -= frames.length;
    this.#first = next;
    if (next === undefined) this.#last = undefined;
    else this.#arm(next);
    this.#deliver(frames);
  }
}
