/**
 * Arrays for frames, cut one after the other from a common piece of memory: an array of its own costs V8 about a
 * microsecond, as much as all else that is done to a short frame, and a view of a larger one a twentieth of that.
 *
 * Nothing is ever given back or used twice: a slab lives as long as one of its arrays does.
 */

/** Whoever keeps one short frame keeps so much: enough for ten of 1,500 bytes, and little to keep. */
const SLAB_LENGTH = 16_384;

/** Longer arrays get memory of their own: little would be won, and much of a slab be left over. */
const LONGEST_PIECE = SLAB_LENGTH / 4;

/** So that what lies behind begins where checksums can be added up four bytes at a time. */
export function alignedLength(length: number): number {
  return (length + 7) & ~7;
}

export class Slab {
  #memory = new ArrayBuffer(0);
  #used = 0;

  /** An array of zeros. */
  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > LONGEST_PIECE) return new Uint8Array(length);
    if (this.#used + length > this.#memory.byteLength) {
      this.#memory = new ArrayBuffer(SLAB_LENGTH);
      this.#used = 0;
    }
    const piece = new Uint8Array(this.#memory, this.#used, length);
    this.#used += alignedLength(length);
    return piece;
  }

  /** A copy of the first `length` of `bytes`. */
  copy(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
    if (length > LONGEST_PIECE) return new Uint8Array(bytes.subarray(0, length));
    const piece = this.take(length);
    piece.set(bytes.subarray(0, length));
    return piece;
  }
}
