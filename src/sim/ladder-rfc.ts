/**
 * Ladders in the form of RFC 9293's figures: a line a segment, with the state of each end after it.
 *
 *     2.  ESTABLISHED  <-- <SEQ=300><ACK=101><CTL=SYN,ACK>  <-- SYN-RECEIVED
 */

import { describeFlags, FLAG } from '../wire/index.ts';
import type { End, Ladder, LadderPart, Passage, Row, SegmentRow, StateRow } from './ladder.ts';
import { explain } from './ladder-explain.ts';
import { type Numbered, type Numbers, numbering } from './ladder-numbers.ts';
import { STILL_UNDER_WAY } from './recorder.ts';

/** What a stretch of a line is, for whoever has colours. */
export type Style =
  | 'title'
  | 'state'
  | 'segment'
  | 'lost'
  | 'call'
  | 'pause'
  | 'explanation'
  | 'fact'
  | 'faint';

export interface RfcOptions {
  readonly numbers?: Numbers;
  /** A sentence beneath each segment, and the old questions answered at the end. */
  readonly explain?: boolean;
  /** Every row of a ladder that is abridged otherwise. */
  readonly all?: boolean;
  readonly paint?: (style: Style, text: string) => string;
}

const WIDTH = 100;
/** The longest name of a state is SYN-RECEIVED. */
const STATE_WIDTH = 12;

interface Columns {
  readonly number: number;
  readonly segment: number;
  /** Where the right end's states begin. */
  readonly right: number;
}

interface Pen {
  readonly columns: Columns;
  readonly paint: (style: Style, text: string) => string;
  readonly contents: (row: SegmentRow) => string;
  readonly explains: boolean;
}

/** The ladder's lines, without line ends. */
export function printRfc(ladder: Ladder, options: RfcOptions = {}): string[] {
  const paint = options.paint ?? ((_, text) => text);
  const lines = [paint('title', `${ladder.scene}: ${ladder.title}`)];
  if (ladder.table) lines.push('', ...ladder.table);
  else for (const part of ladder.parts) lines.push('', ...printPart(part, options, paint));
  if (ladder.facts.length > 0) lines.push('', ...ladder.facts.map((fact) => paint('fact', fact)));
  if (options.explain) {
    for (const { question, answer } of ladder.answers) {
      lines.push(
        '',
        paint('title', question),
        ...wrap(answer, WIDTH).map((line) => paint('explanation', line)),
      );
    }
  }
  return lines;
}

/** `<SEQ=…><ACK=…><CTL=…>`, with the text's length, and the urgent pointer and the window where they matter. */
export function segmentInWords(passage: Passage, numbered: Numbered, showsWindow = false): string {
  const { flags, text, up, wnd } = passage.segment;
  const fields = [`SEQ=${numbered.seq}`];
  if (numbered.ack !== undefined) fields.push(`ACK=${numbered.ack}`);
  if (showsWindow) fields.push(`WND=${wnd}`);
  if ((flags & FLAG.URG) !== 0) fields.push(`UP=${up}`);
  fields.push(`CTL=${describeFlags(flags)}`);
  if (text.length > 0) fields.push(`DATA=${text.length}`);
  return fields.map((field) => `<${field}>`).join('');
}

function printPart(part: LadderPart, options: RfcOptions, paint: Pen['paint']): string[] {
  const numbered = numbering(part, options.numbers ?? 'absolute');
  const contents = (row: SegmentRow): string =>
    segmentInWords(row.passage, numbered(row.passage), part.showsWindow);
  const { shown, leftOut } = abridge(part, options.all ?? false);
  const segments = shown.filter((row): row is SegmentRow => row.kind === 'segment');
  const longest = Math.max(8, ...segments.map((row) => contents(row).length));
  const number = Math.max(2, String(segments.at(-1)?.number ?? 0).length) + 3;
  const columns = { number, segment: longest, right: number + STATE_WIDTH + 1 + 4 + longest + 1 + 4 };
  const pen = { columns, paint, contents, explains: options.explain ?? false };

  const { A, B } = part.hosts;
  const lines: string[] = part.title === undefined ? [] : [paint('title', part.title)];
  const left = `A ${A.address} port ${A.port}`;
  lines.push(paint('faint', `${left}${atRight(columns, left.length, `B ${B.address} port ${B.port}`)}`));
  for (const [index, row] of shown.entries()) {
    if (leftOut && index === leftOut.at) {
      const note = `… ${leftOut.count} lines left out; --all shows them …`;
      lines.push(paint('faint', `${' '.repeat(columns.number)}${note}`));
    }
    lines.push(...printRow(row, pen));
  }
  return lines;
}

