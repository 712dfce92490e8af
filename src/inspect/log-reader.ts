/**
 * One viewer's place in the log. A reader may be behind by as much as the ring holds; what it then misses a gap tells.
 */

import { type Cut, cut } from './coalesce.ts';
import type { Known, LogEntry, Payload } from './log.ts';
import type { ConnectionView, Envelope, Gap, Gauge } from './protocol.ts';
import type { Ring } from './ring.ts';

/** What a reader reads from. */
export interface LogSource {
  readonly ring: Ring<LogEntry>;
  /** The last gauge of every subject of which something may be unread. */
  readonly board: ReadonlyMap<string, Known>;
  /** How many gauges have been logged. */
  gauges(): number;
  hasRead(reader: LogReader): void;
}

/** What was left out that nothing kept makes good. */
interface Missing {
  readonly opened: ConnectionView[];
  readonly ended: string[];
}

export class LogReader {
  /** The number of the last entry that was read, or is known to be left out. */
  cursor: number;
  readonly close: () => void;
  /** How many entries are read at a time at most. */
  readonly limit: number;
  readonly #source: LogSource;
  #gaugesRead: number;
  /** Subjects whose last gauge was left out and is still to be told. */
  readonly #owed = new Set<string>();

  constructor(source: LogSource, limit: number, cursor: number, gaugesRead: number, close: () => void) {
    this.#source = source;
    this.limit = limit;
    this.cursor = cursor;
    this.#gaugesRead = gaugesRead;
    this.close = close;
  }

  /** How many entries have come since. */
  get behind(): number {
    return this.#source.ring.next - 1 - this.cursor;
  }

  get owes(): boolean {
    return this.#owed.size > 0;
  }

  /** Passes over all that has come since: it is known from elsewhere. */
  skip(): void {
    const { ring } = this.#source;
    this.#gaugesRead = this.#source.gauges();
    this.cursor = ring.next - 1;
    this.#owed.clear();
    this.#source.hasRead(this);
  }

  /**
   * What has come since, the oldest first and `limit` entries at most: what is left is for the next time. Of gauges only the
   * last of each subject is told when there is more than that. What the ring has lost is made good by a gap, behind which
   * the newest entries follow.
   */
  read(payload: Payload, limit = this.limit): Envelope[] {
    const from = this.cursor + 1;
    const head = this.#source.ring.next - 1;
    const overrun = Math.max(0, this.#source.ring.first - from);
    return overrun > 0
      ? this.#skipToNewest(from, overrun, payload, limit)
      : this.#readOn(from, head, payload, limit);
  }

  #readOn(from: number, head: number, payload: Payload, limit: number): Envelope[] {
    const { ring } = this.#source;
    const isLate = head - from + 1 > limit;
    // By subject where a later one takes its place, else by number.
    const kept = new Map<string | number, LogEntry>();
    const superseded: number[] = [];
    let order = from;
    for (; order <= head && kept.size < limit; order++) {
      const entry = ring.at(order)!;
      const { subject, opens, ends } = entry;
      if (subject !== undefined) this.#gaugesRead++;
      const place = isLate && subject !== undefined && !opens && ends === undefined ? subject : order;
      const before = kept.get(place);
      if (before) {
        superseded.push(before.order);
        kept.delete(place);
      }
      kept.set(place, entry);
    }
    this.cursor = order - 1;
    const now = this.#pay(payload, limit);
    this.#source.hasRead(this);
    const envelopes = [...kept.values()].map((entry) => entry.envelope(payload));
    if (superseded.length === 0 && now.length === 0) return envelopes;
    const first = superseded.reduce((least, each) => Math.min(least, each), order - 1);
    const last = superseded.reduce((most, each) => Math.max(most, each), first);
    return withGap(envelopes, {
      kind: 'gap',
      order: first,
      timeMs: envelopes[0]?.timeMs ?? this.#lastMs(),
      leftOut: 0,
      coalesced: superseded.length,
      fromOrder: first,
      toOrder: last,
      now,
      opened: [],
      ended: [],
    });
  }

