/** The results of a grid as a table. Pure. */

import { quantile } from '../statistics.ts';
import { type Cell, TAIL_CELLS } from './cells.ts';
import { type Results, type Run, runsOf } from './results.ts';
import { DEFAULTS, type Match, type SenderName } from './wire.ts';

/** So many are enough for a percentile of 99. */
export const TAIL_TRANSFERS = 500;
/** The initial timeout, which a lost SYN,ACK costs. */
const SLOW_MS = 1_000;

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
  /** What each sender sent again, and sent again for nothing, as a share of all that it sent. */
  readonly again: Partial<Record<SenderName, number>>;
  readonly needless: Partial<Record<SenderName, number>>;
  readonly ms20kB: Partial<Record<SenderName, number>>;
  readonly tail20kB: Partial<Record<SenderName, Tail>>;
  readonly ms1MB: Partial<Record<SenderName, number>>;
}

/** The slowest of many transfers: the 99th percentile, and how many of how many took a second or more. */
export interface Tail {
  readonly ms99: number;
  readonly slow: number;
  readonly of: number;
}

/** The cells in which all that is compared has run. */
export function compared(
  results: Results,
  cells: readonly Cell[],
  { senders, own: ownName, against }: Match = DEFAULTS,
): Comparison[] {
  return cells.flatMap((cell) => {
    const own = runsOf(results, cell.name, ownName);
    const other = runsOf(results, cell.name, against);
    const rounds = Math.min(own.length, other.length);
    if (rounds === 0) return [];
    const ratios = Array.from({ length: rounds }, (_, round) => own[round]!.goodput / other[round]!.goodput);
    const by = <T>(pick: (runs: readonly Run[]) => T | undefined): Partial<Record<SenderName, T>> =>
      Object.fromEntries(
        senders.flatMap((sender) => {
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
        again: by((runs) => share(runs, ({ retransmissions }) => retransmissions)),
        needless: by((runs) => share(runs, ({ duplicates }) => duplicates)),
        ms20kB: by((runs) => middle(runs.flatMap(({ ms20kB }) => ms20kB))),
        tail20kB: TAIL_CELLS.includes(cell.name) ? by(tail) : {},
        ms1MB: by((runs) => middle(runs.flatMap(({ ms1MB }) => ms1MB))),
      },
    ];
  });
}

function tail(runs: readonly Run[]): Tail | undefined {
  const transfers = runs.flatMap(({ ms20kB }) => ms20kB);
  if (transfers.length < TAIL_TRANSFERS) return undefined;
  const slow = transfers.filter((ms) => ms >= SLOW_MS).length;
  return { ms99: quantile(transfers, 0.99), slow, of: transfers.length };
}

function share(runs: readonly Run[], count: (run: Run) => number): number {
  const sent = runs.reduce((sum, { segmentsSent }) => sum + segmentsSent, 0);
  const counted = runs.reduce((sum, run) => sum + count(run), 0);
  return sent === 0 ? 0 : counted / sent;
}

/** In a few sentences: how much was run, and how the aims are met. */
export function summary(comparisons: readonly Comparison[], { machine, windowMs }: Results): string {
  if (comparisons.length === 0) return 'Nothing was measured.';
  const medians = comparisons.map(({ ratio }) => ratio.median);
  const runs = comparisons.map((comparison) => comparison.runs);
  const missed = comparisons.filter((comparison) => comparison.missed).map(({ cell }) => cell);
  const reordered = comparisons.filter(({ cell }) => cell.endsWith('reordered'));
  const least = Math.min(...runs);
  const most = Math.max(...runs);
  return [
    machine,
    '',
    `Goodput over ${windowMs / 1_000} s, ${least === most ? least : `${least} to ${most}`} runs of each sender in each of ${comparisons.length} cells.`,
    `In the median cell statewire has ${quantile(medians, 0.5).toFixed(3)} times the goodput of Linux with CUBIC (aim: 1.0 or more).`,
    missed.length === 0
      ? 'No cell is missed, that is, has its whole range below 0.9.'
      : `Missed, that is, with the whole range below 0.9: ${missed.join('; ')}.`,
    ...(reordered.length === 0
      ? []
      : [
          `Where packets are reordered and none is lost, sent again for nothing by statewire: ${reordered.map(({ cell, needless }) => `${percent(needless.statewire ?? 0)} (${cell})`).join('; ')} of what was sent (aim: below 1 %).`,
        ]),
  ].join('\n');
}

/** The table of docs/RECOVERY.md. */
export function table(comparisons: readonly Comparison[], match: Match = DEFAULTS): string {
  const names = match.senders.map(titled);
  const each = (values: Partial<Record<SenderName, number>>, say: (value: number) => string): string =>
    match.senders.map((sender) => (values[sender] === undefined ? '–' : say(values[sender]))).join(', ');
  const lines = [
    `| cell | goodput: ${titled(match.own)} by ${titled(match.against)} (quartiles) | Mbit/s: ${names.join(', ').replaceAll(', Linux ', ', ')} | sent again | for nothing | 20 kB, median ms | 1 MB, median ms |`,
    '|---|---|---|---|---|---|---|',
    ...comparisons.map(({ cell, ratio, missed, goodput, again, needless, ms20kB, ms1MB }) =>
      [
        '',
        cell,
        `${missed ? '**missed** ' : ''}${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
        each(goodput, (bits) => (bits / 1e6).toFixed(1)),
        each(again, percent),
        each(needless, percent),
        each(ms20kB, (ms) => ms.toFixed(0)),
        each(ms1MB, (ms) => ms.toFixed(0)),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
  const tails = comparisons.filter(({ tail20kB }) => Object.keys(tail20kB).length > 0);
  if (tails.length === 0) return lines.join('\n');
  return [
    ...lines,
    '',
    `| 20 kB transfers: 99th percentile, ms (those that took a second or more) | ${names.join(' | ')} |`,
    '|---|---|---|---|',
    ...tails.map(({ cell, tail20kB }) => {
      const columns = match.senders.map((sender) => {
        const found = tail20kB[sender];
        return found === undefined ? '' : `${found.ms99.toFixed(0)} (${found.slow} of ${found.of})`;
      });
      return `| ${cell} | ${columns.join(' | ')} |`;
    }),
  ].join('\n');
}

function percent(part: number): string {
  return `${(part * 100).toFixed(2)} %`;
}

/** As prose has it: `Linux CUBIC`. */
function titled(sender: SenderName): string {
  const [host, control] = sender.split(' ');
  const name = host === 'linux' ? 'Linux' : host!;
  if (control === undefined) return name;
  return `${name} ${control === 'reno' ? 'Reno' : control.toUpperCase()}`;
}
