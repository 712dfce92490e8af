/** Findings as text. Pure. */

import type { Aim } from './aims.ts';
import { type Figure, type Findings, type Missing, ROWS, type RowName } from './figures.ts';
import { median, spread } from './statistics.ts';

/** With more quantities a row has a line for each. */
const WIDEST = 4;
/** A grid with more holes than that is a list. */
const FULL_ENOUGH = 0.6;

/** All figures by row, what was not measured and why, and how the aims stand. */
export function report({ figures, missing }: Findings, aims: readonly Aim[]): string {
  const rows = [...new Set([...figures, ...missing].map(({ row }) => row))];
  const parts = rows.map((row) =>
    rowText(
      row,
      figures.filter((figure) => figure.row === row),
    ),
  );
  if (missing.length > 0) parts.push(['not measured', ...columns(missing.map(missingCells), 2)].join('\n'));
  const known = aims.filter(({ measured }) => measured !== undefined);
  if (known.length > 0) parts.push(['aims', ...columns(known.map(aimCells))].join('\n'));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A number with as many digits as mean something. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

export function withUnit(value: number, unit: string): string {
  return `${shown(value)}${unit === '' || unit.startsWith('/') || unit === '×' ? '' : ' '}${unit}`;
}

/** What is in the lines of a row: a line for each subject, or one for each figure where that would be full of holes. */
export function rowCells(figures: readonly Figure[]): {
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
} {
  const quantities = [...new Set(figures.map(({ quantity }) => quantity))];
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  const share = figures.length / (subjects.length * quantities.length);
  if (subjects.length === 1 || quantities.length > WIDEST || share < FULL_ENOUGH) {
    const name = ({ subject, quantity }: Figure): string =>
      subjects.length > 1 ? `${subject}, ${quantity}` : quantity;
    return { head: [], lines: figures.map((figure) => [name(figure), figureText(figure)]) };
  }
  const lines = subjects.map((subject) => [
    subject,
    ...quantities.map((quantity) => {
      const figure = figures.find((each) => each.subject === subject && each.quantity === quantity);
      return figure === undefined ? '' : figureText(figure);
    }),
  ]);
  return { head: quantities, lines };
}

export function aimCells({ text, sense, bound, unit, measured, isMet }: Aim): string[] {
  const sign = sense === 'at least' ? '≥' : '≤';
  return [
    text,
    withUnit(measured ?? Number.NaN, unit),
    `${sign} ${withUnit(bound, unit)}`,
    isMet ? 'met' : 'short',
  ];
}

export function missingCells({ row, subject, reason }: Missing): string[] {
  return [subject === undefined ? row : `${row}, ${subject}`, reason];
}

function rowText(row: RowName, figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const { head, lines } = rowCells(figures);
  const notes = [...new Set(figures.flatMap(({ note }) => note ?? []))].map((note) => `  (${note})`);
  const all = head.length > 0 ? [['', ...head], ...lines] : lines;
  return [`${row}: ${ROWS[row]}`, ...columns(all), ...notes].join('\n');
}

function figureText({ values, unit }: Figure): string {
  const around = values.length > 1 ? ` ±${Math.round(spread(values) * 100)} %` : '';
  return withUnit(median(values), unit) + around;
}

/** The first columns to the left, the others to the right, all of it indented. */
function columns(lines: readonly (readonly string[])[], left = 1): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [at, text] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  }
  return lines.map((line) =>
    line
      .map((text, at) => (at < left ? text.padEnd(widths[at]!) : text.padStart(widths[at]!)))
      .join('   ')
      .replace(/^/, '  ')
      .trimEnd(),
  );
}
