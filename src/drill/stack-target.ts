/**
 * A stack of this package on a clock of its own, with the script as the whole network.
 */

import { Subject } from 'rxjs';
import type { Device, Frame } from '../net/device.ts';
import { type SeededRandom, seededRandom } from '../sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../sim/virtual-clock.ts';
import type { Connection, ConnectionOptions, FrameEvent, Stack, StackOptions, State } from '../stack/api.ts';
import { createStack } from '../stack/stack.ts';
import { decodeIp, decodeTcp, FLAG, parseAddress } from '../wire/index.ts';
import type { DrillConfig } from './config.ts';
import type { Flow } from './flow.ts';
import type { Profile } from './profile.ts';
import type { Arguments } from './sockets/arguments.ts';
import { beginCall } from './sockets/calls.ts';
import type { Pending } from './sockets/returned.ts';
import { DrillSocket, type SocketHost } from './sockets/socket.ts';
import { SocketTable } from './sockets/table.ts';
import { effectOf } from './sysctls.ts';
import type { SentFrame, Target } from './target.ts';
import { infoVariables, infoWithoutConnection } from './tcp-info.ts';

/** No timer of the stack is armed for longer. */
const LONGEST_WAIT_MS = 86_400_000;

/** Makes the stack of a run, as `createStack` does. */
export type MakeStack = (options: StackOptions & { readonly random: SeededRandom }) => Stack;

/** What a run may be given in place of its own. */
export interface TargetParts {
  readonly clock?: VirtualClock;
  readonly makeStack?: MakeStack;
}

export class StackTarget implements Target, SocketHost {
  readonly name = 'stack';
  readonly longestWaitMs = LONGEST_WAIT_MS;
  readonly clock: VirtualClock;
  readonly stack: Stack;
  readonly profile: Profile;
  defaults: ConnectionOptions;
  readonly values = new Map<string, number>();
  readonly sent: SentFrame[] = [];
  readonly log: FrameEvent[] = [];
  readonly #table: SocketTable;
  readonly #arrivals = new Subject<readonly Frame[]>();
  readonly #resetIn = new WeakMap<Connection, State>();

  constructor(config: DrillConfig, profile: Profile, seed: number, parts: TargetParts = {}) {
    const { clock = virtualClock(), makeStack = createStack } = parts;
    this.clock = clock;
    this.profile = profile;
    this.defaults = profile.stack;
    this.stack = makeStack({
      ...profile.stack,
      device: this.#device(config.mtu),
      addresses: [config.localAddress],
      clock: this.clock,
      random: seededRandom(seed),
    });
    this.stack.tap((event) => this.#record(event));
    this.#table = new SocketTable(this, this.clock, config);
  }

  start(): void {}

  now(): number {
    return this.clock.now();
  }

  inject(frame: Frame): void {
    this.#arrivals.next([frame]);
  }

  get idle(): boolean {
    return this.clock.nextDueMs === undefined;
  }

  /** From one deadline to the next. */
  advanceTo(timeMs: number, stop: () => boolean): void {
    const { clock } = this;
    for (;;) {
      if (stop()) return;
      const next = clock.nextDueMs;
      if (next === undefined || next > timeMs) break;
      clock.step();
    }
    if (timeMs < Number.POSITIVE_INFINITY && timeMs > clock.now()) clock.advanceTo(timeMs);
  }

  stopAt(timeMs: number): void {
    this.clock.setTimeout(() => {}, timeMs - this.now());
  }

  begin(args: Arguments, expectedFd: number): Pending {
    return beginCall(this.#table, args, expectedFd);
  }

  mayConnect(fd: number): boolean {
    const socket = this.#table.find(fd);
    return socket instanceof DrillSocket && !socket.connection && !socket.listener;
  }

  command(text: string): ReturnType<Target['command']> {
    const { options, values, sleepMs, ignored } = effectOf(text);
    this.defaults = { ...this.defaults, ...options };
    for (const [name, value] of Object.entries(values)) this.values.set(name, value);
    return { sleepMs, notes: ignored.map((line) => `no effect here: ${line}`) };
  }

  info(flow: Flow | undefined): ReadonlyMap<string, number> {
    if (flow?.localPort !== undefined) {
      const connection = this.#connectionOf(flow.localPort, flow.remote.toString(), flow.remotePort);
      const info = connection?.info();
      return info ? infoVariables(info, info.rcv.mss) : infoWithoutConnection('CLOSED');
    }
    const { sockets } = this.#table;
    const connecting = flow && sockets.find((socket) => socket.connection)?.connection;
    if (connecting) {
      const info = connecting.info();
      return infoVariables(info, info.rcv.mss);
    }
    return infoWithoutConnection(sockets.some((socket) => socket.listener) ? 'LISTEN' : 'CLOSED');
  }

  resetIn(connection: Connection): State | undefined {
    return this.#resetIn.get(connection);
  }

  /** The connection of a flow, as long as it has a TCB. */
  #connectionOf(localPort: number, remoteAddress: string, remotePort: number): Connection | undefined {
    const remote = parseAddress(remoteAddress)?.toString();
    for (const connection of this.stack.connections) {
      const { localPort: local, remotePort: port } = connection;
      if (local === localPort && port === remotePort && connection.remoteAddress === remote)
        return connection;
    }
    return undefined;
  }

  #device(mtu: number): Device {
    return {
      name: 'drill',
      mtu,
      frames$: this.#arrivals.asObservable(),
      drained$: new Subject<void>(),
      write: (frame) => {
        this.sent.push({ timeMs: this.clock.now(), frame });
        return true;
      },
      close() {},
    };
  }

  #record(event: FrameEvent): void {
    this.log.push(event);
    const { connection, kind, before, after } = event;
    if (kind !== 'received' || !connection || after !== 'CLOSED') return;
    const packet = decodeIp(event.frame);
    const segment = packet.kind === 'ip' ? decodeTcp(packet) : undefined;
    if (segment?.kind === 'tcp' && (segment.flags & FLAG.RST) !== 0) this.#resetIn.set(connection, before);
  }
}