function printRow(row: Row, pen: Pen): string[] {
  const { paint } = pen;
  if (row.kind === 'segment') return printSegment(row, pen);
  if (row.kind === 'call') return [inColumn(row.end, row.text, 'call', pen)];
  if (row.kind === 'pause') {
    const duration = inWords(row.durationMs);
    return [inColumn(row.end, row.isTimeWait ? `(2 MSL: ${duration})` : `(${duration})`, 'pause', pen)];
  }
  return [printStates(row, paint, pen.columns)];
}

function printStates(row: StateRow, paint: Pen['paint'], columns: Columns): string {
  const number = row.change ? '' : '0.  ';
  const left = number.padStart(columns.number) + row.states.A;
  const gap = ' '.repeat(columns.right - left.length);
  return `${number.padStart(columns.number)}${paint('state', row.states.A)}${gap}${paint('state', row.states.B)}`;
}

function printSegment(row: SegmentRow, pen: Pen): string[] {
  const { columns, paint, contents } = pen;
  const text = contents(row);
  const { left, right } = arrowsOf(row);
  const body = `${left} ${text.padEnd(columns.segment)} ${right}`;
  const number = `${row.number}.  `.padStart(columns.number);
  const stateA = row.states.A.padEnd(STATE_WIDTH);
  const notes = [row.beside, ...whatHappened(row.passage)].filter((note) => note !== undefined);
  const beside = notes.join(', ');
  const stateB = beside === '' ? row.states.B : row.states.B.padEnd(STATE_WIDTH);
  const isLost = row.passage.lost !== undefined || row.passage.arrival?.dropped === true;
  const painted = [
    number,
    paint('state', stateA),
    ' ',
    paint(isLost ? 'lost' : 'segment', body),
    ' ',
    paint('state', stateB),
  ].join('');
  const length = columns.right + STATE_WIDTH + 2 + beside.length;
  const lines: string[] = [];
  if (beside === '') lines.push(painted);
  else if (length <= WIDTH) lines.push(`${painted}  ${paint('call', beside)}`);
  else lines.push(painted.trimEnd(), inColumn(row.passage.src, beside, 'call', pen));
  if (pen.explains) {
    const indent = ' '.repeat(columns.number);
    for (const line of wrap(explain(row), WIDTH - columns.number))
      lines.push(`${indent}${paint('explanation', line)}`);
  }
  return lines;
}

/** Arrows at both ends of a whole passage; dots where the segment is still, or was until now, on its way; a cut if lost. */
function arrowsOf({ passage, part }: SegmentRow): { readonly left: string; readonly right: string } {
  const toRight = passage.src === 'A';
  const arrow = toRight ? '-->' : '<--';
  const leaves = part === 'arrives' ? '...' : arrow;
  const cut = passage.lost === STILL_UNDER_WAY ? '...' : toRight ? '--X' : 'X--';
  const lost = passage.lost !== undefined || passage.arrival?.dropped === true;
  const arrives = lost ? cut : part === 'departs' ? '...' : arrow;
  return toRight ? { left: leaves, right: arrives } : { left: arrives, right: leaves };
}

/** What the network did to it. */
function whatHappened({ origin, lost, fates, arrival }: Passage): string[] {
  const notes: string[] = [];
  if (origin === 'old duplicate') notes.push('(old duplicate)');
  if (lost !== undefined) notes.push(lost === STILL_UNDER_WAY ? `(${lost})` : '(lost)');
  for (const fate of fates) notes.push(`(${fate.startsWith('corrupted') ? 'corrupted' : fate})`);
  if (arrival?.dropped && fates.length === 0) notes.push('(dropped)');
  return notes;
}

/** In the column of one end: at the left edge of A's states or of B's, or further left where it would not fit. */
function inColumn(end: End, text: string, style: Style, { columns, paint }: Pen): string {
  const at =
    end === 'A' ? columns.number : Math.max(columns.number, Math.min(columns.right, WIDTH - text.length));
  return ' '.repeat(at) + paint(style, text);
}

function atRight(columns: Columns, length: number, text: string): string {
  const at = Math.min(columns.right, WIDTH - text.length);
  return ' '.repeat(Math.max(2, at - length)) + text;
}

function abridge(
  { rows, abridged }: LadderPart,
  all: boolean,
): { readonly shown: readonly Row[]; readonly leftOut?: { readonly at: number; readonly count: number } } {
  if (!abridged || all || rows.length <= abridged.first + abridged.last) return { shown: rows };
  const count = rows.length - abridged.first - abridged.last;
  const shown = [...rows.slice(0, abridged.first), ...rows.slice(rows.length - abridged.last)];
  return { shown, leftOut: { at: abridged.first, count } };
}

/** `200 ms`, `1 s`, `2 min`: rounded to the millisecond. */
export function inWords(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms < 1_000) return `${ms} ms`;
  if (ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${ms / 1_000} s`;
}

/** Text broken between words into lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
