/** The rows in which Linux's TCP is the client of several subjects, in turn. */

import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type Figure, type Findings, type Missing, type RowName, SUBJECT } from '../figures.ts';
import { interleaved, type Trial } from '../interleave.ts';
import type { Bed } from '../net/bed.ts';
import type { Beds } from '../net/beds.ts';
import { bulk, connect, echo, type Window } from '../net/load.ts';
import { isStatewire, type StatewireBed } from '../net/statewire-bed.ts';

/** What statewire is run with, besides the defaults. */
const VARIANTS = {
  bulk: [['--no-offload']],
  echo: [['--spin', '0']],
  connections: [['--interpreter', 'xstate']],
} as const;

type Measure = (bed: Bed, load: string, window: Window) => Promise<number>;
interface Quantity {
  readonly quantity: string;
  readonly unit: string;
  readonly measure: Measure;
}

const QUANTITIES: Readonly<Record<keyof typeof VARIANTS, readonly Quantity[]>> = {
  bulk: [
    { quantity: 'upload', unit: 'Gbit/s', measure: gigabits('up') },
    { quantity: 'download', unit: 'Gbit/s', measure: gigabits('down') },
  ],
  echo: [{ quantity: 'round trips', unit: '/s', measure: echo }],
  connections: [
    { quantity: 'one at a time', unit: '/s', measure: (bed, load, window) => connect(bed, load, 1, window) },
    { quantity: '64 at a time', unit: '/s', measure: (bed, load, window) => connect(bed, load, 64, window) },
  ],
};

export async function overDevice(row: keyof typeof VARIANTS, context: Context): Promise<Findings> {
  const beds = context.beds();
  if ('reason' in beds) return { figures: [], missing: [{ row, reason: beds.reason }] };
  const { rounds, ...window } = context.scale;
  const missing: Missing[] = [];
  const subjects: Bed[] = [
    await beds.veth(),
    await beds.relay('plain'),
    await beds.relay('offload'),
    await beds.serve(),
  ];
  for (const flags of VARIANTS[row]) {
    if (beds.knows(flags[0])) subjects.push(await beds.serve(...flags));
    else missing.push(unknown(row, flags));
  }
  const byThread: Figure[] = [];
  const trials = subjects.flatMap((bed) =>
    QUANTITIES[row].map(({ quantity, unit, measure }): Trial => {
      const once = (): Promise<number> => measure(bed, beds.programs.load, window);
      const { subject } = bed;
      if (row !== 'bulk' || !isStatewire(bed)) return { subject, quantity, unit, once };
      const values: number[] = [];
      byThread.push({ row, subject, quantity: `${quantity} by thread time`, unit, values });
      return { subject, quantity, unit, once: () => withThread(bed, once, values) };
    }),
  );
  const figures = await interleaved(row, trials, rounds, context.tell);
  if (row === 'bulk' && context.profileDirectory !== undefined) {
    await profile(beds, window, context.profileDirectory, context.tell);
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
async function profile(beds: Beds, window: Window, directory: string, tell: Context['tell']): Promise<void> {
  const bed = await beds.serve();
  for (const direction of ['up', 'down'] as const) {
    const file = join(directory, `statewire-${direction}load.cpuprofile`);
    tell(`writing ${file}`);
    await bed.ask({ ask: 'profile' });
    await bulk(bed, beds.programs.load, direction, 1, window);
    await bed.ask({ ask: 'profiled', file });
  }
}

function gigabits(direction: 'up' | 'down'): Measure {
  return async (bed, load, window) => (await bulk(bed, load, direction, 1, window))[0]! / 1e9;
}

function unknown(row: RowName, flags: readonly string[]): Missing {
  return { row, subject: `${SUBJECT.statewire} ${flags.join(' ')}`, reason: 'this build does not have it' };
}
