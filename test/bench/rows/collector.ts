/** The collector's pauses and the resident memory of a process that is loaded for a long time. */

import type { Context } from '../context.ts';
import type { Figure, Findings } from '../figures.ts';
import { bulk } from '../net/load.ts';
import { median, quantile } from '../statistics.ts';

const row = 'collector';
/** Up and down take turns. */
const TURN_MS = 5_000;

export async function collectorAndMemory(context: Context): Promise<Findings> {
  const beds = context.beds();
  if ('reason' in beds) return { figures: [], missing: [{ row, reason: beds.reason }] };
  const lengthMs = context.scale.longSeconds * 1_000;
  const bed = await beds.serve();
  const turns = Math.max(2, Math.round(lengthMs / TURN_MS));
  const windowMs = lengthMs / turns;
  const rates: number[] = [];
  await bed.ask({ ask: 'watch' });
  for (let turn = 0; turn < turns; turn++) {
    context.tell(`${row}: ${Math.round((turn * windowMs) / 1_000)} of ${context.scale.longSeconds} s`);
    const direction = turn % 2 === 0 ? 'up' : 'down';
    const [rate = 0] = await bulk(bed, beds.programs.load, direction, 1, { warmMs: 0, windowMs });
    rates.push(rate / 1e9);
  }
  const { pausesMs, rss } = await bed.ask({ ask: 'watched' });
  const quarter = (which: number): readonly number[] =>
    rss.slice(Math.floor((rss.length * which) / 4), Math.ceil((rss.length * (which + 1)) / 4));
  const sum = pausesMs.reduce((total, pause) => total + pause, 0);
  const figure = (quantity: string, values: readonly number[], unit: string): Figure => ({
    row,
    subject: bed.subject,
    quantity,
    unit,
    values,
  });
  return {
    figures: [
      figure('rate', rates, 'Gbit/s'),
      figure('longest pause', [Math.max(0, ...pausesMs)], 'ms'),
      figure('pauses, 99th percentile', [pausesMs.length > 0 ? quantile(pausesMs, 0.99) : 0], 'ms'),
      figure('time in pauses', [(sum / lengthMs) * 100], '%'),
      figure('resident memory', [median(quarter(3)) / 2 ** 20], 'MiB'),
      figure('resident memory, last quarter to second', [median(quarter(3)) / median(quarter(1))], '×'),
    ],
    missing: [],
  };
}
