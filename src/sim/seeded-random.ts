import type { Random } from '../random.ts';

/** Randomness that repeats: the same seed gives the same numbers on every host. */
export interface SeededRandom extends Random {
  /**
   * A stream of its own for one consumer. It depends on the seed and the labels alone, never on how much was drawn
   * before: so a consumer that draws more does not disturb the others. The same label gives the same stream again.
   */
  fork(label: string): SeededRandom;
}

/**
 * A repeatable source of chance; a number and its decimal digits as a string are the same seed. Not for secrets.
 *
 * @example
 * ```ts
 * const random = seededRandom(42);
 * const ports = random.fork('ports');
 * ports.uint32(); // the same in every run
 * ```
 */
export function seededRandom(seed: number | string): SeededRandom {
  return new Sfc32(String(seed));
}

/** The generator sfc32 ("small fast counting", Chris Doty-Humphrey): 96 bits of chaotic state and a 32-bit counter. */
class Sfc32 implements SeededRandom {
  readonly #path: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(path: string) {
    this.#path = path;
    this.#a = hash(path, 0x9e37_79b9);
    this.#b = hash(path, 0x243f_6a88);
    this.#c = hash(path, 0xb7e1_5163);
    // The generator's author runs it this often before the first number, so that similar seeds part.
    for (let round = 0; round < 12; round++) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  fork(label: string): SeededRandom {
    // U+0000 can't be typed on a command line, so that no seed is taken for a fork of another one.
    return new Sfc32(`${this.#path}\u0000${label}`);
  }
}

/** A 32-bit hash of a text's UTF-16 units, with the steps of MurmurHash3 (Austin Appleby). */
function hash(text: string, start: number): number {
  let state = start;
  for (let index = 0; index < text.length; index++) {
    let block = Math.imul(text.charCodeAt(index), 0xcc9e_2d51);
    block = (block << 15) | (block >>> 17);
    state ^= Math.imul(block, 0x1b87_3593);
    state = (state << 13) | (state >>> 19);
    state = (Math.imul(state, 5) + 0xe654_6b64) | 0;
  }
  state ^= text.length;
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return state ^ (state >>> 16);
}
