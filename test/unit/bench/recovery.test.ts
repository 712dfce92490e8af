import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grid, linkFlags, queueOf, quickGrid, TAIL_CELLS } from '../../bench/recovery/cells.ts';
import { compared, table } from '../../bench/recovery/report.ts';
import { addRun, loadResults, type Results, type Run, saveResults } from '../../bench/recovery/results.ts';
import { picture } from '../../bench/recovery/svg.ts';

const CELL = grid().find(({ name }) => name === '20 Mbit/s, 10 ms, 1 %')!;

function run(goodput: number, more: Partial<Run> = {}): Run {
  return { seed: 1, goodput, retransmissions: 100, duplicates: 0, ms20kB: [50], ms1MB: [500], ...more };
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

  it('gives the link a queue of one round trip, and loses on the way of the data alone', () => {
    expect(queueOf({ rate: 20e6, delayMs: 50 })).toBe(167);
    expect(queueOf({ rate: 20e6, delayMs: 0 })).toBe(20);
    expect(linkFlags(CELL, 7).join(' ')).toBe(
      '--rate 20000000bit --delay 10 --queue 33 --loss-out 1 --seed 7',
    );
  });
});

describe('what a grid has found', () => {
  it('is a ratio of what was measured in the same rounds, with its quartiles', () => {
    const [comparison] = compared(results([10, 30, 20], [10, 20, 20]), [CELL]);
    expect(comparison!.ratio).toEqual({ low: 1, median: 1, high: 1.25, most: 1.5 });
    expect(comparison!.missed).toBe(false);
    expect(comparison!.spurious).toEqual({ statewire: 0.05, 'linux cubic': 0 });
  });

  it('is a miss only where the whole range lies below 0.9', () => {
    expect(compared(results([8, 8], [10, 10]), [CELL])[0]!.missed).toBe(true);
    expect(compared(results([8, 9], [10, 10]), [CELL])[0]!.missed).toBe(false);
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
