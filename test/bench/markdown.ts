/** Findings as the tables of a page. Pure. */

import type { Aim } from './aims.ts';
import { type Figure, type Findings, ROWS, type RowName } from './figures.ts';
import { aimCells, missingCells, rowCells } from './table.ts';

/** What marks the place of a bench's figures: `npm run` of its name writes them there. */
const begins = (script: string): string => `<!-- figures: written by npm run ${script} -- --markdown -->`;
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
export function replaced(page: string, text: string, script = 'bench'): string {
  const mark = begins(script);
  const begin = page.indexOf(mark);
  const end = page.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new RangeError(`the page has no place for figures: "${mark}" … "${END}"`);
  return `${page.slice(0, begin)}${mark}\n\n${text}\n\n${page.slice(end)}`;
}

function rowTable(row: RowName, figures: readonly Figure[]): string {
  const { head, lines } = rowCells(figures);
  return table([`**${row}**: ${ROWS[row]}`, ...(head.length > 0 ? head : [''])], lines);
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...lines.map(line)].join('\n');
}
