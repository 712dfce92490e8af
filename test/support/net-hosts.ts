/**
 * The same scenario on the kernel's sockets and on two stacks, so that what a user of `node:net` knows can be held against
 * what the stack's sockets do.
 */

import * as net from 'node:net';
import { filter } from 'rxjs';
import { expect, it } from 'vitest';
import { type Connection, type Device, pair } from '../../src/index.ts';
import { createStack, hostClock, type Net, netOf, type Socket } from '../../src/node/index.ts';

/** A client's and a server's `net`, and the address at which the server is reached. */
export interface Hosts {
  readonly client: Net;
  readonly server: Net;
  readonly host: string;
  close(): Promise<void>;
}

export function kernelHosts(): Hosts {
  const both = net as unknown as Net;
  return { client: both, server: both, host: '127.0.0.1', close: async () => {} };
}

export interface StackHosts extends Hosts {
  readonly stacks: readonly [client: ReturnType<typeof createStack>, server: ReturnType<typeof createStack>];
  /** The server's connections that have not ended. */
  connectionsOfServer(): Connection[];
  /** Lets no more frames through, in either direction. */
  cut(): void;
}

export function stackHosts(options: Partial<Parameters<typeof createStack>[0]> = {}): StackHosts {
  const clock = options.clock ?? hostClock();
  const [left, right] = pair(clock);
  let isCut = false;
  const device: Device = {
    name: left.name,
    mtu: left.mtu,
    drained$: left.drained$,
    frames$: left.frames$.pipe(filter(() => !isCut)),
    write: (frame) => isCut || left.write(frame),
    close: () => left.close(),
  };
  const a = createStack({ ...options, device, addresses: ['198.18.0.1', 'fd00::1'], clock });
  const b = createStack({ ...options, device: right, addresses: ['198.18.0.2', 'fd00::2'], clock });
  return {
    client: netOf(a),
    server: netOf(b),
    host: '198.18.0.2',
    stacks: [a, b],
    connectionsOfServer: () => [...b.connections],
    cut() {
      isCut = true;
    },
    async close() {
      await Promise.all([a.close(100), b.close(100)]);
    },
  };
}

/** What happened, by who saw it. */
export class Log {
  readonly entries: Record<string, string[]> = {};
  readonly #sockets: Socket[] = [];
  #closed = 0;

  note(who: string, what: string): void {
    this.entries[who] ??= [];
    this.entries[who].push(what);
  }

  /** Notes all events of a socket, but its end if `ends` is false. It reads, unless `reads` is false. */
  watch<T extends Socket>(who: string, socket: T, { reads = true, ends = true } = {}): T {
    for (const event of ['connect', 'ready', 'finish', 'timeout', ...(ends ? ['end'] : [])])
      socket.on(event, () => this.note(who, event));
    socket.on('error', (error: NodeJS.ErrnoException) => this.note(who, `error ${shapeOf(error)}`));
    socket.on('close', (hadError = socket.errored !== null) => {
      // Node leaves the argument out for a socket that was never connected.
      this.note(who, `close ${hadError}`);
      this.#closed++;
    });
    this.#sockets.push(socket);
    if (reads) socket.on('data', (bytes: Buffer) => this.note(who, `data ${bytes}`));
    return socket;
  }

  /** How many sockets are watched. */
  get watched(): number {
    return this.#sockets.length;
  }

  /** Waits until so many of the watched sockets have closed. */
  async closed(count: number): Promise<void> {
    await eventually(() => this.#closed).toBe(count);
  }

  /** Destroys what a failed scenario has left. */
  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** All of an error that does not depend on addresses and ports. */
export function shapeOf(error: NodeJS.ErrnoException): string {
  const { code, errno, syscall, name } = error;
  const place = ['address', 'port'].filter((key) => key in error);
  return [name, code, errno, syscall, ...place].filter((part) => part !== undefined).join(' ');
}

/** Asks again and again, for a loaded machine's sake long enough. */
export const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 25_000, interval: 2 });

export const once = (emitter: NodeJS.EventEmitter, event: string): Promise<unknown[]> =>
  new Promise((resolve) => emitter.once(event, (...args: unknown[]) => resolve(args)));

/** A server that listens, and the port it has. */
export async function listening(
  hosts: Hosts,
  accepted: (socket: Socket) => void,
  options: Parameters<Net['createServer']>[0] = {},
) {
  const server = hosts.server.createServer(options as object, (socket) => {
    // Those that a scenario leaves open lose their stack at its end.
    socket.on('error', () => {});
    accepted(socket);
  });
  server.listen(0, hosts.host);
  await once(server, 'listening');
  return { server, port: server.address()!.port };
}

export type Scenario = (hosts: Hosts, log: Log) => Promise<void>;

/** Runs the scenario on the kernel and on two stacks, and expects of the stacks what the kernel's sockets did. */
export function itAsNode(promise: string, scenario: Scenario, expected?: Record<string, string[]>): void {
  it(promise, async () => {
    const seen = await Promise.all([kernelHosts(), stackHosts()].map((hosts) => run(hosts, scenario)));
    expect(Object.keys(seen[0]!)).not.toEqual([]);
    expect(seen[1]).toEqual(seen[0]);
    if (expected) expect(seen[1]).toEqual(inOrder(expected));
  });
}

/**
 * Entries with 'finish' put right before 'close'. The two directions of a connection are apart: whether the last octet was
 * taken before or after something arrived is up to the scheduler, of the kernel's sockets as well.
 */
function inOrder(entries: Record<string, string[]>): Record<string, string[]> {
  const ordered = Object.entries(entries).map(([who, events]) => {
    const finishes = events.filter((event) => event === 'finish');
    const others = joined(events.filter((event) => event !== 'finish'));
    const close = others.findIndex((event) => event.startsWith('close'));
    return [who, others.toSpliced(close < 0 ? others.length : close, 0, ...finishes)];
  });
  return Object.fromEntries(ordered);
}

/** Data that follows data is one: how it is cut is nobody's promise. */
function joined(events: readonly string[]): string[] {
  const one: string[] = [];
  for (const event of events) {
    const goesOn = event.startsWith('data ') && one.at(-1)?.startsWith('data ');
    if (goesOn) one[one.length - 1] += event.slice('data '.length);
    else one.push(event);
  }
  return one;
}

async function run(hosts: Hosts, scenario: Scenario): Promise<Record<string, string[]>> {
  const log = new Log();
  try {
    await scenario(hosts, log);
    return inOrder(log.entries);
  } finally {
    log.destroyAll();
    await hosts.close();
  }
}
