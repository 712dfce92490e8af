/**
 * Every frame of a session in columns of numbers: a million rows are 50 MB and no work for the garbage collector. A row is
 * one segment's way over the wire; what becomes of it at the other end is written into the same row later.
 */

import { STATES, type State } from '../../../src/tcp/state.ts';

/** What happened to a segment, or what it is, besides its header. Bits, since a row may have several. */
export const MARK = {
  /** The network lost it. */
  lost: 1,
  /** A copy that the network made. */
  duplicated: 2,
  reordered: 4,
  corrupted: 8,
  /** Text, SYN or FIN that was sent before. */
  retransmitted: 16,
  /** The receiver threw it away; the reason says why. */
  dropped: 32,
  /** Put on the wire by nobody's stack: injected from the page, or an old duplicate. */
  injected: 64,
  /** No segment of TCP: ICMP, or something that could not be decoded. */
  notTcp: 128,
} as const;

/** What is put down when a frame is first seen. Numbers as on the wire: absolute, and the window not scaled. */
export interface NewFrame {
  readonly order: number;
  readonly timeMs: number;
  /** The index of the conversation in `FrameLog.conversations`. */
  readonly conversation: number;
  /** 0: from the left lane to the right one; 1: the other way. */
  readonly direction: 0 | 1;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly wnd: number;
  readonly length: number;
  readonly marks: number;
  /** The window in bytes, where the scaling is known. */
  readonly window: number;
  /** As the stream has them: base64, perhaps without the text. */
  readonly bytes: string;
  /** How long the frame is on the wire. */
  readonly wireLength: number;
}

/** What an end made of a frame, when it left there or arrived. */
export interface FrameEnd {
  readonly order: number;
  readonly timeMs: number;
  readonly before: State | undefined;
  readonly after: State | undefined;
  readonly reason: string;
}

const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;
const NO_STATE = 255;
const NEVER = Number.POSITIVE_INFINITY;

/** 16,384 rows, allocated together. */
class Chunk {
  readonly order = new Float64Array(CHUNK);
  readonly timeMs = new Float64Array(CHUNK);
  readonly arriveOrder = new Float64Array(CHUNK).fill(NEVER);
  readonly arriveMs = new Float64Array(CHUNK).fill(NEVER);
  readonly lostOrder = new Float64Array(CHUNK).fill(NEVER);
  readonly conversation = new Uint32Array(CHUNK);
  readonly seq = new Uint32Array(CHUNK);
  readonly ack = new Uint32Array(CHUNK);
  readonly wnd = new Uint16Array(CHUNK);
  readonly length = new Uint16Array(CHUNK);
  readonly flags = new Uint16Array(CHUNK);
  readonly marks = new Uint8Array(CHUNK);
  readonly direction = new Uint8Array(CHUNK);
  /** Before and after, of the sender and of the receiver. */
  readonly states = new Uint8Array(CHUNK * 4).fill(NO_STATE);
  readonly reasons = new Uint16Array(CHUNK * 2);
  readonly window = new Uint32Array(CHUNK);
  readonly bytes: string[] = [];
  readonly wireLength = new Uint16Array(CHUNK);
}

/** A row, read out. */
export interface FrameRow {
  readonly index: number;
  readonly order: number;
  readonly timeMs: number;
  readonly arriveOrder: number;
  readonly arriveMs: number;
  readonly lostOrder: number;
  readonly conversation: number;
  readonly direction: 0 | 1;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly wnd: number;
  readonly length: number;
  readonly marks: number;
  readonly sender: { readonly before: State | undefined; readonly after: State | undefined };
  readonly receiver: { readonly before: State | undefined; readonly after: State | undefined };
  readonly sentReason: string;
  readonly arrivedReason: string;
  readonly window: number;
  readonly wireLength: number;
}

export class FrameLog {
  readonly capacity: number;
  readonly #chunks: (Chunk | undefined)[] = [];
  readonly #reasons: string[] = [''];
  readonly #reasonIndex = new Map<string, number>([['', 0]]);
  #end = 0;
  #start = 0;

  constructor(capacity = 1_000_000) {
    this.capacity = Math.max(CHUNK, capacity);
  }

  /** The row behind the last one, counted since the session began. */
  get end(): number {
    return this.#end;
  }

  /** The oldest row that is still here. */
  get start(): number {
    return this.#start;
  }

  add(frame: NewFrame): number {
    const index = this.#end++;
    const at = index & (CHUNK - 1);
    if (at === 0) this.#grow(index >> CHUNK_BITS);
    const chunk = this.#chunks[index >> CHUNK_BITS]!;
    chunk.order[at] = frame.order;
    chunk.timeMs[at] = frame.timeMs;
    chunk.conversation[at] = frame.conversation;
    chunk.direction[at] = frame.direction;
    chunk.flags[at] = frame.flags;
    chunk.seq[at] = frame.seq;
    chunk.ack[at] = frame.ack;
    chunk.wnd[at] = frame.wnd;
    chunk.length[at] = frame.length;
    chunk.marks[at] = frame.marks;
    chunk.wireLength[at] = frame.wireLength;
    chunk.window[at] = frame.window;
    chunk.bytes[at] = frame.bytes;
    return index;
  }

