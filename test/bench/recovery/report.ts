/** The results of a grid as a table. Pure. */

import { quantile } from '../statistics.ts';
import { type Cell, TAIL_CELLS } from './cells.ts';
import { type Results, type Run, runsOf } from './results.ts';
import type { SenderName } from './wire.ts';

const AGAINST: SenderName = 'linux cubic';
/** A cell whose whole range lies below is missed. */
const MISSED_BELOW = 0.9;

export interface Comparison {
  readonly cell: string;
  readonly runs: number;
  /** statewire's goodput by that of Linux with CUBIC in the same round: the quartiles, and the ends. */
  readonly ratio: {
    readonly low: number;
    readonly median: number;
    readonly high: number;
    readonly most: number;
  };
  readonly missed: boolean;
  readonly goodput: Partial<Record<SenderName, number>>;
  /** Retransmissions of each sender for nothing, as a share of what it sent. */
  readonly spurious: Partial<Record<SenderName, number>>;
  readonly ms20kB: Partial<Record<SenderName, number>>;
  readonly ms20kB99: Partial<Record<SenderName, number>>;
  readonly ms1MB: Partial<Record<SenderName, number>>;
}

const SENDERS: readonly SenderName[] = ['statewire', 'linux cubic', 'linux reno'];

/** The cells in which all that is compared has run. */
export function compared(results: Results, cells: readonly Cell[]): Comparison[] {
  return cells.flatMap((cell) => {
    const own = runsOf(results, cell.name, 'statewire');
    const other = runsOf(results, cell.name, AGAINST);
    const rounds = Math.min(own.length, other.length);
    if (rounds === 0) return [];
    const ratios = Array.from({ length: rounds }, (_, round) => own[round]!.goodput / other[round]!.goodput);
    const by = <T>(pick: (runs: readonly Run[]) => T | undefined): Partial<Record<SenderName, T>> =>
      Object.fromEntries(
        SENDERS.flatMap((sender) => {
          const runs = runsOf(results, cell.name, sender);
          const value = runs.length === 0 ? undefined : pick(runs);
          return value === undefined ? [] : [[sender, value]];
        }),
      ) as Partial<Record<SenderName, T>>;
    const middle = (values: readonly number[]): number | undefined =>
      values.length === 0 ? undefined : quantile(values, 0.5);
    return [
      {
        cell: cell.name,
        runs: rounds,
        ratio: {
          low: quantile(ratios, 0.25),
          median: quantile(ratios, 0.5),
          high: quantile(ratios, 0.75),
          most: Math.max(...ratios),
        },
        missed: Math.max(...ratios) < MISSED_BELOW,
        goodput: by((runs) => middle(runs.map(({ goodput }) => goodput))),
        spurious: by((runs) => share(runs)),
        ms20kB: by((runs) => middle(runs.flatMap(({ ms20kB }) => ms20kB))),
        ms20kB99: TAIL_CELLS.includes(cell.name)
          ? by((runs) =>
              quantile(
                runs.flatMap(({ ms20kB }) => ms20kB),
                0.99,
              ),
            )
          : {},
        ms1MB: by((runs) => middle(runs.flatMap(({ ms1MB }) => ms1MB))),
      },
    ];
  });
}

function share(runs: readonly Run[]): number {
  const sent = runs.reduce((sum, { retransmissions }) => sum + retransmissions, 0);
  const needless = runs.reduce((sum, { duplicates }) => sum + duplicates, 0);
  return sent === 0 ? 0 : needless / sent;
}

/** The table of docs/RECOVERY.md. */
export function table(comparisons: readonly Comparison[]): string {
  const lines = [
    '| cell | goodput: statewire by Linux CUBIC (quartiles) | Mbit/s: statewire, CUBIC, Reno | needless retransmissions | 20 kB, median ms | 1 MB, median ms |',
    '|---|---|---|---|---|---|',
    ...comparisons.map(({ cell, ratio, missed, goodput, spurious, ms20kB, ms1MB }) =>
      [
        '',
        cell,
        `${missed ? '**missed** ' : ''}${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
        each(goodput, (bits) => (bits / 1e6).toFixed(1)),
        each(spurious, (part) => `${(part * 100).toFixed(1)} %`),
        each(ms20kB, (ms) => ms.toFixed(0)),
        each(ms1MB, (ms) => ms.toFixed(0)),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
  const tails = comparisons.filter(({ ms20kB99 }) => Object.keys(ms20kB99).length > 0);
  if (tails.length === 0) return lines.join('\n');
  return [
    ...lines,
    '',
    '| 20 kB transfers, 99th percentile, ms | statewire | Linux CUBIC | Linux Reno |',
    '|---|---|---|---|',
    ...tails.map(
      ({ cell, ms20kB99 }) =>
        `| ${cell} | ${SENDERS.map((sender) => ms20kB99[sender]?.toFixed(0) ?? '').join(' | ')} |`,
    ),
  ].join('\n');
}

function each(values: Partial<Record<SenderName, number>>, say: (value: number) => string): string {
  return SENDERS.map((sender) => (values[sender] === undefined ? '–' : say(values[sender]))).join(', ');
}
