import { Fifo } from '../network/queues/fifo.ts';

interface Piece {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** What one end's user has written, by position in the stream, as long as somebody may still be held against it. */
export class SentLog {
  /** How many octets there have been. */
  length = 0;
  readonly #pieces = new Fifo<Piece>();
  #released = 0;

  /** Takes `bytes` as they are: nobody may write to them afterwards. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push({ from: this.length, bytes });
    this.length += bytes.length;
  }

  /** Octets before this position are asked for no more. */
  release(position: number): void {
    this.#released = Math.max(this.#released, position);
    for (let first = this.#pieces.first; first; first = this.#pieces.first) {
      if (first.from + first.bytes.length > this.#released) return;
      this.#pieces.shift();
    }
  }

  /** The first position from `from` on at which `bytes` are not what was sent; undefined when they all are. */
  mismatch(from: number, bytes: Uint8Array): number | undefined {
    const end = from + bytes.length;
    if (end > this.length) return Math.max(from, this.length);
    let at = Math.max(from, this.#released);
    for (let index = 0; at < end; index++) {
      const piece = this.#pieces.at(index);
      if (!piece) return undefined;
      const until = Math.min(end, piece.from + piece.bytes.length);
      const theirs = piece.bytes;
      for (let here = at - piece.from, there = at - from; at < until; at++)
        if (theirs[here++] !== bytes[there++]) return at;
    }
    return undefined;
  }
}
