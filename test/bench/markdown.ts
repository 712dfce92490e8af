/** Findings as the tables of a page. Pure. */

import type { Aim } from './aims.ts';
import { type Figure, type Findings, ROWS, type RowName } from './figures.ts';
import { aimCells, missingCells, rowCells } from './table.ts';

const BEGIN = '<!-- figures: written by npm run bench -- --markdown -->';
const END = '<!-- end of figures -->';

export function markdown({ figures, missing }: Findings, aims: readonly Aim[], machine: string): string {
  const rows = [...new Set(figures.map(({ row }) => row))];
  const known = aims.filter(({ measured }) => measured !== undefined);
  return [
    machine,
    table(['aim', 'measured', '', ''], known.map(aimCells)),
    ...rows.map((row) =>
      rowTable(
        row,
        figures.filter((figure) => figure.row === row),
      ),
    ),
    ...(missing.length > 0 ? [table(['not measured', 'why'], missing.map(missingCells))] : []),
  ].join('\n\n');
}

/**
 * A page with what is between the two markers replaced.
 *
 * @throws RangeError when the page has no such place
 */
export function replaced(page: string, text: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new RangeError(`the page has no place for figures: "${BEGIN}" … "${END}"`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${text}\n\n${page.slice(end)}`;
}

function rowTable(row: RowName, figures: readonly Figure[]): string {
  const { head, lines } = rowCells(figures);
  return table([`**${row}**: ${ROWS[row]}`, ...(head.length > 0 ? head : [''])], lines);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}
