/**
 * What happened, in one total order, for viewers that each read at their own pace.
 *
 * Entries are put together when they are read, not when they happen: an entry holds on to immutable values (a TCB, a frame,
 * a snapshot), and what is overrun or coalesced before anybody reads it costs next to nothing.
 */

import { LogReader } from './log-reader.ts';
import type { Envelope } from './protocol.ts';
import { Ring } from './ring.ts';

export type Payload = 'masked' | 'shown';

export interface Entry {
  readonly order: number;
  readonly timeMs: number;
  /** A gauge's subject: a later entry with the same one makes this one superfluous. */
  readonly subject: string | undefined;
  /** This entry ends its subject: a connection's or a listener's name. */
  readonly ends: string | undefined;
  /** This entry begins its subject. */
  readonly opens: boolean;
  envelope(payload: Payload): Envelope;
}

/** Makes the envelope of an entry; `order` is its place, and `timeMs` when it happened. */
export type Make = (place: { readonly order: number; readonly timeMs: number }, payload: Payload) => Envelope;

export class LogEntry implements Entry {
  readonly order: number;
  readonly timeMs: number;
  readonly subject: string | undefined;
  readonly ends: string | undefined;
  readonly opens: boolean;
  /** How many gauges were logged before this one. */
  readonly gaugesBefore: number;
  readonly weight: number;
  readonly #make: Make;
  #masked: Envelope | undefined;
  #shown: Envelope | undefined;

  constructor(order: number, timeMs: number, make: Make, about: About, gaugesBefore: number) {
    this.order = order;
    this.timeMs = timeMs;
    this.subject = about.subject;
    this.ends = about.ends;
    this.opens = about.opens === true;
    this.gaugesBefore = gaugesBefore;
    this.weight = about.weight ?? 1;
    this.#make = make;
  }

  envelope(payload: Payload): Envelope {
    if (payload === 'shown') {
      this.#shown ??= this.#make(this, 'shown');
      return this.#shown;
    }
    this.#masked ??= this.#make(this, 'masked');
    return this.#masked;
  }
}

export interface About {
  readonly subject?: string;
  readonly ends?: string;
  readonly opens?: true;
  /** How many entries it stands for; 1 if it is not given. */
  readonly weight?: number;
}

const ENTRY: About = {};

/** How much of the ring, or of what readers take at a time, is for what happens; the rest is for gauges that catch up. */
const FILL = 0.75;
/** After a flood so little of it is let in until somebody reads: showing what nobody can take in is to cost little. */
const FLOODED = 0.1;
/** With each reading that no flood has come before, so many times more may come until the next. */
const GROWTH = 2;

/** The last that is known of a subject. */
export interface Known {
  latest: LogEntry;
  /** The entry that began it. */
  readonly opened: LogEntry | undefined;
}

export interface LogOptions {
  /** How many entries are kept for those who read late. */
  readonly capacity: number;
}

export class Log {
  readonly #ring: Ring<LogEntry>;
  /** Of what happened since the slowest reader last read. */
  readonly #board = new Map<string, Known>();
  readonly #readers = new Set<LogReader>();
  #listeners: readonly ((entry: Entry) => void)[] = [];
  /**
   * Called when the ring is full of what nobody has read: whoever logs had better stop until somebody has, and then call
   * `goesOn`. Never called while there are listeners, which are told of everything.
   */
  onFlood: (() => void) | undefined;
  #head = 0;
  #gauges = 0;
  /** How many entries may come until there is a flood, and how many might since the last reading. */
  #room = Number.POSITIVE_INFINITY;
  #allowance = Number.POSITIVE_INFINITY;
  #isFlooded = false;
  /** After a flood, the one whose next reading shows whether it is over. */
  #gauger: LogReader | undefined;

  constructor({ capacity }: LogOptions) {
    this.#ring = new Ring(capacity);
  }

  /** The number of the last entry. */
  get head(): number {
    return this.#head;
  }

  /** Whether an entry would be of use to anybody. */
  get wanted(): boolean {
    return this.#readers.size > 0 || this.#listeners.length > 0;
  }

  add(timeMs: number, make: Make, about: About = ENTRY): void {
    const entry = new LogEntry(++this.#head, timeMs, make, about, this.#gauges);
    if (about.subject !== undefined) this.#gauges++;
    if (this.#readers.size > 0) this.#keep(entry);
    for (const listener of this.#listeners) listener(entry);
    if (--this.#room !== 0 || this.#listeners.length > 0) return;
    this.#isFlooded = true;
    this.onFlood?.();
  }

  /** Whether there was a flood, and nobody has said `goesOn` since. */
  get isFlooded(): boolean {
    return this.#isFlooded;
  }

  /**
   * What comes is logged again, after a flood.
   *
   * @param reader who has read what there was, if somebody has: when it reads again without another flood, it is calm
   */
  goesOn(reader?: LogReader): void {
    this.#isFlooded = false;
    this.#gauger = reader;
    this.#allowance = Math.ceil(this.#limit * FLOODED);
    this.#room = this.#allowance;
  }

  /** Calls `listener` with every entry from now on, none left out. */
  listen(listener: (entry: Entry) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Reads from now on, and at most `limit` entries at a time. */
  read(limit: number): LogReader {
    if (this.#readers.size === 0) {
      this.#ring.restart(this.#head + 1);
      this.#isFlooded = false;
      this.#gauger = undefined;
      this.#allowance = Math.ceil((limit * FILL) / GROWTH);
    }
    const source = {
      ring: this.#ring,
      board: this.#board,
      gauges: () => this.#gauges,
      hasRead: (who: LogReader) => this.#hasRead(who),
    };
    const reader = new LogReader(source, limit, this.#head, this.#gauges, () => {
      this.#readers.delete(reader);
      if (this.#gauger === reader) this.#gauger = undefined;
      this.#tidy();
    });
    this.#readers.add(reader);
    this.#hasRead(reader);
    return reader;
  }

  #keep(entry: LogEntry): void {
    this.#ring.push(entry);
    const { subject, opens } = entry;
    if (subject === undefined) return;
    const known = this.#board.get(subject);
    if (known) known.latest = entry;
    else this.#board.set(subject, { latest: entry, opened: opens ? entry : undefined });
  }

  #hasRead(reader: LogReader): void {
    this.#tidy();
    if (this.#isFlooded) return;
    if (this.#gauger === undefined || this.#gauger === reader) this.#grow();
  }

  /** At most until the ring is full of what even the fastest reader has not read. */
  #grow(): void {
    this.#gauger = undefined;
    const { capacity } = this.#ring;
    const limit = this.#limit;
    const behind = Math.min(...[...this.#readers].map((reader) => reader.behind));
    const most = Math.ceil(Math.max(capacity, limit) * FILL);
    this.#allowance = Math.min(most, this.#allowance * GROWTH);
    this.#room = Math.max(1, Math.min(this.#allowance, most - (capacity > limit ? behind : 0)));
  }

  get #limit(): number {
    return Math.min(...[...this.#readers].map((reader) => reader.limit));
  }

  /** What everybody has read need not be kept. */
  #tidy(): void {
    if (this.#readers.size === 0) {
      this.#ring.restart(this.#head + 1);
      this.#board.clear();
      return;
    }
    let readByAll = this.#head;
    let isPaid = true;
    for (const { cursor, owes } of this.#readers) {
      readByAll = Math.min(readByAll, cursor);
      isPaid &&= !owes;
    }
    this.#ring.release(readByAll + 1);
    if (!isPaid) return;
    for (const [subject, { latest }] of this.#board)
      if (latest.order <= readByAll) this.#board.delete(subject);
  }
}
