/** What the plots draw: columns of numbers over time in seconds. Pure. */

import { FLAG } from '../../../src/wire/index.ts';
import { MARK } from '../store/frame-log.ts';
import type { Series } from '../store/series.ts';
import type { Wire } from '../store/wire.ts';

export type Columns = readonly (readonly (number | null)[])[];

/** Throughput is the slope over so many points of the plot. */
const BINS = 120;
/** Frames that a time-sequence graph looks at, the latest ones. */
const FRAMES = 30_000;

/** RTTVAR may be as large as SRTT, and a logarithmic axis has no zero: so much of SRTT is drawn at least. */
const LEAST = 0.2;
/** And so much of the least value there is stands for 0. */
const FLOOR = 0.7;

export interface GaugeData {
  readonly seconds: readonly number[];
  readonly congestion: Columns;
  readonly rtt: Columns;
  /** The same as they can be drawn: a logarithmic axis has no zero, and reo_wnd may be none. */
  readonly rttDrawn: Columns;
  readonly window: Columns;
  /** The order number of each point. */
  readonly orders: Float64Array;
}

export function gaugeData(series: Series, order: number): GaugeData {
  const seconds = Array.from(series.column('timeMs', order), (ms) => ms / 1_000);
  const column = (name: Parameters<Series['column']>[0]): (number | null)[] =>
    Array.from(series.column(name, order), (value) => (Number.isNaN(value) ? null : value));
  const srtt = column('srttMs');
  const rttvar = column('rttvarMs');
  const around = (sign: number): (number | null)[] =>
    srtt.map((value, index) =>
      value === null ? null : Math.max(value * LEAST, value + sign * (rttvar[index] ?? 0)),
    );
  const rtt: Columns = [seconds, srtt, around(1), around(-1), column('rtoMs'), column('reoWndMs')];
  return {
    seconds,
    congestion: [seconds, column('cwnd'), column('ssthresh'), column('flight'), column('sndWnd')],
    rtt,
    rttDrawn: [...rtt.slice(0, -1), aboveZero(rtt)],
    window: [seconds, column('rcvWnd')],
    orders: series.column('order', order),
  };
}

/** The last column; where it is 0, what lies below all that is drawn. */
function aboveZero(columns: Columns): readonly (number | null)[] {
  const last = columns.at(-1) ?? [];
  let least = Number.POSITIVE_INFINITY;
  for (const column of columns.slice(1))
    for (const value of column) if (value !== null && value > 0 && value < least) least = value;
  return last.map((value) => (value === 0 ? least * FLOOR : value));
}

/** Octets a second that were acknowledged by the peer and received from it, over even parts of a stretch of time. */
export function throughput(
  series: Series,
  order: number,
  [fromSeconds, toSeconds]: readonly [number, number],
): Columns {
  const times = series.column('timeMs', order);
  if (times.length === 0 || toSeconds <= fromSeconds) return [[], [], []];
  const widthMs = ((toSeconds - fromSeconds) * 1_000) / BINS;
  const seconds: number[] = [];
  const rates: [number[], number[]] = [[], []];
  const totals = [series.column('acked', order), series.column('received', order)] as const;
  const before = [totals[0][0]!, totals[1][0]!];
  let at = 0;
  for (let bin = 1; bin <= BINS; bin++) {
    const endMs = fromSeconds * 1_000 + bin * widthMs;
    while (at + 1 < times.length && times[at + 1]! <= endMs + 1e-6) at++;
    seconds.push(endMs / 1_000);
    for (const side of [0, 1] as const) {
      const now = totals[side][at]!;
      rates[side].push(((now - before[side]!) / widthMs) * 1_000);
      before[side] = now;
    }
  }
  return [seconds, ...rates];
}

export interface Segment {
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
  readonly kind: 'text' | 'retransmission' | 'lost' | 'SYN' | 'FIN';
}

/** In the manner of tcptrace: one direction's text over time, and between which lines the peer's ACKs and window held it. */
export interface TimeSequence {
  readonly segments: readonly Segment[];
  readonly sacks: readonly { readonly seconds: number; readonly from: number; readonly to: number }[];
  /** Seconds, the highest acknowledgment, and the window's edge behind it. */
  readonly lines: Columns;
}

