/**
 * One viewer's place in the log. A reader that can't keep up is told so by a gap, and is never behind once it has read.
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
  hasRead(): void;
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
    this.#source.hasRead();
  }

  /** All that has come since; or, where that is more than the limit, what is left of it, and a gap. */
  read(payload: Payload, limit = this.limit): Envelope[] {
    const { ring, board } = this.#source;
    const from = this.cursor + 1;
    const head = ring.next - 1;
    const overrun = Math.max(0, ring.first - from);
    const entries: LogEntry[] = [];
    for (let order = from + overrun; order <= head; order++) entries.push(ring.at(order)!);

    const part = cut(entries, limit, (entry) => board.get(entry.subject!)?.latest === entry);
    const gaugesOverrun = overrun === 0 ? 0 : entries[0]!.gaugesBefore - this.#gaugesRead;
    const gap = this.#gap(from, overrun, gaugesOverrun, part, payload, limit);

    this.cursor = head;
    this.#gaugesRead += gaugesOverrun + entries.filter(({ subject }) => subject !== undefined).length;
    this.#source.hasRead();
    const envelopes = part.kept.map((entry) => entry.envelope(payload));
    if (!gap) return envelopes;
    const behindGap = envelopes.findIndex(({ order }) => order > gap.order);
    envelopes.splice(behindGap < 0 ? envelopes.length : behindGap, 0, gap);
    return envelopes;
  }

  #gap(
    from: number,
    overrun: number,
    gaugesOverrun: number,
    part: Cut<LogEntry>,
    payload: Payload,
    limit: number,
  ): Gap | undefined {
    const isWhole = overrun === 0 && part.cut.length === 0;
    if (isWhole && !this.owes) return undefined;
    const head = this.#source.ring.next - 1;
    const fromOrder = isWhole ? head : overrun > 0 ? from : part.cut[0]!.order;
    const missing: Missing = { opened: [], ended: [] };
    if (!isWhole) this.#owe(from, part, payload, missing);
    return {
      kind: 'gap',
      order: fromOrder,
      timeMs: part.cut[0]?.timeMs ?? part.kept[0]?.timeMs ?? this.#lastMs(),
      leftOut: overrun - gaugesOverrun + part.logCut,
      coalesced: gaugesOverrun + part.gaugesCut,
      fromOrder,
      toOrder: isWhole ? head : (part.cut.at(-1)?.order ?? from + overrun - 1),
      now: this.#pay(payload, limit),
      ...missing,
    };
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

  /** At most `limit` gauges at a time: the others have to wait for the next gap. */
  #pay(payload: Payload, limit: number): Gauge[] {
    const now: Gauge[] = [];
    for (const subject of this.#owed) {
      if (now.length >= limit) break;
      this.#owed.delete(subject);
      const latest = this.#source.board.get(subject)?.latest;
      const gauge = latest && latest.ends === undefined ? gaugeOf(latest.envelope(payload)) : undefined;
      if (gauge) now.push(gauge);
    }
    return now;
  }
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
