/** One armed timer. It knows its place in the heap, so that it can be taken out without a search. */
export class Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  place = -1;

  constructor(dueMs: number, order: number, callback: () => void) {
    this.dueMs = dueMs;
    this.order = order;
    this.callback = callback;
  }
}

/**
 * The timers of a clock in a binary heap, earliest first, those due at the same instant in the order of arming.
 *
 * Arming, cancelling and taking cost O(log n). A cancelled timer is gone at once: connections cancel nearly every timer
 * that they arm, so one left in place until its deadline would hold its connection in memory for minutes.
 */
export class TimerHeap {
  readonly #timers: Timer[] = [];
  #armed = 0;

  get size(): number {
    return this.#timers.length;
  }

  /** How many timers have ever been armed: every timer armed from now on has an `order` of at least this. */
  get armed(): number {
    return this.#armed;
  }

  get first(): Timer | undefined {
    return this.#timers[0];
  }

  /** Arms a timer; one that is due at Infinity never fires and takes no room. */
  arm(dueMs: number, callback: () => void): Timer {
    const timer = new Timer(dueMs, this.#armed++, callback);
    if (dueMs !== Number.POSITIVE_INFINITY) this.#rise(timer, this.#timers.length);
    return timer;
  }

  /** Takes a timer out; anything that is not waiting here (fired, cancelled, another clock's) is let be. */
  cancel(id: unknown): void {
    if (id instanceof Timer && this.#timers[id.place] === id) this.#remove(id.place);
  }

  takeFirst(): Timer | undefined {
    const first = this.#timers[0];
    if (first !== undefined) this.#remove(0);
    return first;
  }

  #remove(place: number): void {
    const removed = this.#timers[place]!;
    const last = this.#timers.pop()!;
    removed.place = -1;
    if (last === removed) return;
    if (place > 0 && before(last, this.#timers[(place - 1) >> 1]!)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  #rise(timer: Timer, from: number): void {
    const timers = this.#timers;
    let place = from;
    while (place > 0) {
      const parent = timers[(place - 1) >> 1]!;
      if (!before(timer, parent)) break;
      this.#put(parent, place);
      place = (place - 1) >> 1;
    }
    this.#put(timer, place);
  }

  #sink(timer: Timer, from: number): void {
    const timers = this.#timers;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && before(timers[child + 1]!, timers[child]!)) child++;
      if (!before(timers[child]!, timer)) break;
      this.#put(timers[child]!, place);
      place = child;
    }
    this.#put(timer, place);
  }

  #put(timer: Timer, place: number): void {
    this.#timers[place] = timer;
    timer.place = place;
  }
}

/** When a timer armed at `nowMs` is due. A delay below zero counts as zero, as with every host's timers. */
export function dueAt(nowMs: number, delayMs: number): number {
  if (Number.isNaN(delayMs)) {
    throw new RangeError('setTimeout: the delay is not a number; give milliseconds, 0 or more');
  }
  return nowMs + Math.max(0, delayMs);
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
