import { dumbbell, type Queue, type SeriesRow, simulate, type Topology } from '../../../src/sim/index.ts';
import type { Connection, ConnectionOptions } from '../../../src/stack/api.ts';

export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly options?: ConnectionOptions;
  /** Of the receiver. Both have buffers that hold nothing back, unless said otherwise. */
  readonly listen?: ConnectionOptions;
}

const AMPLE = 16 * 1_024 * 1_024;

export interface Measured {
  readonly topology: Topology;
  readonly flows: readonly Flow[];
  readonly seed?: number;
  /** Nothing is counted before. */
  readonly warmUpMs: number;
  readonly untilMs: number;
  readonly onSeries?: (row: SeriesRow) => void;
}

/** What each of the flows that always have something to send got through, in bits a second of virtual time. */
export async function throughput({
  topology,
  flows,
  seed = 1,
  warmUpMs,
  untilMs,
  onSeries,
}: Measured): Promise<number[]> {
  const rates: number[] = [];
  const { violation, workloads } = await simulate(
    {
      seed,
      topology,
      workloads: [
        async ({ host, address, sleep }) => {
          const running = flows.map(async ({ from, to, options = {}, listen }, index) => {
            const listener = host(to).listen({
              port: 7_000 + index,
              ...(listen ?? { receiveBuffer: AMPLE }),
            });
            const accepted = listener.accept();
            const sender = await host(from).connect({
              host: address(to),
              port: 7_000 + index,
              ...(listen ? {} : { sendBuffer: AMPLE }),
              ...options,
            });
            const receiver = (await accepted)!;
            const reading = readAll(receiver);
            const writing = writeOn(sender);
            await sleep(warmUpMs);
            const before = receiver.info().bytesReceived;
            await sleep(untilMs - warmUpMs);
            rates[index] = ((receiver.info().bytesReceived - before) * 8_000) / (untilMs - warmUpMs);
            sender.abort();
            await Promise.all([reading, writing]);
            await listener.close();
          });
          await Promise.all(running);
        },
      ],
    },
    { invariants: false, ...(onSeries === undefined ? {} : { onSeries }) },
  );
  const failed = violation ?? workloads.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw new Error(JSON.stringify(failed));
  return rates;
}

async function readAll(connection: Connection): Promise<void> {
  try {
    while ((await connection.read()) !== null);
  } catch {
    // It ends with the sender's ABORT.
  }
}

async function writeOn(connection: Connection): Promise<void> {
  const piece = new Uint8Array(65_536);
  try {
    for (;;) await connection.write(piece);
  } catch {
    // It ends with the ABORT.
  }
}

/** Hosts left1 … and right1 … on both sides of one link, whose queue holds what is on its way in one round trip. */
export function bottleneck(pairs: number, rate: number, delayMs: number, queue?: Queue): Topology {
  const limit = Math.max(10, Math.round((rate * 2 * delayMs) / 1_000 / 8 / 1_500));
  return dumbbell({
    pairs,
    bottleneck: { both: { rate, delayMs, queue: queue ?? { kind: 'drop-tail', limit } } },
  });
}
