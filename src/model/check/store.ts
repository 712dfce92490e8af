/**
 * The states that were found, exactly and in few bytes: each is a few words in one typed array, and is found again by open
 * addressing. With the state before it and the move that led from there, paths can be told.
 */

const FIRST_CAPACITY = 1 << 12;

/** Grows by doubling; full at half its slots, so that a search takes about two looks. */
export class StateStore {
  readonly #width: number;
  #words: Uint32Array;
  #parents: Int32Array;
  #moves: Uint32Array;
  #slots: Int32Array;
  #size = 0;

  /** @param width how many words of 32 bits a state has */
  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(FIRST_CAPACITY * width);
    this.#parents = new Int32Array(FIRST_CAPACITY);
    this.#moves = new Uint32Array(FIRST_CAPACITY);
    this.#slots = new Int32Array(FIRST_CAPACITY * 2).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return (
      this.#words.byteLength + this.#parents.byteLength + this.#moves.byteLength + this.#slots.byteLength
    );
  }

  word(state: number, index: number): number {
    return this.#words[state * this.#width + index]!;
  }

  /** The state before, or −1. */
  parent(state: number): number {
    return this.#parents[state]!;
  }

  move(state: number): number {
    return this.#moves[state]!;
  }

  /** The number of this state, which is new if it equals what `size` was before. */
  add(words: Uint32Array, parent: number, move: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(words, this.#width) & mask;
    for (;;) {
      const state = this.#slots[slot]!;
      if (state < 0) break;
      if (this.#equals(state, words)) return state;
      slot = (slot + 1) & mask;
    }
    const state = this.#size;
    if (state === this.#parents.length) {
      this.#grow();
      return this.add(words, parent, move);
    }
    this.#slots[slot] = state;
    this.#words.set(words, state * this.#width);
    this.#parents[state] = parent;
    this.#moves[state] = move;
    this.#size++;
    return state;
  }

  #equals(state: number, words: Uint32Array): boolean {
    const at = state * this.#width;
    for (let index = 0; index < this.#width; index++)
      if (this.#words[at + index] !== words[index]) return false;
    return true;
  }

  #grow(): void {
    const capacity = this.#parents.length * 2;
    this.#words = copied(this.#words, new Uint32Array(capacity * this.#width));
    this.#parents = copied(this.#parents, new Int32Array(capacity));
    this.#moves = copied(this.#moves, new Uint32Array(capacity));
    this.#slots = new Int32Array(capacity * 2).fill(-1);
    const mask = this.#slots.length - 1;
    const words = new Uint32Array(this.#width);
    for (let state = 0; state < this.#size; state++) {
      words.set(this.#words.subarray(state * this.#width, (state + 1) * this.#width));
      let slot = hash(words, this.#width) & mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = state;
    }
  }
}

function copied<T extends Uint32Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** MurmurHash3's mixing of words, 32 bits. */
function hash(words: Uint32Array, width: number): number {
  let h = 0x9747b28c;
  for (let index = 0; index < width; index++) {
    let k = Math.imul(words[index]!, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
