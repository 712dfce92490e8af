/**
 * Ladders as JSON, an object a line: for programs.
 */

import { FLAG } from '../wire/index.ts';
import type { Ladder, LadderPart, Row, SegmentRow } from './ladder.ts';
import { type Numbers, numbering } from './ladder-numbers.ts';

const FLAG_NAMES = Object.entries(FLAG);

/** One object for each row, then one for each fact and each answer. */
export function printJson(ladder: Ladder, options: { readonly numbers?: Numbers } = {}): string[] {
  const { scene } = ladder;
  const objects: object[] = [];
  for (const [index, part] of ladder.parts.entries()) {
    const about = { scene, part: index + 1 };
    const numbered = numbering(part, options.numbers ?? 'absolute');
    for (const row of part.rows) {
      if (row.kind !== 'segment') objects.push({ kind: row.kind, ...about, ...otherRow(row) });
      else if (row.part !== 'arrives' || !row.passage.departure)
        objects.push({ kind: 'segment', ...about, ...segmentRow(row, part, numbered) });
    }
  }
  for (const text of ladder.facts) objects.push({ kind: 'fact', scene, text });
  for (const answer of ladder.answers) objects.push({ kind: 'answer', scene, ...answer });
  return objects.map((value) => JSON.stringify(value));
}

function segmentRow(row: SegmentRow, part: LadderPart, numbered: ReturnType<typeof numbering>): object {
  const { passage } = row;
  const { segment, addresses, departure, arrival } = passage;
  const { seq, ack } = numbered(passage);
  const arrivalRow = part.rows.find(
    (other) => other.kind === 'segment' && other.part === 'arrives' && other.passage === passage,
  );
  const states = { ...row.states };
  if (arrivalRow?.kind === 'segment' && arrival) states[passage.src === 'A' ? 'B' : 'A'] = arrival.after;
  return {
    number: row.number,
    time: seconds((departure ?? arrival)?.timeMs),
    arrived: seconds(arrival?.timeMs),
    src: addresses.src,
    srcPort: segment.srcPort,
    dst: addresses.dst,
    dstPort: segment.dstPort,
    flags: FLAG_NAMES.filter(([, bit]) => (segment.flags & bit) !== 0).map(([name]) => name),
    flagsByte: segment.flags & 0xff,
    seq,
    ack: ack ?? null,
    win: segment.wnd,
    urgent: (segment.flags & FLAG.URG) !== 0 ? segment.up : null,
    options: segment.options,
    length: segment.text.length,
    states,
    lost: passage.lost !== undefined,
    origin: passage.origin,
    fates: passage.fates,
    sent: departure?.reason ?? null,
    did: arrival?.reason ?? null,
    ...(row.beside === undefined ? {} : { beside: row.beside }),
  };
}

function otherRow(row: Exclude<Row, SegmentRow>): object {
  switch (row.kind) {
    case 'call':
      return { time: seconds(row.timeMs), end: row.end, text: row.text };
    case 'state':
      return { time: seconds(row.timeMs), states: row.states };
    case 'pause':
      return { end: row.end, duration: seconds(row.durationMs), timeWait: row.isTimeWait };
  }
}

/** To the microsecond, so that sums of fractions do not show their rounding. */
function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1_000) / 1e6;
}
