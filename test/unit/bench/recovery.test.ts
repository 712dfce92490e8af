import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grid, linkFlags, queueOf, quickGrid, TAIL_CELLS } from '../../bench/recovery/cells.ts';
import { compared, summary, table } from '../../bench/recovery/report.ts';
import { addRun, loadResults, type Results, type Run, saveResults } from '../../bench/recovery/results.ts';
import { picture } from '../../bench/recovery/svg.ts';

const CELL = grid().find(({ name }) => name === '20 Mbit/s, 10 ms, 1 %')!;

function run(goodput: number, more: Partial<Run> = {}): Run {
  const counts = { segmentsSent: 1_000, retransmissions: 100, duplicates: 0 };
  return { seed: 1, goodput, ...counts, ms20kB: [50], ms1MB: [500], ...more };
}

function results(own: readonly number[], linux: readonly number[]): Results {
  const found: Results = { machine: 'm', windowMs: 1, cells: {} };
  for (const goodput of own) addRun(found, CELL.name, 'statewire', run(goodput, { duplicates: 5 }));
  for (const goodput of linux) addRun(found, CELL.name, 'linux cubic', run(goodput));
  return found;
}

describe('the grid of loss recovery', () => {
  it('has every loss at every delay and rate, reordering and bursts, and no two cells of one name', () => {
    const names = grid().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(2 * (3 * 5 + 2 * 2));
    expect(quickGrid().length).toBe(6);
    for (const name of TAIL_CELLS) expect(names).toContain(name);
  });

  it('gives the link a queue of one round trip besides what is on its way, and loses on the way of the data alone', () => {
    expect(queueOf({ rate: 20e6, delayMs: 50 })).toBe(250);
    expect(queueOf({ rate: 20e6, delayMs: 0 })).toBe(20);
    expect(linkFlags(CELL, 7).join(' ')).toBe(
      '--rate 20000000bit --delay 10 --queue 50 --loss-out 1 --seed 7',
    );
  });
});

describe('what a grid has found', () => {
  it('is a ratio of what was measured in the same rounds, with its quartiles', () => {
    const [comparison] = compared(results([10, 30, 20], [10, 20, 20]), [CELL]);
    expect(comparison!.ratio).toEqual({ low: 1, median: 1, high: 1.25, most: 1.5 });
    expect(comparison!.missed).toBe(false);
    expect(comparison!.again).toEqual({ statewire: 0.1, 'linux cubic': 0.1 });
    expect(comparison!.needless).toEqual({ statewire: 0.005, 'linux cubic': 0 });
  });

  it('is a miss only where the whole range lies below 0.9', () => {
    expect(compared(results([8, 8], [10, 10]), [CELL])[0]!.missed).toBe(true);
    expect(compared(results([8, 9], [10, 10]), [CELL])[0]!.missed).toBe(false);
  });

  it('is summed up: the median cell, what is missed, and what reordering costs', () => {
    const found = results([8, 8], [10, 10]);
    const reordered = grid().find(({ name }) => name.endsWith('reordered'))!;
    addRun(found, reordered.name, 'statewire', run(12, { duplicates: 3 }));
    addRun(found, reordered.name, 'linux cubic', run(10));
    const text = summary(compared(found, [CELL, reordered]), found);
    expect(text).toContain('1 to 2 runs of each sender in each of 2 cells');
    expect(text).toContain('1.000 times the goodput');
    expect(text).toContain(`whole range below 0.9: ${CELL.name}.`);
    expect(text).toContain(`0.30 % (${reordered.name})`);
    expect(summary([], found)).toBe('Nothing was measured.');
  });

  it('leaves out cells in which only one of them has run', () => {
    expect(compared(results([8], []), [CELL])).toEqual([]);
  });

  it('is told as a table and as a picture that name each cell', () => {
    const comparisons = compared(results([8e6], [10e6]), [CELL]);
    expect(table(comparisons)).toContain(
      '| 20 Mbit/s, 10 ms, 1 % | **missed** 0.80 (0.80 to 0.80) | 8.0, 10.0, – |',
    );
    expect(picture(comparisons)).toContain('20 Mbit/s, 10 ms, 1 %</text>');
  });

  it('tells of the slowest of five hundred transfers and more, and of those that took a second', () => {
    const transfers = (count: number) =>
      Array.from({ length: count }, (_, index) => (index < 4 ? 1_000 : 50));
    const found = results([], []);
    addRun(found, CELL.name, 'statewire', run(1e6, { ms20kB: transfers(500) }));
    addRun(found, CELL.name, 'linux cubic', run(1e6, { ms20kB: transfers(499) }));
    const comparisons = compared(found, [CELL]);
    expect(comparisons[0]!.tail20kB).toEqual({ statewire: { ms99: 50, slow: 4, of: 500 } });
    expect(table(comparisons)).toContain('| 20 Mbit/s, 10 ms, 1 % | 50 (4 of 500) |  |  |');
  });

  it('is kept in a file, and gone on with', () => {
    const folder = mkdtempSync(join(tmpdir(), 'recovery-'));
    try {
      const file = join(folder, 'grid.json');
      saveResults(file, results([1, 2], [3]));
      const read = loadResults(file, { machine: 'other', windowMs: 9 });
      expect(read.cells[CELL.name]!.statewire!.map(({ goodput }) => goodput)).toEqual([1, 2]);
      writeFileSync(file, '{}');
      expect(() => loadResults(file, { machine: '', windowMs: 1 })).toThrow('holds no results of a grid');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
