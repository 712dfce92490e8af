/**
 * Ladders: rows made of what crossed the wire between two ends, in the manner of the figures of RFC 9293 section 3.5.
 */

import type { State } from '../stack/api.ts';
import { FLAG } from '../wire/index.ts';
import { type End, type Happening, otherEnd, type Passage, type Recording } from './recorder.ts';

export type { End, Moment, Passage } from './recorder.ts';

/**
 * One segment, or one half of its way: when others passed it by, its departure and its arrival are rows of their own, as
 * in RFC 9293 figure 7.
 */
export interface SegmentRow {
  readonly kind: 'segment';
  readonly number: number;
  readonly part: 'whole' | 'departs' | 'arrives';
  readonly passage: Passage;
  /** The sender's state after the departure, the receiver's after the arrival; otherwise as it was at that time. */
  readonly states: Readonly<Record<End, State>>;
  /** What its text says, for scenes in which that matters. */
  readonly beside: string | undefined;
}

/** A user's call, or what it returned, beside the line that it came with. */
export interface CallRow {
  readonly kind: 'call';
  readonly end: End;
  readonly timeMs: number;
  readonly text: string;
}

/** The states with which a ladder begins, or a change that came without a segment. */
export interface StateRow {
  readonly kind: 'state';
  readonly timeMs: number;
  /** Absent in the first row, which is number 0. */
  readonly change: { readonly end: End; readonly before: State } | undefined;
  readonly states: Readonly<Record<End, State>>;
}

/** Time in which nothing happened at an end. */
export interface PauseRow {
  readonly kind: 'pause';
  readonly end: End;
  readonly durationMs: number;
  /** Whether it was the wait of TIME-WAIT. */
  readonly isTimeWait: boolean;
}

export type Row = SegmentRow | CallRow | StateRow | PauseRow;

export interface Host {
  readonly address: string;
  readonly port: number;
}

/** One run of two endpoints. Most scenes are one part. */
export interface LadderPart {
  readonly title: string | undefined;
  readonly hosts: Readonly<Record<End, Host>>;
  readonly rows: readonly Row[];
  /** Everything that crossed the wire, what came before the first row included. */
  readonly passages: readonly Passage[];
  /** Whether the window belongs into each line. */
  readonly showsWindow: boolean;
  /** A long ladder shows so many of its first and last segments, unless all are asked for. */
  readonly abridged: { readonly first: number; readonly last: number } | undefined;
}

export interface Answer {
  readonly question: string;
  readonly answer: string;
}

export interface Ladder {
  readonly scene: string;
  readonly title: string;
  readonly parts: readonly LadderPart[];
  /** What came of it: digests, totals, errors. Printed beneath. */
  readonly facts: readonly string[];
  /** The old questions that the scene answers; printed with the explanations. */
  readonly answers: readonly Answer[];
  /** Lines that stand in the place of the rows in the form of the RFC's figures. */
  readonly table?: readonly string[];
}

/** Shorter silences are no news. */
const PAUSE_MS = 100;

export interface LayoutOptions {
  /** Split the segments that others pass by. Where traffic is heavy they all do, and a line each is better. */
  readonly splitsCrossing: boolean;
  readonly beside?: (passage: Passage) => string | undefined;
}

/** The rows of a recording, each event no earlier than those that it follows from. */
export function layOut(recording: Recording, options: LayoutOptions): Row[] {
  const { happenings, initial } = recording;
  const rows: Row[] = [{ kind: 'state', timeMs: 0, change: undefined, states: initial }];
  const split = options.splitsCrossing ? crossing(happenings) : new Set<Passage>();
  const silences = new Silences();
  /** The latest that the rows so far have shown: a whole passage shows its arrival before its time. */
  let shown = initial;
  const shownAt: Record<End, number> = { A: -1, B: -1 };
  const places = new Map(happenings.map((happening, place) => [happening, place]));
  const arrivals = new Map<Passage, Happening>();
  for (const happening of happenings)
    if (happening.kind === 'arrives') arrivals.set(happening.passage, happening);
  let number = 0;
  for (const happening of inOrder(happenings)) {
    const pause = silences.before(happening);
    const drawn = row(happening);
    if (!drawn) continue;
    if (pause) rows.push(pause);
    rows.push(drawn);
  }
  return rows;

  /** The state goes into the row as it was then; into those that follow, unless they were shown a later one already. */
  function show(states: Record<End, State>, end: End, state: State, happening: Happening): void {
    states[end] = state;
    const place = places.get(happening) ?? -1;
    if (place < shownAt[end]) return;
    shown = { ...shown, [end]: state };
    shownAt[end] = place;
  }

  function row(happening: Happening): SegmentRow | CallRow | StateRow | undefined {
    const { end, timeMs, kind } = happening;
    if (kind === 'call') return { kind, end, timeMs, text: happening.text };
    if (kind === 'state') {
      const { before, after } = happening;
      const states = { ...shown };
      show(states, end, after, happening);
      return { kind, timeMs, change: { end, before }, states };
    }
    const { passage } = happening;
    const { departure, arrival } = passage;
    const whole = departure !== undefined && !split.has(passage);
    if (whole && kind === 'arrives') return undefined;
    const states = { ...shown };
    if (departure && kind === 'departs') show(states, passage.src, departure.after, happening);
    if (arrival && (whole || kind === 'arrives'))
      show(states, otherEnd(passage.src), arrival.after, arrivals.get(passage) ?? happening);
    number++;
    const part = whole ? 'whole' : kind;
    return { kind: 'segment', number, part, passage, states, beside: options.beside?.(passage) };
  }
}

