/** Two inspectable stacks on a link, in virtual time, and traffic between them. */

import type { Connection, ConnectionOptions, Listener, Stack } from '../../src/index.ts';
import { pair } from '../../src/index.ts';
import { type InspectableDevice, inspectable, type PausableClock } from '../../src/inspect/index.ts';
import { type Impairments, impair } from '../../src/net/index.ts';
import { seededRandom, type VirtualClock, virtualClock } from '../../src/sim/index.ts';
import { createStack, TcpStack } from '../../src/stack/stack.ts';

export interface InspectedHost {
  readonly stack: TcpStack;
  readonly device: InspectableDevice;
  readonly clock: PausableClock;
}

export interface Inspected {
  readonly clock: VirtualClock;
  readonly client: InspectedHost;
  readonly server: InspectedHost;
  readonly stacks: { readonly client: Stack; readonly server: Stack };
}

export interface InspectedOptions extends ConnectionOptions {
  readonly delayMs?: number;
  /** Of the client's link, in both directions. */
  readonly bad?: Impairments;
  readonly seed?: number;
  readonly record?: boolean;
  /** In place of one of its own. */
  readonly clock?: VirtualClock;
}

export const CLIENT = '198.18.0.1';
export const SERVER = '198.18.0.2';

export function inspected(options: InspectedOptions = {}): Inspected {
  const { delayMs = 10, bad, seed = 1, record = false, clock = virtualClock(), ...rest } = options;
  const [left, right] = pair(clock, { delayMs });
  const host = (device: typeof left, address: string, own: number): InspectedHost => {
    const parts = inspectable({ device, clock, random: seededRandom(own), record });
    const stack = createStack({ ...parts, addresses: [address], mslMs: 1_000, ...rest });
    if (!(stack instanceof TcpStack)) throw new Error('another kind of stack');
    return { stack, device: parts.device, clock: parts.clock };
  };
  const lossy = bad
    ? impair(left, { clock, random: seededRandom(seed).fork('link'), in: bad, out: bad })
    : left;
  const client = host(lossy, CLIENT, seed);
  const server = host(right, SERVER, seed + 1);
  return { clock, client, server, stacks: { client: client.stack, server: server.stack } };
}

/** A server that sends back what comes, and closes when its peer does. */
export function echo(stack: Stack, port = 7): Listener {
  const listener = stack.listen({ port });
  const serve = async (connection: Connection): Promise<void> => {
    for (let text = await connection.read(); text; text = await connection.read()) {
      await connection.write(text);
    }
    await connection.close();
  };
  void (async () => {
    for await (const connection of listener) void serve(connection).catch(() => {});
  })();
  return listener;
}

/** Sends so many octets, reads as many back, and closes; what came back. */
export async function exchange(stack: Stack, octets: number, port = 7): Promise<number> {
  const connection = await stack.connect({ host: SERVER, port });
  const sending = (async () => {
    await connection.write(new Uint8Array(octets).fill(0x61));
    await connection.shutdown();
  })();
  let received = 0;
  for (let text = await connection.read(); text; text = await connection.read()) received += text.length;
  await sending;
  return received;
}
