/** Two stacks in one process, over a pair, on a virtual clock: bulk, connections, and what an idle connection holds. */

import { type Connection, createStack, pair, type Stack } from '../../src/index.ts';
import { seededRandom, type VirtualClock, virtualClock } from '../../src/sim/index.ts';
import { type Measured, median } from './measure.ts';

const BULK_BYTES = 64 * 2 ** 20;
const CONNECTIONS = 500;
const IDLE = 5_000;

interface Ends {
  readonly clock: VirtualClock;
  readonly client: Stack;
  readonly server: Stack;
}

function twoStacks(): Ends {
  const clock = virtualClock();
  const [left, right] = pair(clock);
  const client = createStack({
    device: left,
    addresses: ['198.18.0.1'],
    clock,
    random: seededRandom(1),
    mslMs: 0,
  });
  const server = createStack({
    device: right,
    addresses: ['198.18.0.2'],
    clock,
    random: seededRandom(2),
    mslMs: 0,
  });
  return { clock, client, server };
}

export async function bulkInMemory(): Promise<Measured> {
  const value = await median(async () => {
    const { clock, client, server } = twoStacks();
    const listener = server.listen({ port: 80 });
    let received = 0;
    const reading = (async () => {
      const connection = (await listener.accept())!;
      for (let text = await connection.read(); text; text = await connection.read()) received += text.length;
    })();
    const writing = (async () => {
      const connection = await client.connect({ host: '198.18.0.2', port: 80 });
      const piece = new Uint8Array(65_536);
      for (let sent = 0; sent < BULK_BYTES; sent += piece.length) await connection.write(piece);
      await connection.shutdown();
    })();
    const startMs = performance.now();
    await clock.run({ until: () => received === BULK_BYTES });
    const seconds = (performance.now() - startMs) / 1_000;
    client.connections[Symbol.iterator]().next().value?.abort();
    await Promise.allSettled([reading, writing]);
    return BULK_BYTES / 1e6 / seconds;
  });
  return {
    name: 'bulk between two stacks in memory',
    value,
    unit: 'MB/s',
    note: 'checksums computed and verified, 1,460-byte segments, one thread',
  };
}

export async function connectionsInMemory(): Promise<Measured> {
  const value = await median(async () => {
    const { clock, client, server } = twoStacks();
    const listener = server.listen({ port: 80 });
    void (async () => {
      for await (const connection of listener) void connection.close();
    })();
    const startMs = performance.now();
    const lives = (async () => {
      for (let count = 0; count < CONNECTIONS; count++) {
        const connection = await client.connect({ host: '198.18.0.2', port: 80 });
        await connection.close();
      }
    })();
    await clock.run();
    await lives;
    return (CONNECTIONS / (performance.now() - startMs)) * 1_000;
  });
  return {
    name: 'connections opened and closed, one at a time',
    value,
    unit: 'connections/s',
    note: 'both ends in one thread',
  };
}

export async function heapPerIdleConnection(): Promise<Measured> {
  const { clock, client, server } = twoStacks();
  const listener = server.listen({ port: 80, backlog: IDLE, halfOpenBacklog: IDLE });
  const held: Connection[] = [];
  void (async () => {
    for await (const connection of listener) held.push(connection);
  })();
  const before = heapUsed();
  const opening = (async () => {
    for (let count = 0; count < IDLE; count++)
      held.push(await client.connect({ host: '198.18.0.2', port: 80 }));
  })();
  await clock.run({ until: () => held.length === 2 * IDLE });
  await opening;
  clock.advance(1_000);
  const bytes = (heapUsed() - before) / held.length;
  return {
    name: 'heap of an idle connection',
    value: bytes / 1_024,
    unit: 'KiB',
    note: `of ${held.length.toLocaleString('en-US')} held open`,
  };
}

function heapUsed(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('start node with --expose-gc: without it the heap holds garbage, too');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}
