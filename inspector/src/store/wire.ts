/**
 * The wire of a session: which frames crossed it between which two ends, and what lies between them in a ladder (calls,
 * timeouts). Only ever grows; who looks at the past leaves out what has a higher order number.
 */

import type { CallEnvelope, ChartMicrostep, Envelope, FrameEnvelope } from '../../../src/inspect/protocol.ts';
import { FLAG } from '../../../src/wire/index.ts';
import { eventName } from '../chart/names.ts';
import { FrameLog, MARK } from './frame-log.ts';
import { IndexList } from './index-list.ts';
import { endpoint } from './model.ts';
import { RecentMap } from './recent-map.ts';

export interface End {
  readonly address: string;
  readonly port: number;
}

/** Two ends that exchange frames. The left one, `a`, is the one that was heard first. */
export interface Conversation {
  readonly index: number;
  readonly a: End;
  readonly b: End;
  /** Rows of the ladder: frames by their row, notes by −1 − their place among the notes. */
  readonly rows: IndexList;
  /** The initial sequence numbers of `a` and of `b`, with the row that each is valid from. */
  readonly iss: readonly [IssEntry[], IssEntry[]];
}

interface IssEntry {
  readonly row: number;
  readonly iss: number;
}

/** Something in a ladder that is no frame: a call, or a timeout that changed a state. */
export interface Note {
  readonly order: number;
  readonly timeMs: number;
  readonly side: 0 | 1;
  readonly text: string;
  readonly state: string | undefined;
}

const FLAG_VALUES = new Map<string, number>(Object.entries(FLAG));
/** Frames whose fate is open: the latest so many are waited for. */
const PENDING = 32_768;

export class Wire {
  readonly frames: FrameLog;
  /** Notes by their place, counted since the session began; the oldest are let go. */
  readonly #notes: (Note | undefined)[] = [];
  readonly #conversations = new Map<number, Conversation>();
  /** All rows of all conversations. */
  readonly all = new IndexList();
  #met = 0;
  #start = 0;
  #notesGone = 0;
  readonly #byEnds = new Map<string, Conversation>();
  readonly #byConnection = new Map<string, { readonly conversation: Conversation; readonly side: 0 | 1 }>();
  /** Rows by the stream's frame numbers. */
  readonly #rows = new RecentMap(PENDING);
  /** Copies that the network made and that are on their way, by the number of what they are copies of. */
  readonly #copies = new Map<number, number>();
  /** What the link did to frames before the stack had told of them. */
  readonly #altered = new Map<number, number>();
  readonly #lost = new Map<number, string>();
  /** Copies that left before the stack had told of the frame itself. */
  readonly #unsent = new Map<number, readonly FrameEnvelope[]>();

  constructor(capacity?: number) {
    this.frames = new FrameLog(capacity);
  }

  take(envelope: Envelope): void {
    switch (envelope.kind) {
      case 'snapshot':
        for (const view of envelope.connections) this.#meet(view);
        return;
      case 'connection.opened':
        this.#meet(envelope.view);
        return;
      case 'gap':
        for (const view of envelope.opened) this.#meet(view);
        return;
      case 'frame':
        this.#frame(envelope);
        return;
      case 'call':
        this.#call(envelope);
        return;
      case 'chart.microstep':
        this.#microstep(envelope);
        return;
    }
  }

  conversation(index: number): Conversation {
    return this.#conversations.get(index)!;
  }

  /** What an item of `rows` that is no frame says; undefined once it is too old. */
  note(item: number): Note | undefined {
    return this.#notes[-1 - item];
  }

  /** Whether an item of `rows` is too old to be shown. */
  isGone(item: number): boolean {
    return item < 0 ? this.#notes[-1 - item] === undefined : item < this.frames.start;
  }

  /** When an item of `rows` happened. */
  orderOf(item: number): number {
    return item < 0 ? (this.note(item)?.order ?? 0) : this.frames.orderOf(item);
  }

  timeOf(item: number): number {
    return item < 0 ? (this.note(item)?.timeMs ?? 0) : this.frames.timeOf(item);
  }

  /** Where a connection's frames are, and which side of the ladder is its own. */
  of(connection: string): { readonly conversation: Conversation; readonly side: 0 | 1 } | undefined {
    return this.#byConnection.get(connection);
  }

  /** The initial sequence number that numbers of a direction are relative to, at a row. */
  issAt(conversation: Conversation, direction: 0 | 1, row: number): number {
    const entries = conversation.iss[direction];
    let found = entries[0]?.iss ?? 0;
    for (const entry of entries) {
      if (entry.row <= row) found = entry.iss;
    }
    return found;
  }

