/**
 * Where packets are read to. What is read must be its receiver's for as long as that likes, and the one copy that the kernel
 * makes is enough for large packets: they stay where they were read, several in a block.
 */

import { Slab } from '../wire/slab.ts';

/** Packets of this length and more stay: shorter ones are copied to a slab, or a block would live for a few bytes. */
const STAYS = 8_192;

/** Who keeps one packet keeps up to 32 times its length. */
const BLOCK = 32 * STAYS;

export class ReadSpace {
  readonly #longest: number;
  readonly #slab = new Slab();
  #block = newBlock();
  #at = 0;
  #place: Uint8Array;

  /** @param longest what read(2) gives at most: it cuts off what does not fit */
  constructor(longest: number) {
    this.#longest = longest;
    this.#place = this.#block.subarray(0, longest);
  }

  /** Where the next packet is to be read to. */
  get place(): Uint8Array {
    return this.#place;
  }

  /** What was read, but for its first `from` bytes: an array whose bytes nobody else will touch. */
  take(from: number, count: number): Uint8Array {
    if (count < STAYS) return this.#slab.copy(this.#place.subarray(from), count - from);
    const packet = this.#place.subarray(from, count);
    // At a multiple of four, from where words can be summed up four bytes at a time.
    this.#at += (count + 3) & ~3;
    if (this.#at + this.#longest > this.#block.length) {
      this.#block = newBlock();
      this.#at = 0;
    }
    this.#place = this.#block.subarray(this.#at, this.#at + this.#longest);
    return packet;
  }
}

/** Not zeroed, since nobody sees what the kernel has not written. */
function newBlock(): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(BLOCK).buffer);
}