  /** The order number of a row alone, for searches. */
  orderOf(index: number): number {
    return this.#chunks[index >> CHUNK_BITS]?.order[index & (CHUNK - 1)] ?? NEVER;
  }

  timeOf(index: number): number {
    return this.#chunks[index >> CHUNK_BITS]?.timeMs[index & (CHUNK - 1)] ?? NEVER;
  }

  conversationOf(index: number): number {
    return this.#chunks[index >> CHUNK_BITS]?.conversation[index & (CHUNK - 1)] ?? -1;
  }

  departs(index: number, end: FrameEnd): void {
    this.#setEnd(index, 0, end);
  }

  arrives(index: number, end: FrameEnd): void {
    const chunk = this.#setEnd(index, 1, end);
    if (!chunk) return;
    const at = index & (CHUNK - 1);
    chunk.arriveOrder[at] = end.order;
    chunk.arriveMs[at] = end.timeMs;
  }

  mark(index: number, marks: number): void {
    const chunk = this.#chunks[index >> CHUNK_BITS];
    if (chunk) chunk.marks[index & (CHUNK - 1)]! |= marks;
  }

  lose(index: number, order: number, reason: string): void {
    const chunk = this.#chunks[index >> CHUNK_BITS];
    if (!chunk) return;
    const at = index & (CHUNK - 1);
    chunk.lostOrder[at] = order;
    chunk.marks[at]! |= MARK.lost;
    chunk.reasons[at * 2 + 1] = this.#reason(reason);
  }

  /** A row, or undefined for one that is too old to be here, or not here yet. */
  row(index: number): FrameRow | undefined {
    const chunk = index < this.#end ? this.#chunks[index >> CHUNK_BITS] : undefined;
    if (!chunk) return undefined;
    const at = index & (CHUNK - 1);
    return {
      index,
      order: chunk.order[at]!,
      timeMs: chunk.timeMs[at]!,
      arriveOrder: chunk.arriveOrder[at]!,
      arriveMs: chunk.arriveMs[at]!,
      lostOrder: chunk.lostOrder[at]!,
      conversation: chunk.conversation[at]!,
      direction: chunk.direction[at]! as 0 | 1,
      flags: chunk.flags[at]!,
      seq: chunk.seq[at]!,
      ack: chunk.ack[at]!,
      wnd: chunk.wnd[at]!,
      length: chunk.length[at]!,
      marks: chunk.marks[at]!,
      sender: { before: state(chunk.states[at * 4]!), after: state(chunk.states[at * 4 + 1]!) },
      receiver: { before: state(chunk.states[at * 4 + 2]!), after: state(chunk.states[at * 4 + 3]!) },
      sentReason: this.#reasons[chunk.reasons[at * 2]!] ?? '',
      arrivedReason: this.#reasons[chunk.reasons[at * 2 + 1]!] ?? '',
      window: chunk.window[at]!,
      wireLength: chunk.wireLength[at]!,
    };
  }

  /** The frame's octets, as far as the stream has them. */
  bytes(index: number): Uint8Array {
    const text = this.#chunks[index >> CHUNK_BITS]?.bytes[index & (CHUNK - 1)] ?? '';
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  }

  marksOf(index: number): number {
    return this.#chunks[index >> CHUNK_BITS]?.marks[index & (CHUNK - 1)] ?? 0;
  }

  hasArrived(index: number): boolean {
    return (this.#chunks[index >> CHUNK_BITS]?.arriveOrder[index & (CHUNK - 1)] ?? NEVER) !== NEVER;
  }

  /** The first row with an order number above `order`: so many rows had been written by then. */
  endAt(order: number): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.orderOf(middle) <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(chunk: number): void {
    this.#chunks[chunk] = new Chunk();
    const oldest = (chunk + 1) * CHUNK - this.capacity;
    for (let index = this.#start >> CHUNK_BITS; (index + 1) * CHUNK <= oldest; index++) {
      this.#chunks[index] = undefined;
      this.#start = (index + 1) * CHUNK;
    }
  }

  #setEnd(index: number, side: 0 | 1, end: FrameEnd): Chunk | undefined {
    const chunk = this.#chunks[index >> CHUNK_BITS];
    if (!chunk) return undefined;
    const at = index & (CHUNK - 1);
    chunk.states[at * 4 + side * 2] = stateIndex(end.before);
    chunk.states[at * 4 + side * 2 + 1] = stateIndex(end.after);
    chunk.reasons[at * 2 + side] = this.#reason(end.reason);
    return chunk;
  }

  #reason(text: string): number {
    const known = this.#reasonIndex.get(text);
    if (known !== undefined) return known;
    // Reasons are a small vocabulary; a stream that breaks that rule loses its later ones, and nothing else.
    if (this.#reasons.length >= 65_535) return 0;
    this.#reasonIndex.set(text, this.#reasons.length);
    return this.#reasons.push(text) - 1;
  }
}

const indices = new Map<string, number>(STATES.map((name, index) => [name, index]));

function stateIndex(name: State | undefined): number {
  return name === undefined ? NO_STATE : (indices.get(name) ?? NO_STATE);
}

function state(index: number): State | undefined {
  return STATES[index];
}