/** Tells where nothing has happened at an end for a while, and for how long: since the thing that one would count from. */
class Silences {
  readonly #last = new Map<string, number>();

  before(happening: Happening): PauseRow | undefined {
    const { end, timeMs, kind } = happening;
    const quietMs = timeMs - (this.#last.get(end) ?? timeMs);
    const sinceMs = this.#since(happening) ?? timeMs;
    this.#note(happening);
    if (kind === 'arrives' || quietMs < PAUSE_MS) return undefined;
    const isTimeWait = kind === 'state' && happening.before === 'TIME-WAIT';
    return { kind: 'pause', end, durationMs: timeMs - sinceMs, isTimeWait };
  }

  /** A retransmission counts from the time before, a timeout from the last segment, a user from the call before. */
  #since(happening: Happening): number | undefined {
    const { end, kind } = happening;
    const any = this.#last.get(end);
    if (kind === 'departs') return this.#last.get(`${end} ${numberOf(happening.passage)}`) ?? any;
    if (kind === 'state' && happening.before === 'TIME-WAIT')
      return this.#last.get(`${end} TIME-WAIT`) ?? any;
    if (kind === 'state') return this.#last.get(`${end} segment`) ?? any;
    return this.#last.get(`${end} call`) ?? any;
  }

  #note(happening: Happening): void {
    const { end, timeMs, kind } = happening;
    this.#last.set(end, timeMs);
    if (kind === 'call') this.#last.set(`${end} call`, timeMs);
    if (kind !== 'departs' && kind !== 'arrives') return;
    this.#last.set(`${end} segment`, timeMs);
    const { arrival, segment } = happening.passage;
    if (kind === 'departs') this.#last.set(`${end} ${numberOf(happening.passage)}`, timeMs);
    // 2 MSL begin with what led there, and anew with each FIN that comes again.
    else if (arrival?.after === 'TIME-WAIT' && (arrival.before !== 'TIME-WAIT' || segment.flags & FLAG.FIN))
      this.#last.set(`${end} TIME-WAIT`, timeMs);
  }
}

/** What a retransmission has in common with the segment that it repeats. */
function numberOf({ segment }: Passage): string {
  const length = segment.text.length + (segment.flags & (FLAG.SYN | FLAG.FIN));
  return length === 0 ? 'ACK' : `number ${segment.seq}`;
}

/** The segments during whose flight something of the other direction left or arrived. */
function crossing(happenings: readonly Happening[]): ReadonlySet<Passage> {
  const split = new Set<Passage>();
  const moves = happenings.filter(
    (happening) => happening.kind === 'departs' || happening.kind === 'arrives',
  );
  for (const { passage } of moves) {
    const { departure, arrival } = passage;
    if (!departure || !arrival || split.has(passage)) continue;
    const passedBy = moves.some(
      (other) =>
        other.passage.src !== passage.src && other.timeMs > departure.timeMs && other.timeMs < arrival.timeMs,
    );
    if (passedBy) split.add(passage);
  }
  return split;
}

/**
 * By time; what happens at one instant keeps the order that it had at each end, and between the ends arrivals come first,
 * as in the figures.
 */
function inOrder(happenings: readonly Happening[]): Happening[] {
  const noted = happenings.map((happening, index) => ({ happening, index }));
  const a = noted.filter(({ happening }) => happening.end === 'A');
  const b = noted.filter(({ happening }) => happening.end === 'B');
  const ordered: Happening[] = [];
  for (let atA = 0, atB = 0; atA < a.length || atB < b.length; ) {
    const left = a[atA];
    const right = b[atB];
    if (left && (!right || comesFirst(left, right))) {
      ordered.push(left.happening);
      atA++;
    } else if (right) {
      ordered.push(right.happening);
      atB++;
    }
  }
  return ordered;
}

interface Noted {
  readonly happening: Happening;
  readonly index: number;
}

function comesFirst(one: Noted, other: Noted): boolean {
  const [a, b] = [one.happening, other.happening];
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs;
  const arrivals = Number(b.kind === 'arrives') - Number(a.kind === 'arrives');
  return arrivals === 0 ? one.index < other.index : arrivals < 0;
}
