/** Findings as text. Pure. */

import type { Aim } from './aims.ts';
import { type Figure, type Findings, ROWS, type RowName } from './figures.ts';
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
  if (missing.length > 0) {
    const lines = missing.map(({ row, subject, reason }) => [
      `  ${row}${subject === undefined ? '' : `, ${subject}`}`,
      reason,
    ]);
    parts.push(['not measured', ...columns(lines, 2)].join('\n'));
  }
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

function rowText(row: RowName, figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const title = `${row}: ${ROWS[row]}`;
  const quantities = [...new Set(figures.map(({ quantity }) => quantity))];
  const subjects = [...new Set(figures.map(({ subject }) => subject))];
  const share = figures.length / (subjects.length * quantities.length);
  const isGrid = subjects.length > 1 && quantities.length <= WIDEST && share >= FULL_ENOUGH;
  const lines = isGrid
    ? [
        ['', ...quantities],
        ...subjects.map((subject) => [
          `  ${subject}`,
          ...quantities.map((quantity) => {
            const figure = figures.find((each) => each.subject === subject && each.quantity === quantity);
            return figure === undefined ? '' : cell(figure);
          }),
        ]),
      ]
    : figures.map((figure) => [
        `  ${subjects.length > 1 ? `${figure.subject}, ` : ''}${figure.quantity}`,
        cell(figure),
      ]);
  const notes = [...new Set(figures.flatMap(({ note }) => note ?? []))].map((note) => `  (${note})`);
  return [title, ...columns(lines), ...notes].join('\n');
}

function cell({ values, unit }: Figure): string {
  const around = values.length > 1 ? ` ±${Math.round(spread(values) * 100)} %` : '';
  return withUnit(median(values), unit) + around;
}

function aimCells({ text, sense, bound, unit, measured, isMet }: Aim): string[] {
  const sign = sense === 'at least' ? '≥' : '≤';
  return [
    `  ${text}`,
    withUnit(measured ?? Number.NaN, unit),
    `${sign} ${withUnit(bound, unit)}`,
    isMet ? 'met' : 'short',
  ];
}

/** The first columns to the left, the others to the right. */
function columns(lines: readonly (readonly string[])[], left = 1): string[] {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [at, text] of line.entries()) widths[at] = Math.max(widths[at] ?? 0, text.length);
  }
  return lines.map((line) =>
    line
      .map((text, at) => (at < left ? text.padEnd(widths[at]!) : text.padStart(widths[at]!)))
      .join('   ')
      .trimEnd(),
  );
}