  /** The ring has lost entries: the rest is brought down to the newest, so that the reader is behind no longer. */
  #skipToNewest(from: number, overrun: number, payload: Payload, limit: number): Envelope[] {
    const { ring, board } = this.#source;
    const head = ring.next - 1;
    const entries: LogEntry[] = [];
    for (let order = from + overrun; order <= head; order++) entries.push(ring.at(order)!);
    const part = cut(entries, limit, (entry) => board.get(entry.subject!)?.latest === entry);
    const gaugesOverrun = entries[0]!.gaugesBefore - this.#gaugesRead;
    const missing: Missing = { opened: [], ended: [] };
    this.#owe(from, part, payload, missing);
    this.cursor = head;
    this.#gaugesRead += gaugesOverrun + entries.filter(({ subject }) => subject !== undefined).length;
    const now = this.#pay(payload, limit);
    this.#source.hasRead(this);
    return withGap(
      part.kept.map((entry) => entry.envelope(payload)),
      {
        kind: 'gap',
        order: from,
        timeMs: part.cut[0]?.timeMs ?? part.kept[0]?.timeMs ?? this.#lastMs(),
        leftOut: overrun - gaugesOverrun + part.logCut,
        coalesced: gaugesOverrun + part.gaugesCut,
        fromOrder: from,
        toOrder: part.cut.at(-1)?.order ?? from + overrun - 1,
        now,
        ...missing,
      },
    );
  }

  #lastMs(): number {
    let last = 0;
    for (const { latest } of this.#source.board.values()) last = Math.max(last, latest.timeMs);
    return last;
  }

  #owe(from: number, part: Cut<LogEntry>, payload: Payload, { opened, ended }: Missing): void {
    const kept = new Set(part.kept);
    for (const [subject, { latest, opened: beginning }] of this.#source.board) {
      if (latest.order < from) continue;
      if (latest.ends !== undefined) {
        this.#owed.delete(subject);
        if (!kept.has(latest)) ended.push(latest.ends);
      } else if (beginning && beginning.order >= from && !kept.has(beginning)) {
        const view = openedView(beginning.envelope(payload), latest.envelope(payload));
        if (view) opened.push(view);
        else this.#owed.add(subject);
      } else if (!kept.has(latest)) {
        this.#owed.add(subject);
      }
    }
  }

  /** At most `limit` gauges at a time: the others have to wait for the next gap. What is still to be read tells itself. */
  #pay(payload: Payload, limit: number): Gauge[] {
    const now: Gauge[] = [];
    for (const subject of this.#owed) {
      if (now.length >= limit) break;
      this.#owed.delete(subject);
      const latest = this.#source.board.get(subject)?.latest;
      if (latest && latest.order > this.cursor) continue;
      const gauge = latest && latest.ends === undefined ? gaugeOf(latest.envelope(payload)) : undefined;
      if (gauge) now.push(gauge);
    }
    return now;
  }
}

/** Where it belongs by its order, and before what follows it. */
function withGap(envelopes: Envelope[], gap: Gap): Envelope[] {
  const behindGap = envelopes.findIndex(({ order }) => order > gap.order);
  return envelopes.toSpliced(behindGap < 0 ? envelopes.length : behindGap, 0, gap);
}

function openedView(beginning: Envelope, latest: Envelope): ConnectionView | undefined {
  if (beginning.kind !== 'connection.opened') return undefined;
  return latest.kind === 'tcb' ? { ...beginning.view, tcb: latest.tcb } : beginning.view;
}

/** An opening says what its subject is, too: as a gauge, it is one of the values at the beginning. */
function gaugeOf(envelope: Envelope): Gauge | undefined {
  switch (envelope.kind) {
    case 'tcb':
    case 'listener':
    case 'counters':
    case 'run':
    case 'faults':
      return envelope;
    case 'connection.opened': {
      const { order, timeMs, host, connection, view } = envelope;
      return { kind: 'tcb', order, timeMs, host, connection, tcb: view.tcb };
    }
    case 'listener.opened': {
      const { order, timeMs, host, view } = envelope;
      return { kind: 'listener', order, timeMs, host, view };
    }
    default:
      return undefined;
  }
}