export function timeSequence(
  wire: Wire,
  conversationIndex: number,
  direction: 0 | 1,
  order: number,
  blocksOf: (row: number) => readonly { readonly left: number; readonly right: number }[],
): TimeSequence {
  const conversation = wire.conversation(conversationIndex);
  const { rows } = conversation;
  const segments: Segment[] = [];
  const sacks: { seconds: number; from: number; to: number }[] = [];
  const seconds: number[] = [];
  const acks: number[] = [];
  const edges: number[] = [];
  for (let index = Math.max(0, rows.length - FRAMES); index < rows.length; index++) {
    const item = rows.at(index);
    const row = item < 0 ? undefined : wire.frames.row(item);
    if (!row || row.order > order || row.marks & MARK.notTcp) continue;
    const iss = wire.issAt(conversation, direction, row.index);
    if (row.direction === direction) {
      if (row.marks & MARK.duplicated) continue;
      const isLost = (row.marks & MARK.lost) !== 0 && row.lostOrder <= order;
      const kind = isLost ? 'lost' : row.marks & MARK.retransmitted ? 'retransmission' : undefined;
      const isSyn = (row.flags & FLAG.SYN) !== 0;
      const from = ((row.seq - iss) >>> 0) + (isSyn ? 1 : 0);
      const to = from + row.length;
      const add = (own: Segment['kind'], first: number, last: number): void => {
        segments.push({ seconds: row.timeMs / 1_000, from: first, to: last, kind: own });
      };
      if (isSyn) add(kind ?? 'SYN', from - 1, from);
      if (row.length > 0) add(kind ?? 'text', from, to);
      if (row.flags & FLAG.FIN) add(kind ?? 'FIN', to, to + 1);
      continue;
    }
    if (
      (row.flags & FLAG.ACK) === 0 ||
      (row.arriveOrder > order && row.arriveMs !== Number.POSITIVE_INFINITY)
    )
      continue;
    if (row.marks & (MARK.lost | MARK.dropped)) continue;
    const at = (row.arriveMs === Number.POSITIVE_INFINITY ? row.timeMs : row.arriveMs) / 1_000;
    const ack = (row.ack - iss) >>> 0;
    seconds.push(at);
    acks.push(ack);
    edges.push(ack + row.window);
    for (const { left, right } of blocksOf(row.index)) {
      sacks.push({ seconds: at, from: (left - iss) >>> 0, to: (right - iss) >>> 0 });
    }
  }
  return { segments, sacks, lines: inOrder(seconds, acks, edges) };
}

/** ACKs are told of in the order in which they were sent. They count in that of their arrival, and never backwards. */
function inOrder(seconds: readonly number[], ...columns: readonly (readonly number[])[]): Columns {
  const order = seconds.map((_, index) => index).sort((a, b) => seconds[a]! - seconds[b]! || a - b);
  const rising = columns.map((column) => {
    let highest = 0;
    return order.map((index) => {
      highest = Math.max(highest, column[index]!);
      return highest;
    });
  });
  return [order.map((index) => seconds[index]!), ...rising];
}

/** The top of the vertical axis: above all text, and above the window where it is shown, of a stretch of time. */
export function highest(
  { segments, lines }: TimeSequence,
  fromSeconds: number,
  toSeconds: number,
  isWindowShown: boolean,
): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { seconds, from, to } of segments) {
    if (seconds < fromSeconds || seconds > toSeconds) continue;
    low = Math.min(low, from);
    high = Math.max(high, to);
  }
  const [seconds = [], acks = [], edges = []] = lines;
  for (let index = 0; index < seconds.length; index++) {
    const at = seconds[index]!;
    if (at < fromSeconds || at > toSeconds) continue;
    low = Math.min(low, acks[index]!);
    high = Math.max(high, acks[index]!, isWindowShown ? edges[index]! : 0);
  }
  if (low > high) return [0, 1];
  const margin = Math.max(1, (high - low) * 0.06);
  return [Math.max(0, low - margin), high + margin];
}

export const SEGMENT_COLUMNS = ['seconds', 'from', 'to', 'what'] as const;

/** What the time-sequence graph draws, one line a segment, SACK block or acknowledgment, in order of time. */
export function segmentsCsv({ segments, sacks, lines }: TimeSequence): string {
  const [seconds = [], acks = [], edges = []] = lines;
  const rows: (readonly [number, number, number, string])[] = [
    ...segments.map(({ seconds: at, from, to, kind }) => [at, from, to, kind] as const),
    ...sacks.map(({ seconds: at, from, to }) => [at, from, to, 'SACK'] as const),
    ...seconds.map((at, index) => [at!, acks[index]!, edges[index]!, 'ACK and window edge'] as const),
  ];
  rows.sort((a, b) => a[0] - b[0]);
  return `${[SEGMENT_COLUMNS, ...rows].map((row) => row.join(',')).join('\n')}\n`;
}

export function csv(
  header: readonly string[],
  columns: readonly (readonly (number | string | null)[])[],
): string {
  const lines = [header.join(',')];
  const length = columns[0]?.length ?? 0;
  for (let row = 0; row < length; row++) lines.push(columns.map((column) => column[row] ?? '').join(','));
  return `${lines.join('\n')}\n`;
}
