/**
 * A queue of octets that is a value: `append`, `drop` and `take` give a new queue and leave the old one as it was.
 *
 * Versions share their storage. A chunk list only ever grows behind the last chunk that some version sees, so the newest
 * version appends in place and an older one that appends copies the list first; the same holds for the free end of the
 * last block that `appendCopy` fills. So a queue costs no more than a mutable one as long as one holds on to its newest version.
 */

const EMPTY_BYTES = new Uint8Array(0);
/** V8 keeps arrays this short in its own heap, where they cost a tenth of others until somebody makes a view of them. */
const SMALLEST_BLOCK = 64;
const LARGEST_BLOCK = 65_536;
/** Slices this short are copied, since a view costs more. */
const LONGEST_COPY = 64;
/** How many dropped chunks may stay in the list before it is cut: bounds memory while keeping `drop` O(1) on average. */
const SLACK = 64;

interface Chunk {
  /** A chunk that `appendCopy` made may have room behind `end`; one that `append` took has none. */
  readonly bytes: Uint8Array;
  readonly start: number;
  end: number;
  /** Where the chunk begins, in octets since the list was made. */
  readonly position: number;
}

export class ByteQueue {
  // Not a static field: TypeScript 7.0 compiles one that makes its own class into code that throws when it is loaded.
  static get empty(): ByteQueue {
    return EMPTY;
  }

  readonly length: number;
  readonly #chunks: Chunk[];
  /** The chunks that this version sees: `#chunks[first]` … `#chunks[last - 1]`. */
  readonly #first: number;
  readonly #last: number;
  /** The positions of the first and behind the last octet. */
  readonly #from: number;
  readonly #to: number;

  /** @internal Outside of this file queues are made from {@link ByteQueue.empty}. */
  constructor(chunks: Chunk[], first: number, last: number, from: number, to: number) {
    this.#chunks = chunks;
    this.#first = first;
    this.#last = last;
    this.#from = from;
    this.#to = to;
    this.length = to - from;
  }

  /** Takes `bytes` over without a copy: nobody may write to them afterwards. */
  append(bytes: Uint8Array): ByteQueue {
    if (bytes.length === 0) return this;
    return this.#push({ bytes, start: 0, end: bytes.length, position: this.#to }, bytes.length);
  }

