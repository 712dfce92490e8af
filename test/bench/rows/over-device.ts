/** The rows in which Linux's TCP is the client of several subjects, in turn. */

import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type Figure, type Findings, type Missing, type RowName, SUBJECT } from '../figures.ts';
import { interleaved, type Trial } from '../interleave.ts';
import type { Bed } from '../net/bed.ts';
import type { Beds } from '../net/beds.ts';
import { bulk, connect, echo, type Window } from '../net/load.ts';
import { isStatewire, type StatewireBed } from '../net/statewire-bed.ts';

type Measure = (bed: Bed, load: string, window: Window) => Promise<number>;
interface Quantity {
  readonly quantity: string;
  readonly unit: string;
  readonly measure: Measure;
}

interface DeviceRow {
  /** Whether the kernel over veth and the relays are measured beside. */
  readonly hasLimits: boolean;
  /** What statewire is run with, besides the defaults. */
  readonly flags: readonly string[];
  readonly quantities: readonly Quantity[];
  /** Whether the time of statewire's thread says what it could do: it does not where it waits by looking. */
  readonly isBusy: boolean;
}

export const DEVICE_ROWS = {
  bulk: {
    hasLimits: true,
    flags: ['--no-offload'],
    quantities: [gigabits('upload', 1), gigabits('download', 1)],
    isBusy: true,
  },
  echo: {
    hasLimits: true,
    flags: ['--spin', '0'],
    quantities: [{ quantity: 'round trips', unit: '/s', measure: echo }],
    isBusy: false,
  },
  connections: {
    hasLimits: true,
    flags: ['--interpreter', 'xstate'],
    quantities: [lives(1), lives(64)],
    isBusy: true,
  },
  workers: {
    hasLimits: false,
    flags: ['--workers', '2'],
    quantities: [gigabits('upload', 8), gigabits('download', 8), lives(64)],
    isBusy: false,
  },
} as const satisfies Partial<Record<RowName, DeviceRow>>;

export async function overDevice(row: keyof typeof DEVICE_ROWS, context: Context): Promise<Findings> {
  const beds = context.beds();
  if ('reason' in beds) return { figures: [], missing: [{ row, reason: beds.reason }] };
  const { rounds, ...window } = context.scale;
  const { hasLimits, flags, quantities, isBusy } = DEVICE_ROWS[row];
  const missing: Missing[] = [];
  const subjects: Bed[] = hasLimits
    ? [await beds.veth(), await beds.relay('plain'), await beds.relay('offload')]
    : [];
  subjects.push(await beds.serve());
  if (beds.knows(flags[0])) subjects.push(await beds.serve(...flags));
  else {
    const subject = [SUBJECT.statewire, ...flags].join(' ');
    missing.push({ row, subject, reason: 'this build does not have it' });
  }
  const byThread: Figure[] = [];
  const trials = subjects.flatMap((bed) =>
    quantities.map(({ quantity, unit, measure }): Trial => {
      const once = (): Promise<number> => measure(bed, beds.programs.load, window);
      const { subject } = bed;
      if (!isBusy || !isStatewire(bed)) return { subject, quantity, unit, once };
      const values: number[] = [];
      byThread.push({ row, subject, quantity: `${quantity} by thread time`, unit, values });
      return { subject, quantity, unit, once: () => withThread(bed, once, values) };
    }),
  );
  const figures = await interleaved(row, trials, rounds, context.tell);
  if (hasLimits && context.profileDirectory !== undefined) {
    await profile(row, beds, quantities, window, context.profileDirectory, context.tell);
  }
  return { figures: [...figures, ...byThread], missing };
}

/** Also keeps what it would have been, had the thread run all the time: on a machine that others use, that moves less. */
async function withThread(bed: StatewireBed, once: () => Promise<number>, values: number[]): Promise<number> {
  const before = await bed.ask({ ask: 'thread' });
  const startMs = performance.now();
  const rate = await once();
  const passed = (performance.now() - startMs) / 1_000;
  const after = await bed.ask({ ask: 'thread' });
  values.push((rate * passed) / (after.seconds - before.seconds));
  return rate;
}

/** The rounds are over: a process that is profiled is slower. */
async function profile(
  row: string,
  beds: Beds,
  quantities: readonly Quantity[],
  window: Window,
  directory: string,
  tell: Context['tell'],
): Promise<void> {
  const bed = await beds.serve();
  for (const { quantity, measure } of quantities) {
    const file = join(directory, `statewire-${row}-${quantity.replaceAll(' ', '-')}.cpuprofile`);
    tell(`writing ${file}`);
    await bed.ask({ ask: 'profile' });
    await measure(bed, beds.programs.load, window);
    await bed.ask({ ask: 'profiled', file });
  }
}

function gigabits(quantity: 'upload' | 'download', connections: number): Quantity {
  const direction = quantity === 'upload' ? 'up' : 'down';
  return {
    quantity: connections === 1 ? quantity : `${connections} ${quantity}s`,
    unit: 'Gbit/s',
    measure: async (bed, load, window) => {
      const shares = await bulk(bed, load, direction, connections, window);
      return shares.reduce((sum, share) => sum + share, 0) / 1e9;
    },
  };
}

function lives(parallel: number): Quantity {
  return {
    quantity: parallel === 1 ? 'one at a time' : `${parallel} at a time`,
    unit: '/s',
    measure: (bed, load, window) => connect(bed, load, parallel, window),
  };
}
