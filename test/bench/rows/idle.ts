/** Connections that are open and say nothing: what each holds of the heap, and whether the last opens as fast as the first. */

import type { Context } from '../context.ts';
import type { Figure, Findings } from '../figures.ts';
import { hold } from '../net/load.ts';
import { statewireBed } from '../net/statewire-bed.ts';

const row = 'idle';
const PARALLEL = 32;

export async function idleConnections(context: Context): Promise<Findings> {
  const beds = context.beds();
  if ('reason' in beds) return { figures: [], missing: [{ row, reason: beds.reason }] };
  const count = context.scale.open;
  context.tell(`${row}: opening ${count.toLocaleString('en-US')} connections`);
  // A process of its own, of which nothing else is left in the heap.
  const bed = await statewireBed();
  try {
    const before = await bed.ask({ ask: 'heap' });
    const held = await hold(bed, beds.programs.load, count, PARALLEL);
    const after = await bed.ask({ ask: 'heap' });
    await held.release();
    const each = (what: 'heapUsed' | 'external' | 'rss'): number =>
      (after[what] - before[what]) / count / 1_024;
    const { tenthsSeconds } = held;
    const openedPerSecond = count / tenthsSeconds.reduce((sum, seconds) => sum + seconds, 0);
    const figure = (quantity: string, value: number, unit: string): Figure => ({
      row,
      subject: bed.subject,
      quantity,
      unit,
      values: [value],
    });
    return {
      figures: [
        figure('open', count, ''),
        figure('heap of each', each('heapUsed'), 'KiB'),
        figure('buffers of each, outside of the heap', each('external'), 'KiB'),
        figure('resident memory of each', each('rss'), 'KiB'),
        figure('opened', openedPerSecond, '/s'),
        figure('opening, last tenth to second', tenthsSeconds[9]! / tenthsSeconds[1]!, '×'),
      ],
      missing: [],
    };
  } finally {
    await bed.dispose();
  }
}