  /** Copies `bytes` into blocks of the queue's own, so that many small ones lie together. */
  appendCopy(bytes: Uint8Array): ByteQueue {
    let queue: ByteQueue = this;
    let done = 0;
    const tail = this.#last > this.#first ? this.#chunks[this.#last - 1] : undefined;
    // The free end of a block belongs to the version whose last octet borders on it, and to that one only.
    if (tail && this.#last === this.#chunks.length && tail.position + tail.end - tail.start === this.#to) {
      const room = tail.bytes.length - tail.end;
      if (room > 0 && tail.start === 0) {
        done = Math.min(room, bytes.length);
        tail.bytes.set(done === bytes.length ? bytes : bytes.subarray(0, done), tail.end);
        tail.end += done;
        queue = new ByteQueue(this.#chunks, this.#first, this.#last, this.#from, this.#to + done);
      }
    }
    while (done < bytes.length) {
      const rest = bytes.length - done;
      const size = Math.min(
        LARGEST_BLOCK,
        Math.max(rest, SMALLEST_BLOCK, Math.min(queue.length, LARGEST_BLOCK)),
      );
      const count = Math.min(rest, size);
      const block = new Uint8Array(size);
      block.set(count === bytes.length ? bytes : bytes.subarray(done, done + count));
      queue = queue.#push({ bytes: block, start: 0, end: count, position: queue.#to }, count);
      done += count;
    }
    return queue;
  }

  /** All of `other` behind all of this. */
  concat(other: ByteQueue): ByteQueue {
    let queue: ByteQueue = this;
    for (const piece of other.pieces()) queue = queue.append(piece);
    return queue;
  }

  /** The queue without its first `count` octets. */
  drop(count: number): ByteQueue {
    if (count <= 0) return this;
    if (count >= this.length) return ByteQueue.empty;
    const from = this.#from + count;
    let first = this.#first;
    while (chunkEnd(this.#chunks[first]!) <= from) first++;
    if (first < SLACK || first * 2 < this.#chunks.length) {
      return new ByteQueue(this.#chunks, first, this.#last, from, this.#to);
    }
    const kept = this.#chunks.slice(first, this.#last);
    return new ByteQueue(kept, 0, kept.length, from, this.#to);
  }

  /** The queue's first `count` octets alone. */
  keep(count: number): ByteQueue {
    if (count >= this.length) return this;
    if (count <= 0) return ByteQueue.empty;
    const to = this.#from + count;
    return new ByteQueue(this.#chunks, this.#first, this.#find(to - 1) + 1, this.#from, to);
  }

  /** `count` octets from `offset` on, in one array: a copy if they are few or in several chunks, else a view. Not to be written to. */
  slice(offset: number, count: number): Uint8Array {
    if (count <= 0) return EMPTY_BYTES;
    if (offset < 0 || offset + count > this.length) {
      throw new RangeError(`octets ${offset} to ${offset + count} of a queue of ${this.length}`);
    }
    const from = this.#from + offset;
    let index = this.#find(from);
    const chunk = this.#chunks[index]!;
    const start = chunk.start + from - chunk.position;
    if (chunkEnd(chunk) >= from + count) {
      return count > LONGEST_COPY
        ? chunk.bytes.subarray(start, start + count)
        : shortCopy(chunk.bytes, start, count);
    }
    const copy = new Uint8Array(count);
    let done = Math.min(chunkEnd(chunk), from + count) - from;
    copy.set(chunk.bytes.subarray(start, start + done));
    while (done < count) {
      const next = this.#chunks[++index]!;
      const part = Math.min(count - done, next.end - next.start);
      copy.set(next.bytes.subarray(next.start, next.start + part), done);
      done += part;
    }
    return copy;
  }

  /** The octets as they lie, chunk by chunk. */
  *pieces(): Generator<Uint8Array> {
    for (let index = this.#first; index < this.#last; index++) {
      const chunk = this.#chunks[index]!;
      const start = chunk.start + Math.max(0, this.#from - chunk.position);
      const end = chunk.start + Math.min(chunk.end - chunk.start, this.#to - chunk.position);
      if (end > start) yield chunk.bytes.subarray(start, end);
    }
  }

  /** How many bytes the arrays take that hold the octets, with what has been read of them and what is free at their end. */
  get held(): number {
    let bytes = 0;
    for (let index = this.#first; index < this.#last; index++) bytes += this.#chunks[index]!.bytes.length;
    return bytes;
  }

  /** How many octets lie together from `offset` on: of so many a slice is a view. */
  pieceFrom(offset: number): number {
    const from = this.#from + offset;
    if (from >= this.#to) return 0;
    return Math.min(chunkEnd(this.#chunks[this.#find(from)]!), this.#to) - from;
  }

  /** How many octets of the first chunk are left: what `slice(0, n)` gives without a copy. */
  get firstPiece(): number {
    if (this.length === 0) return 0;
    return Math.min(chunkEnd(this.#chunks[this.#first]!), this.#to) - this.#from;
  }

  #push(chunk: Chunk, added: number): ByteQueue {
    let chunks = this.#chunks;
    let first = this.#first;
    let last = this.#last;
    if (last !== chunks.length || this.length === 0 || chunkEnd(chunks[last - 1]!) !== this.#to) {
      chunks = this.length === 0 ? [] : this.#ownChunks();
      first = 0;
      last = chunks.length;
    }
    chunks.push(chunk);
    return new ByteQueue(chunks, first, last + 1, this.#from, this.#to + added);
  }

  /** A list of this version's own, whose last chunk ends where the version ends. */
  #ownChunks(): Chunk[] {
    const chunks = this.#chunks.slice(this.#first, this.#last);
    const tail = chunks[chunks.length - 1]!;
    const end = tail.start + this.#to - tail.position;
    chunks[chunks.length - 1] = { ...tail, bytes: tail.bytes.subarray(0, end), end };
    return chunks;
  }

  #find(position: number): number {
    let low = this.#first;
    let high = this.#last - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#chunks[middle]!.position <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const EMPTY = new ByteQueue([], 0, 0, 0, 0);

function chunkEnd(chunk: Chunk): number {
  return chunk.position + chunk.end - chunk.start;
}

function shortCopy(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const copy = new Uint8Array(count);
  for (let i = 0; i < count; i++) copy[i] = bytes[start + i]!;
  return copy;
}
