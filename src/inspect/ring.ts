/**
 * A bounded queue of numbered items: the newest are kept, and whoever comes late can tell how many are gone.
 */
export class Ring<T> {
  readonly capacity: number;
  readonly #slots: (T | undefined)[];
  /** The number of the next item. */
  #next: number;
  #first: number;

  /** @param firstNumber the number that the first item will have */
  constructor(capacity: number, firstNumber = 1) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(`ring: a capacity of ${capacity}; give a whole number from 1 on`);
    }
    this.capacity = capacity;
    this.#slots = [];
    this.#next = firstNumber;
    this.#first = firstNumber;
  }

  /** The number of the oldest item that is still here; that of the next one when there is none. */
  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  push(item: T): void {
    this.#slots[this.#next % this.capacity] = item;
    this.#next++;
    if (this.#next - this.#first > this.capacity) this.#first++;
  }

  /** Undefined for a number that is gone, or not given out yet. */
  at(number: number): T | undefined {
    return number < this.#first || number >= this.#next ? undefined : this.#slots[number % this.capacity];
  }

  /** Empties the ring; the next item will have this number. */
  restart(next: number): void {
    this.release(this.#next);
    this.#next = next;
    this.#first = next;
  }

  /** Lets go of the items below `number`: nobody will ask for them. */
  release(number: number): void {
    for (; this.#first < number && this.#first < this.#next; this.#first++)
      this.#slots[this.#first % this.capacity] = undefined;
  }
}
