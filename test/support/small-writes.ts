/**
 * A million writes of one octet each, to be run with `--expose-gc`: prints what memory they take while nothing is sent, when
 * all has arrived and nobody has read it, and when all is read octet by octet; then of 50,000 segments of one octet, unread.
 */

import { createStack, pair } from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/sim/index.ts';

const COUNT = 1_000_000;
const SEGMENTS = 50_000;

/** Heap and what arrays hold outside of it. */
function memory(): number {
  const { gc } = globalThis as { gc?: () => void };
  gc!();
  gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const clock = virtualClock();
const [left, right] = pair(clock);
const room = { sendBuffer: 2 * COUNT, receiveBuffer: 2 * COUNT };
const parts = { clock, ...room };
const client = createStack({ ...parts, device: left, addresses: ['198.18.0.1'], random: seededRandom(1) });
const server = createStack({ ...parts, device: right, addresses: ['198.18.0.2'], random: seededRandom(2) });
const accepting = server.listen({ port: 7 }).accept();
const connecting = client.connect({ host: '198.18.0.2', port: 7 });
await clock.run({ until: () => client.connections.size + server.connections.size === 2 });
await clock.run({ untilMs: 100 });
const sender = await connecting;
const receiver = (await accepting)!;

const octet = new Uint8Array(1);
/** Sent, received and read, octet by octet. */
async function through(count: number): Promise<void> {
  for (let i = 0; i < count; i++) sender.tryWrite(octet);
  await clock.run({ until: () => receiver.info().rcv.queued === count });
  for (let i = 0; i < count; i++) receiver.tryRead(1);
  clock.advance(1_000);
}

// Once all code is compiled, what is measured are octets.
for (let round = 0; round < 5; round++) await through(50_000);
const before = memory();

// The clock stands still: nothing is acknowledged, and all but the first octet waits to be sent.
for (let i = 0; i < COUNT; i++) sender.tryWrite(octet);
const sent = sender.info().snd.queued;
const unsentBytes = memory() - before;

await clock.run({ until: () => receiver.info().rcv.queued === COUNT });
clock.advance(1_000);
const unreadBytes = memory() - before;

for (let i = 0; i < COUNT; i++) receiver.tryRead(1);
clock.advance(1_000);
const readBytes = memory() - before;

sender.set({ noDelay: true });
let segments = receiver.info().segmentsReceived;
for (let i = 0; i < SEGMENTS; i++) {
  sender.tryWrite(octet);
  clock.advance(1);
}
segments = receiver.info().segmentsReceived - segments;
const inSegmentsBytes = memory() - before;
console.log(JSON.stringify({ sent, unsentBytes, unreadBytes, readBytes, segments, inSegmentsBytes }));
process.exit(0);
