/**
 * What was sent and when: a list that is a value, one entry a transmission, in the order of time.
 *
 * Versions share their storage, as those of `ByteQueue` do: the newest version appends in place, an older one that appends
 * copies its entries first. So a segment costs three numbers and one small object on its way in, and none on its way out,
 * however many versions a recorder or the model checker holds on to.
 */

/** How many dropped entries may stay in the storage before it is cut: bounds memory while keeping `from` O(1) on average. */
const SLACK = 64;
/** An entry is its first position, the one behind its last, and the time. */
const FIELDS = 3;

export class Transmissions {
  // Not a static field: TypeScript 7.0 compiles one that makes its own class into code that throws when it is loaded.
  static get none(): Transmissions {
    return NONE;
  }

  readonly length: number;
  readonly #storage: number[];
  /** The entries that this version sees: from `#first`, `length` of them. */
  readonly #first: number;

  /** @internal Outside of this file lists are made from {@link Transmissions.none}. */
  constructor(storage: number[], first: number, length: number) {
    this.#storage = storage;
    this.#first = first;
    this.length = length;
  }

  start(index: number): number {
    return this.#storage[(this.#first + index) * FIELDS]!;
  }

  end(index: number): number {
    return this.#storage[(this.#first + index) * FIELDS + 1]!;
  }

  sentMs(index: number): number {
    return this.#storage[(this.#first + index) * FIELDS + 2]!;
  }

  append(start: number, end: number, sentMs: number): Transmissions {
    const last = this.#first + this.length;
    if (this.length > 0 && last * FIELDS === this.#storage.length) {
      this.#storage.push(start, end, sentMs);
      return new Transmissions(this.#storage, this.#first, this.length + 1);
    }
    const own = this.#storage.slice(this.#first * FIELDS, last * FIELDS);
    own.push(start, end, sentMs);
    return new Transmissions(own, 0, this.length + 1);
  }

  /** Without the first `count` entries. */
  from(count: number): Transmissions {
    if (count <= 0) return this;
    if (count >= this.length) return NONE;
    const first = this.#first + count;
    const length = this.length - count;
    if (first < SLACK || first < length) return new Transmissions(this.#storage, first, length);
    const last = (first + length) * FIELDS;
    return new Transmissions(this.#storage.slice(first * FIELDS, last), 0, length);
  }

  /** How many entries from the first on end at `position` or before; for a list whose positions rise. */
  countUpTo(position: number): number {
    let low = 0;
    let high = this.length;
    // Most often asked about an ACK of the oldest one or two.
    if (high > 4 && this.end(2) > position) high = 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end(middle) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many entries from the first on were sent `waitMs` ago or longer. */
  countExpired(waitMs: number, nowMs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sentMs(middle) + waitMs <= nowMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many entries from the first on were sent before the transmission that ends at `end` and was sent at `sentMs`. */
  countSentBefore(sentMs: number, end: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const ms = this.sentMs(middle);
      // RFC 8985 section 6.2, step 2: sequence numbers tell apart what was sent at one instant.
      if (ms < sentMs || (ms === sentMs && this.end(middle) <= end)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NONE = new Transmissions([], 0, 0);
