/** What the inspector costs: two stacks in memory with and without it, in interleaved pairs. */

import { createStack, pair } from '../../src/index.ts';
import { createInspector, inspectable } from '../../src/inspect/index.ts';
import { seededRandom, virtualClock } from '../../src/sim/index.ts';
import type { Measured } from './measure.ts';

const BYTES = 64 * 2 ** 20;
const PAIRS = 20;
/** As the server does it. */
const FLUSH_MS = 50;
const LIMIT = 1_000;
/** Student's t for 95 % and 19 degrees of freedom. */
const T = 2.093;

type Mode = 'without' | 'nobody watches' | 'watched';

export async function costOfInspection(): Promise<Measured[]> {
  return [
    await compare('nobody watches', 'throughput with the inspector, nobody watching, to that without'),
    await compare('watched', 'throughput with a viewer attached to that without'),
  ];
}

async function compare(mode: Mode, name: string): Promise<Measured> {
  await seconds('without');
  await seconds(mode);
  const logs: number[] = [];
  for (let count = 0; count < PAIRS; count++) {
    // The order changes, so that what the machine does meanwhile favours neither.
    const first = count % 2 === 0 ? 'without' : mode;
    const one = await seconds(first);
    const other = await seconds(first === mode ? 'without' : mode);
    logs.push(first === mode ? Math.log(other / one) : Math.log(one / other));
  }
  const mean = logs.reduce((sum, log) => sum + log, 0) / PAIRS;
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (PAIRS - 1);
  const half = T * Math.sqrt(variance / PAIRS);
  const [low, high] = [Math.exp(mean - half), Math.exp(mean + half)];
  return {
    name,
    value: Math.exp(mean),
    unit: 'times',
    note: `95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}, ${PAIRS} pairs, CPU time, 1,460-byte segments`,
  };
}

/** CPU time of a transfer. */
async function seconds(mode: Mode): Promise<number> {
  const clock = virtualClock();
  const [left, right] = pair(clock);
  const stackAt = (device: typeof left, address: string, seed: number) => {
    const plain = { device, clock, random: seededRandom(seed) };
    const parts = mode === 'without' ? plain : inspectable(plain);
    return createStack({ ...parts, addresses: [address], mslMs: 0 });
  };
  const client = stackAt(left, '198.18.0.1', 1);
  const server = stackAt(right, '198.18.0.2', 2);
  const inspector = mode === 'without' ? undefined : createInspector({ client, server });
  const viewer = mode === 'watched' ? inspector?.attach(LIMIT) : undefined;
  const flushing = setInterval(() => viewer && JSON.stringify(viewer.read()), FLUSH_MS);

  const listener = server.listen({ port: 80 });
  let received = 0;
  const reading = (async () => {
    const connection = (await listener.accept())!;
    for (let text = await connection.read(); text; text = await connection.read()) received += text.length;
  })();
  const writing = (async () => {
    const connection = await client.connect({ host: '198.18.0.2', port: 80 });
    const piece = new Uint8Array(65_536);
    for (let sent = 0; sent < BYTES; sent += piece.length) await connection.write(piece);
    await connection.shutdown();
  })();
  const before = process.cpuUsage();
  await clock.run({ until: () => received === BYTES });
  const { user, system } = process.cpuUsage(before);
  clearInterval(flushing);
  viewer?.close();
  client.connections[Symbol.iterator]().next().value?.abort();
  await Promise.allSettled([reading, writing]);
  return (user + system) / 1e6;
}
