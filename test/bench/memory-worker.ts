/** A process in which two stacks are joined in memory; measures what it is asked for. */

import type { Interpreter } from '../../machines/index.ts';
import type { Connection, LinkOptions, Stack } from '../../src/index.ts';
import type { VirtualClock } from '../../src/sim/index.ts';
import { built } from './built.ts';
import { threadSeconds } from './thread-time.ts';

const { createStack, pair } = (await import(built('index.js'))) as typeof import('../../src/index.ts');
const { seededRandom, virtualClock } = (await import(
  built('sim/index.js')
)) as typeof import('../../src/sim/index.ts');

export type MemorySubject = 'checksums' | 'eachAlone' | 'noChecksums' | 'superSegments';

export interface MemoryQuestion {
  readonly subject: MemorySubject;
  readonly measure: 'bulk' | 'connections' | 'idle';
  readonly windowMs: number;
  /** Who steps the charts; who does so when nothing is said. */
  readonly interpreter?: Interpreter;
  /** Connections of `idle`. */
  readonly count?: number;
}

const LINKS: Readonly<Record<MemorySubject, LinkOptions>> = {
  checksums: { joins: true },
  eachAlone: {},
  noChecksums: { joins: true, offload: {} },
  superSegments: { offload: { largest: 65_535 } },
};
const PIECE = 65_536;
const SERVER = { host: '198.18.0.2', port: 80 };

process.on('message', async (question: MemoryQuestion) => {
  process.send!(await answer(question));
});

function answer({ subject, measure, windowMs, interpreter, count = 0 }: MemoryQuestion): Promise<number> {
  const ends = twoStacks(LINKS[subject], interpreter);
  if (measure === 'bulk') return gigabits(ends, windowMs);
  return measure === 'connections' ? connectionsPerSecond(ends, windowMs) : heapOfEach(ends, count);
}

interface Ends {
  readonly clock: VirtualClock;
  readonly client: Stack;
  readonly server: Stack;
}

function twoStacks(link: LinkOptions, interpreter?: Interpreter): Ends {
  const clock = virtualClock();
  const [left, right] = pair(clock, link);
  const stackAt = (device: typeof left, address: string, seed: number): Stack =>
    createStack({
      device,
      addresses: [address],
      clock,
      random: seededRandom(seed),
      mslMs: 0,
      ...(interpreter === undefined ? {} : { interpreter }),
    });
  return { clock, client: stackAt(left, '198.18.0.1', 1), server: stackAt(right, SERVER.host, 2) };
}

/** Of what the reader has got. */
async function gigabits({ clock, client, server }: Ends, windowMs: number): Promise<number> {
  const listener = server.listen({ port: SERVER.port });
  let received = 0;
  const reading = (async () => {
    const connection = (await listener.accept())!;
    for (let text = await connection.read(); text; text = await connection.read()) received += text.length;
  })();
  const writing = (async () => {
    const connection = await client.connect(SERVER);
    const piece = new Uint8Array(PIECE);
    for (;;) await connection.write(piece);
  })();
  const over = Promise.allSettled([reading, writing]);
  const start = threadSeconds();
  let steps = 0;
  // To look at the time costs as much as a segment does.
  const isOver = (): boolean => ++steps % 256 === 0 && (threadSeconds() - start) * 1_000 >= windowMs;
  await clock.run({ until: isOver });
  const seconds = threadSeconds() - start;
  const bytes = received;
  client.connections[Symbol.iterator]().next().value?.abort();
  await clock.run();
  await over;
  return (bytes * 8) / 1e9 / seconds;
}

async function connectionsPerSecond({ clock, client, server }: Ends, windowMs: number): Promise<number> {
  const listener = server.listen({ port: SERVER.port });
  void (async () => {
    for await (const connection of listener) void connection.close();
  })();
  let count = 0;
  const start = threadSeconds();
  const lives = (async () => {
    for (; (threadSeconds() - start) * 1_000 < windowMs; count++) {
      await (await client.connect(SERVER)).close();
    }
  })();
  await clock.run();
  await lives;
  return count / (threadSeconds() - start);
}

/** Both ends of `count` connections that have opened and said nothing. */
async function heapOfEach({ clock, client, server }: Ends, count: number): Promise<number> {
  const listener = server.listen({ port: SERVER.port, backlog: count, halfOpenBacklog: count });
  const held: Connection[] = [];
  void (async () => {
    for await (const connection of listener) held.push(connection);
  })();
  const before = heapUsed();
  const opening = (async () => {
    for (let opened = 0; opened < count; opened++) held.push(await client.connect(SERVER));
  })();
  await clock.run({ until: () => held.length === 2 * count });
  await opening;
  clock.advance(1_000);
  return (heapUsed() - before) / held.length;
}

function heapUsed(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error('start node with --expose-gc: without it the heap holds garbage, too');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}
