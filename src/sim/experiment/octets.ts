import type { Random } from '../../random.ts';

/** An endless stream of octets out of chance: two with equally seeded randomness give the same, in pieces of any size. */
export class Octets {
  readonly #random: Random;
  #word = 0;
  #left = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  next(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count; at++) bytes[at] = this.#octet();
    return bytes;
  }

  /** Goes on by as many octets as are given, and tells at which of them the two part; −1 if they do not. */
  compare(bytes: Uint8Array): number {
    let parted = -1;
    for (let at = 0; at < bytes.length; at++) {
      if (this.#octet() !== bytes[at] && parted < 0) parted = at;
    }
    return parted;
  }

  #octet(): number {
    if (this.#left === 0) {
      this.#word = this.#random.uint32();
      this.#left = 4;
    }
    this.#left--;
    const octet = this.#word & 0xff;
    this.#word >>>= 8;
    return octet;
  }
}
