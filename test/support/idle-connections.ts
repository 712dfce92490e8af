/** Opens connections that do nothing, and prints what each holds of the heap. To be run with `--expose-gc` and their number. */

import { createStack, pair } from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/sim/index.ts';
import type { Connection } from '../../src/stack/api.ts';

/** Ephemeral ports are 28,232 for each address and port of the peer: more connections take more of these. */
const PORTS = [80, 81, 82, 83];

export interface Idle {
  readonly connections: number;
  /** Of the heap, for each connection, when all have been quiet for a second. */
  readonly heapBytes: number;
  /** As `info().memory` says. */
  readonly toldBytes: number;
  /** Timers that are armed while all are idle. */
  readonly timers: number;
}

/** Opens `count` connections, both ends of each pair counted, and holds them. */
async function holdIdle(count: number): Promise<Idle> {
  const clock = virtualClock();
  const [left, right] = pair(clock);
  const client = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  const server = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const pairs = Math.ceil(count / 2);
  const held: Connection[] = [];
  const listeners = PORTS.map((port) => server.listen({ port }));
  for (const listener of listeners) {
    void (async () => {
      for await (const connection of listener) held.push(connection);
    })();
  }
  const before = heapUsed();
  const opening = (async () => {
    for (let index = 0; index < pairs; index++) {
      held.push(await client.connect({ host: '198.18.0.2', port: PORTS[index % PORTS.length]! }));
    }
  })();
  await clock.run({ until: () => held.length === 2 * pairs });
  await opening;
  clock.advance(1_000);
  const heapBytes = (heapUsed() - before) / held.length;
  return {
    connections: held.length,
    heapBytes,
    toldBytes: held[0]!.info().memory.total,
    timers: clock.pending,
  };
}

function heapUsed(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('start node with --expose-gc: without it the heap holds garbage, too');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

console.log(JSON.stringify(await holdIdle(Number(process.argv[2]))));