  #meet(view: {
    readonly connection: string;
    readonly localAddress: string;
    readonly localPort: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly origin: 'active' | 'passive';
    readonly tcb: { readonly iss: number; readonly irs: number };
  }): void {
    const local = { address: view.localAddress, port: view.localPort };
    const remote = { address: view.remoteAddress, port: view.remotePort };
    const conversation =
      view.origin === 'active' ? this.#between(local, remote) : this.#between(remote, local);
    const side = isEnd(conversation.a, local) ? 0 : 1;
    this.#byConnection.set(view.connection, { conversation, side });
    const row = this.frames.end;
    if (view.tcb.iss !== 0) conversation.iss[side].push({ row, iss: view.tcb.iss });
    if (view.tcb.irs !== 0) conversation.iss[side === 0 ? 1 : 0].push({ row, iss: view.tcb.irs });
  }

  #between(first: End, second: End): Conversation {
    const key = keyOf(first, second);
    let conversation = this.#byEnds.get(key);
    if (!conversation) {
      const index = this.#met++;
      conversation = { index, a: first, b: second, rows: new IndexList(), iss: [[], []] };
      this.#byEnds.set(key, conversation);
      this.#conversations.set(index, conversation);
    }
    return conversation;
  }

  #frame(envelope: FrameEnvelope): void {
    const { frame: number, what, order } = envelope;
    const fates = envelope.fates ?? [];
    const marks = marksOf(fates);
    const isCopy = (marks & MARK.duplicated) !== 0;
    const known = this.#rows.get(number);
    switch (what) {
      case 'sent': {
        const row = known ?? this.#begin(envelope, 0);
        this.frames.departs(row, endOf(envelope));
        if (envelope.retransmission === true) this.frames.mark(row, MARK.retransmitted);
        this.frames.mark(row, this.#altered.get(number) ?? 0);
        this.#altered.delete(number);
        const lost = this.#lost.get(number);
        if (lost !== undefined) this.frames.lose(row, order, lost);
        this.#lost.delete(number);
        for (const copy of this.#unsent.get(number) ?? [])
          remember(this.#copies, number, this.#add(copy, marksOf(copy.fates!)));
        this.#unsent.delete(number);
        return;
      }
      case 'lost':
        // A link that loses a frame at once does so before the stack has told of it: its row is where that is told.
        if (envelope.direction === 'out' && known === undefined)
          remember(this.#lost, number, envelope.reason);
        else this.frames.lose(known ?? this.#begin(envelope, 0), order, envelope.reason);
        return;
      case 'altered': {
        // Of a frame that the stack has not told of yet, the numbers may be corrupted ones: they are not taken from here.
        if (!isCopy && known !== undefined) this.frames.mark(known, marks);
        else if (!isCopy) remember(this.#altered, number, marks);
        else if (known !== undefined) remember(this.#copies, number, this.#add(envelope, marks));
        else remember(this.#unsent, number, [...(this.#unsent.get(number) ?? []), envelope]);
        return;
      }
      default: {
        const row = isCopy ? this.#copyThatArrives(envelope) : (known ?? this.#begin(envelope, 0));
        this.frames.mark(row, marks | (what === 'dropped' ? MARK.dropped : 0));
        this.frames.arrives(row, endOf(envelope));
      }
    }
  }

  #copyThatArrives(envelope: FrameEnvelope): number {
    const copy = this.#copies.get(envelope.frame);
    this.#copies.delete(envelope.frame);
    return copy ?? this.#add(envelope, 0);
  }

  #begin(envelope: FrameEnvelope, marks: number): number {
    const row = this.#add(envelope, marks);
    this.#rows.set(envelope.frame, row);
    return row;
  }

  #add(envelope: FrameEnvelope, marks: number): number {
    const { summary } = envelope;
    const isTcp = summary.protocol === 'tcp';
    const src = { address: summary.src ?? '?', port: isTcp ? summary.srcPort : 0 };
    const dst = { address: summary.dst ?? '?', port: isTcp ? summary.dstPort : 0 };
    const conversation = this.#between(src, dst);
    const direction = isEnd(conversation.a, src) ? 0 : 1;
    const { connection } = envelope;
    if (connection !== undefined && !this.#byConnection.has(connection)) {
      const side = (envelope.direction === 'out') === (direction === 0) ? 0 : 1;
      this.#byConnection.set(connection, { conversation, side });
    }
    const flags = isTcp ? flagsOf(summary.flags) : 0;
    const retransmitted = envelope.retransmission === true ? MARK.retransmitted : 0;
    const row = this.frames.add({
      order: envelope.order,
      timeMs: envelope.timeMs,
      conversation: conversation.index,
      direction,
      flags,
      seq: isTcp ? summary.seq : 0,
      ack: isTcp ? summary.ack : 0,
      wnd: isTcp ? summary.wnd : 0,
      window: isTcp ? (summary.window ?? summary.wnd) : 0,
      length: isTcp ? summary.text : 0,
      marks: marks | retransmitted | (isTcp ? 0 : MARK.notTcp),
      bytes: envelope.bytes,
      wireLength: envelope.length,
    });
    if (isTcp && (flags & FLAG.SYN) !== 0) conversation.iss[direction].push({ row, iss: summary.seq });
    else if (isTcp && conversation.iss[direction].length === 0) {
      conversation.iss[direction].push({ row, iss: (summary.seq - 1) >>> 0 });
    }
    conversation.rows.push(row);
    this.all.push(row);
    if (this.frames.start !== this.#start) this.#letGo();
    return row;
  }

  /** The log has let go of its oldest frames: so go the notes between them, and conversations that had no later ones. */
  #letGo(): void {
    this.#start = this.frames.start;
    const order = this.frames.orderOf(this.#start);
    for (let place = this.#notesGone; place < this.#notes.length; place++) {
      if ((this.#notes[place]?.order ?? 0) >= order) break;
      this.#notes[place] = undefined;
      this.#notesGone = place + 1;
    }
    const gone = (item: number): boolean => this.isGone(item);
    this.all.trim(gone);
    for (const [index, { rows, a, b }] of this.#conversations) {
      if (rows.length > 0 && !gone(rows.at(rows.length - 1))) rows.trim(gone);
      else {
        this.#conversations.delete(index);
        this.#byEnds.delete(keyOf(a, b));
      }
    }
    for (const [name, { conversation }] of this.#byConnection) {
      if (!this.#conversations.has(conversation.index)) this.#byConnection.delete(name);
    }
  }

  #call(envelope: CallEnvelope): void {
    // A reader reads after nearly every segment: that would be half of the ladder.
    if (envelope.call === 'receive') return;
    const words = envelope.octets === undefined ? envelope.call : `${envelope.call} ${envelope.octets}`;
    this.#note(envelope.connection, envelope, words, undefined);
  }

  /** Only those that no frame tells of: figure 5's timeouts. */
  #microstep(envelope: ChartMicrostep): void {
    const event = eventName(envelope.event);
    const target = envelope.arrows[0]?.targets[0];
    if (!event.startsWith('after ') || event.endsWith('Timer') || target === undefined) return;
    const state = target.split('.').pop()!;
    this.#note(envelope.connection, envelope, timeoutWords(event), state);
  }

  #note(
    connection: string | undefined,
    at: { readonly order: number; readonly timeMs: number },
    text: string,
    state: string | undefined,
  ): void {
    const found = connection === undefined ? undefined : this.#byConnection.get(connection);
    if (!found) return;
    const item = -this.#notes.push({ order: at.order, timeMs: at.timeMs, side: found.side, text, state });
    found.conversation.rows.push(item);
    this.all.push(item);
  }
}

/** What is waited for may never come: a gap has swallowed it. The oldest is given up then. */
function remember<Value>(waiting: Map<number, Value>, number: number, value: Value): void {
  waiting.set(number, value);
  if (waiting.size > PENDING) waiting.delete(waiting.keys().next().value!);
}

/** An arrow's delayed event in words. */
export function timeoutWords(event: string): string {
  if (event === 'after twoMsl') return '2 MSL are over';
  if (event === 'after finWait2') return 'FIN-WAIT-2 timeout';
  return event;
}

function endOf({ order, timeMs, before, after, reason, what, connection }: FrameEnvelope) {
  // A frame that was thrown away before anybody knew whose it was says nothing of a state.
  const nobodys = what === 'dropped' && connection === undefined;
  return { order, timeMs, reason, before: nobodys ? undefined : before, after: nobodys ? undefined : after };
}

function keyOf(first: End, second: End): string {
  return [endpoint(first.address, first.port), endpoint(second.address, second.port)].sort().join(' ');
}

function isEnd(end: End, other: End): boolean {
  return end.address === other.address && end.port === other.port;
}

function flagsOf(words: string): number {
  let flags = 0;
  for (const word of words.split(',')) flags |= FLAG_VALUES.get(word) ?? 0;
  return flags;
}

function marksOf(fates: readonly string[]): number {
  let marks = 0;
  for (const fate of fates) {
    if (fate.startsWith('duplicated')) marks |= MARK.duplicated;
    else if (fate.startsWith('reordered')) marks |= MARK.reordered;
    else if (fate.startsWith('corrupted')) marks |= MARK.corrupted;
  }
  return marks;
}
