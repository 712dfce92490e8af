/**
 * Two stacks in real time that make a given number of inspection entries a second. How much text that takes is found out first,
 * with a viewer that can't be slow: to go by what a page is told would be to send the more the less it can take.
 */

import { type Connection, createStack, pair, type Stack } from '../../src/index.ts';
import { createInspector, type Inspector, inspectable } from '../../src/inspect/index.ts';
import { impair } from '../../src/net/impairments.ts';
import { hostClock } from '../../src/node/index.ts';
import { seededRandom } from '../../src/sim/index.ts';

export interface Traffic {
  readonly inspector: Inspector;
  /** Entries so far, told or not. */
  readonly entries: number;
  stop(): void;
}

const TICK_MS = 20;
/** Connections that stay; beside them ten a second come and go. */
const STEADY = 8;
const BRIEF_EVERY_MS = 100;
const LOSS = 0.5;
const LOOK_MS = 1_000;
const LOOKS = 6;
const [CLIENT, SERVER] = ['198.18.0.1', '198.18.0.2'] as const;

/** Nothing is made as long as nobody watches: entries are what viewers are told. */
export async function startTraffic(entriesPerSecond: number): Promise<Traffic> {
  const clock = hostClock();
  const random = seededRandom('traffic');
  const [left, right] = pair(clock, { delayMs: 5 });
  const bad = impair(left, { clock, random: random.fork('link'), in: { loss: LOSS }, out: { loss: LOSS } });
  const stackAt = (device: typeof left, address: string): Stack =>
    createStack({
      ...inspectable({ device, clock, random: random.fork(address) }),
      addresses: [address],
      mslMs: 500,
    });
  const client = stackAt(bad, CLIENT);
  const server = stackAt(right, SERVER);
  const inspector = createInspector({ client, server });
  void serve(server);

  let isOver = false;
  let octets = 4_000;
  const steady = Array.from({ length: STEADY }, () => client.connect({ host: SERVER, port: 9 }));
  const timers = [
    setInterval(() => {
      for (const opening of steady) void opening.then((connection) => send(connection, octets));
    }, TICK_MS),
    setInterval(() => {
      if (!isOver) void brief(client);
    }, BRIEF_EVERY_MS),
  ];
  for (let look = 0; look < LOOKS; look++) octets *= entriesPerSecond / (await entriesIn(inspector, LOOK_MS));
  return {
    inspector,
    get entries() {
      return inspector.hello.order;
    },
    stop() {
      isOver = true;
      for (const timer of timers) clearInterval(timer);
      for (const stack of [client, server]) for (const connection of stack.connections) connection.abort();
    },
  };
}

/** How many entries a second are made. */
async function entriesIn(inspector: Inspector, lengthMs: number): Promise<number> {
  const viewer = inspector.attach();
  const reading = setInterval(() => viewer.read(), 5);
  const before = inspector.hello.order;
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, lengthMs));
  clearInterval(reading);
  const made = inspector.hello.order - before;
  viewer.close();
  return (made * 1_000) / (performance.now() - beganMs);
}

async function serve(stack: Stack): Promise<void> {
  for await (const connection of stack.listen({ port: 9 })) {
    void (async () => {
      while ((await connection.read()) !== null);
      await connection.close();
    })().catch(() => {});
  }
}

function send(connection: Connection, octets: number): Promise<void> {
  return connection.write(new Uint8Array(octets)).catch(() => {});
}

async function brief(stack: Stack): Promise<void> {
  try {
    const connection = await stack.connect({ host: SERVER, port: 9 });
    await connection.write(new Uint8Array(3_000));
    await connection.close();
  } catch {
    // The run is over.
  }
}
