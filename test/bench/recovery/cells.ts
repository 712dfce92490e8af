/** What a sender is measured over: the cells of the grid. */

export interface Cell {
  readonly name: string;
  /** Bits a second. */
  readonly rate: number;
  /** One way. */
  readonly delayMs: number;
  /** In percent, on the way of the data. */
  readonly loss: number;
  readonly reorder?: number;
  /** As `statewire link --burst` has it. */
  readonly burst?: string;
}

const LOSSES = [0, 0.1, 1, 3, 5] as const;
const DELAYS_MS = [0, 10, 50] as const;
const RATES = [20e6, 200e6] as const;
const REORDERED = 5;
const LEAST_QUEUE = 20;
/** On average a burst in 200 packets, of four. */
const BURST = '0.5,25';

/** Where single transfers are counted by the hundred, for a percentile of 99. */
export const TAIL_CELLS: readonly string[] = [
  '20 Mbit/s, 10 ms, 1 %',
  '20 Mbit/s, 50 ms, 1 %',
  '20 Mbit/s, 10 ms, 5 %',
];

const QUICK: readonly string[] = [
  '20 Mbit/s, 10 ms, 0 %',
  '20 Mbit/s, 10 ms, 1 %',
  '20 Mbit/s, 50 ms, 3 %',
  '200 Mbit/s, 10 ms, 0.1 %',
  '20 Mbit/s, 10 ms, reordered',
  '20 Mbit/s, 10 ms, bursts',
];

/** All cells, in the order of the table. */
export function grid(): Cell[] {
  const cells: Cell[] = [];
  for (const rate of RATES) {
    for (const delayMs of DELAYS_MS) {
      for (const loss of LOSSES)
        cells.push({ name: `${place(rate, delayMs)}, ${loss} %`, rate, delayMs, loss });
      if (delayMs === 0) continue;
      cells.push({ name: `${place(rate, delayMs)}, reordered`, rate, delayMs, loss: 0, reorder: REORDERED });
      cells.push({ name: `${place(rate, delayMs)}, bursts`, rate, delayMs, loss: 0, burst: BURST });
    }
  }
  return cells;
}

export function quickGrid(): Cell[] {
  return grid().filter(({ name }) => QUICK.includes(name));
}

function place(rate: number, delayMs: number): string {
  return `${rate / 1e6} Mbit/s, ${delayMs} ms`;
}

/** `--queue` of the link: a round trip's worth that waits, some packets at least, and those that are on their way, which it counts as well. */
export function queueOf({ rate, delayMs }: Pick<Cell, 'rate' | 'delayMs'>): number {
  const packetsAMs = rate / 8_000 / 1_500;
  return Math.round(Math.max(LEAST_QUEUE, packetsAMs * 2 * delayMs) + packetsAMs * delayMs);
}

/** The cell as flags of `statewire link`, whose first device is the sender's. */
export function linkFlags(cell: Cell, seed: number): string[] {
  const { rate, delayMs, loss, reorder, burst } = cell;
  const flags = ['--rate', `${rate}bit`, '--delay', String(delayMs), '--queue', String(queueOf(cell))];
  if (loss > 0) flags.push('--loss-out', String(loss));
  if (reorder !== undefined) flags.push('--reorder-out', String(reorder));
  if (burst !== undefined) flags.push('--burst-out', burst);
  return [...flags, '--seed', String(seed)];
}
