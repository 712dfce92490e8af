/** A thousand connections, each with as much as goes, beside one. */

import type { Context } from '../context.ts';
import { type Figure, type Findings, MANY } from '../figures.ts';
import { interleaved, type Trial } from '../interleave.ts';
import { type Bed, USUAL_QUEUE } from '../net/bed.ts';
import { bulk, type Direction } from '../net/load.ts';
import { jain } from '../statistics.ts';

const row = 'many';
/** A thousand take longer until each has its share. */
const LONGER = 4;
/** A thousand connections have more packets under way than the 500 for which a TUN device has room. */
const QUEUE = 20_000;

export async function manyConnections(context: Context): Promise<Findings> {
  const beds = context.beds();
  if ('reason' in beds) return { figures: [], missing: [{ row, reason: beds.reason }] };
  const { rounds, windowMs, warmMs } = context.scale;
  const subjects = [await beds.relay('offload'), await beds.serve()];
  const fairness: Figure[] = [];
  const trial = (bed: Bed, direction: Direction, count: number, indices: number[]): Trial => ({
    subject: bed.subject,
    quantity: `${count === 1 ? 'one' : count.toLocaleString('en-US')} ${direction}load${count === 1 ? '' : 's'}`,
    unit: 'Gbit/s',
    once: async () => {
      const times = count === 1 ? 1 : LONGER;
      const window = { windowMs: windowMs * times, warmMs: warmMs * times };
      const shares = await bulk(bed, beds.programs.load, direction, count, window);
      indices.push(jain(shares));
      return shares.reduce((sum, share) => sum + share, 0) / 1e9;
    },
  });
  const trials = subjects.flatMap((bed) =>
    (['up', 'down'] as const).flatMap((direction) => {
      const values: number[] = [];
      const quantity = `Jain's index of ${direction}loads`;
      fairness.push({ row, subject: bed.subject, quantity, unit: '', values });
      return [trial(bed, direction, 1, []), trial(bed, direction, MANY, values)];
    }),
  );
  // Else what differs is who is lucky with a queue that is full.
  for (const bed of subjects) await bed.queue(QUEUE);
  const figures = await interleaved(row, trials, Math.ceil(rounds / 2), context.tell);
  for (const bed of subjects) await bed.queue(USUAL_QUEUE);
  return { figures: [...figures, ...fairness], missing: [] };
}
