/**
 * A stack: one device, its addresses, the actors of its connections and listeners, and the way of frames between them.
 */

import type { Actor } from 'xstate';
import type { Arrival, interfaceMachine, StepReport } from '../../machines/index.ts';
import type { Clock } from '../clock.ts';
import {
  type Arriving,
  type Device,
  type Frame,
  type Offload,
  type OffloadedFrame,
  plainFrames,
} from '../net/device.ts';
import type { Arrived } from '../net/pipeline.ts';
import type { ConnectionInput } from '../tcp/index.ts';
import type { Fragment, IpAddress, IpPacket } from '../wire/index.ts';
import type { ActorTimers } from './actor-timers.ts';
import { Addresses } from './addresses.ts';
import type {
  Connection,
  ConnectOptions,
  FrameEvent,
  Listener,
  ListenOptions,
  Stack,
  StackOptions,
} from './api.ts';
import { Calls, isUserInput } from './calls.ts';
import type { StackConnection } from './connection.ts';
import { Connections } from './connections.ts';
import { Fragments } from './fragments.ts';
import { answerIcmp, IcmpBudget, tellDropped } from './icmp.ts';
import { type InterfaceHost, NetworkInterface } from './interface.ts';
import type { StackInternals, StackObserver } from './internals.ts';
import { keyedHash } from './keyed-hash.ts';
import { type ListenerHost, StackListener } from './listener.ts';
import { PacketIds } from './packet-ids.ts';
import { EphemeralPorts } from './ports.ts';
import type { Replaced } from './replaced.ts';
import { routeSegment } from './route.ts';
import { optionsOf, verifyInterpreter, verifyOptions } from './settings.ts';
import { Taps } from './taps.ts';
import { activeTuple, listenPort } from './tuples.ts';

const GRACE_MS = 2_000;

/**
 * Makes a stack on a device. It answers at `addresses` at once.
 *
 * @throws StackError EINVAL for an address or an option that can't be used
 * @example
 * ```ts
 * const clock = virtualClock();
 * const [left, right] = pair(clock);
 * const a = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
 * const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
 * const listener = b.listen({ port: 80 });
 * const connecting = a.connect({ host: '198.18.0.2', port: 80 });
 * ```
 */
export function createStack(options: StackOptions, internals: StackInternals = {}): Stack {
  return new TcpStack(options, internals);
}

export class TcpStack implements Stack, ListenerHost, InterfaceHost {
  readonly device: Device;
  readonly clock: Clock;
  readonly counters: Record<string, number> = {};
  readonly listeners: StackListener[] = [];
  readonly taps: Taps;
  readonly calls = new Calls();
  readonly local: Addresses;
  readonly icmpBudget = new IcmpBudget();
  readonly options: StackOptions;
  readonly ports: EphemeralPorts;
  readonly packetIds: PacketIds;
  readonly #connections: Connections;
  readonly #interface: NetworkInterface;
  readonly #fragments = new Fragments(this);
  readonly #observer: StackObserver | undefined;
  readonly #elsewhere: StackInternals['elsewhere'];
  readonly listenerChart: Replaced['listener'];

  constructor(options: StackOptions, internals: StackInternals) {
    verifyOptions(options, 'createStack');
    verifyInterpreter(options);
    this.options = options;
    this.#observer = internals.observer;
    this.#elsewhere = internals.elsewhere;
    this.listenerChart = internals.replaced?.listener;
    this.device = options.device;
    this.clock = options.clock;
    this.local = new Addresses(options.addresses);
    const hash = keyedHash(options.random);
    this.ports = new EphemeralPorts(hash);
    this.packetIds = new PacketIds(hash);
    this.taps = new Taps(options.clock);
    this.#connections = new Connections(this, hash, internals);
    this.#interface = new NetworkInterface(this, internals.inspect);
  }

  get addresses(): readonly string[] {
    return this.local.texts;
  }

  get connections(): Stack['connections'] {
    return this.table;
  }

  get table(): Connections['table'] {
    return this.#connections.table;
  }

  /** The last step of any connection: what a segment that was just routed did. */
  get lastReport(): StepReport | undefined {
    return this.#connections.lastReport;
  }

  /** The delayed events of all actors. */
  get timers(): ActorTimers {
    return this.#interface.timers;
  }

  /** The root of the actor system: `root.system.inspect()` shows every actor of the stack, from then on. */
  get root(): Actor<typeof interfaceMachine> {
    return this.#interface.actor;
  }

  open(options: ConnectOptions): Connection {
    return this.calls.run({ call: 'open', options, listener: undefined }, () => this.#open(options));
  }

  async connect(options: ConnectOptions): Promise<Connection> {
    const { signal } = options;
    signal?.throwIfAborted();
    const connection = this.open(options);
    if (!signal) {
      await connection.opened;
      return connection;
    }
    const abort = (): void => connection.abort();
    signal.addEventListener('abort', abort);
    try {
      await connection.opened;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return connection;
  }

  listen(options: ListenOptions): Listener {
    return this.calls.run({ call: 'listen', options }, () => this.#listen(options));
  }

  tap(observer: (event: FrameEvent) => void): () => void {
    return this.taps.add(observer);
  }

  /**
   * Stops taking frames in. So many as a queue of the kernel's holds wait here, then the device is not listened to any more.
   * The clock is not the stack's to stop.
   */
  pause(): void {
    this.calls.run({ call: 'pause' }, () => this.#interface.pause());
  }

  /** Takes in what has waited, frame by frame, and goes on. */
  resume(): void {
    this.resumeInterface();
    while (!this.paused && this.takeHeld());
  }

  /** Goes on. What has waited waits still, and what arrives behind it: whoever calls this takes it. */
  resumeInterface(): void {
    this.calls.run({ call: 'resume' }, () => this.#interface.resume());
  }

  get paused(): boolean {
    return this.#interface.actor.getSnapshot().value === 'paused';
  }

  /** How many frames wait while the stack is paused. */
  get held(): number {
    return this.#interface.held;
  }

  /** Takes in the first frame that waits, and stays paused. Returns false when none does. */
  takeHeld(): boolean {
    if (this.held === 0) return false;
    return this.calls.run({ call: 'take-held' }, () => this.#interface.takeHeld());
  }

  async close(graceMs = GRACE_MS): Promise<void> {
    for (const listener of [...this.listeners]) await listener.close();
    const open = [...this.table].filter((connection) => connection.state !== 'TIME-WAIT');
    let timer: unknown;
    const patience = new Promise<void>((resolve) => {
      timer = this.clock.setTimeout(resolve, graceMs);
    });
    await Promise.race([Promise.allSettled(open.map((connection) => connection.close())), patience]);
    this.clock.clearTimeout(timer);
    for (const connection of [...this.table]) connection.abort();
    this.closeInterface();
  }

  /** Lets the device go; nothing goes in or out any more. */
  closeInterface(): void {
    this.calls.run({ call: 'close-interface' }, () => {
      this.#fragments.close();
      this.#interface.close();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  count(name: string, by = 1): void {
    this.counters[name] = (this.counters[name] ?? 0) + by;
  }

  connectionOf(id: string): StackConnection | undefined {
    return this.#connections.of(id);
  }

  openFrom(listener: StackListener, options: ConnectOptions): Connection {
    const localAddress = options.localAddress ?? listener.address;
    return this.#open(
      {
        ...options,
        localPort: listener.port,
        reuseAddress: true,
        ...(localAddress === undefined ? {} : { localAddress }),
      },
      listener,
    );
  }

  closed(listener: StackListener): void {
    const index = this.listeners.indexOf(listener);
    if (index >= 0) this.listeners.splice(index, 1);
  }

  /** The listener for a local address and port: one at that very address before one at all addresses. */
  listenerFor(local: IpAddress, port: number): StackListener | undefined {
    let general: StackListener | undefined;
    for (const listener of this.listeners) {
      if (listener.port !== port) continue;
      if (listener.local === undefined) general = listener;
      else if (listener.local.equals(local)) return listener;
    }
    return general;
  }

  send(connection: StackConnection, input: ConnectionInput): void {
    if (this.calls.attached && isUserInput(input)) {
      this.calls.run({ call: 'input', connection, input }, () => this.#connections.send(connection, input));
    } else {
      this.#connections.send(connection, input);
    }
  }

  flush(): void {
    this.#connections.flush();
  }

  write(frame: Frame): void {
    this.#interface.write(frame);
  }

  get offload(): Offload | undefined {
    return this.device.offload;
  }

  writeOffloaded(offloaded: OffloadedFrame): void {
    this.#interface.writeOffloaded(offloaded);
  }

  isLocal(packet: IpPacket): boolean {
    return this.local.has(packet.dst);
  }

  dropped(reason: string, frame: Arriving, datagram: Frame): void {
    this.droppedBy(undefined, frame, 'CLOSED', reason);
    tellDropped(this, reason, datagram);
  }

  reassemble(fragment: Fragment, frame: Arriving): Frame | undefined {
    return this.#fragments.arrive(fragment, frame);
  }

  route(arrived: Arrived): void {
    try {
      if (arrived.kind === 'tcp') routeSegment(this, arrived.frame, arrived.packet, arrived.segment);
      else answerIcmp(this, arrived);
      this.#connections.flush();
    } catch (error) {
      // RxJS would throw it again later, out of everybody's reach: an observer has to hear of it in this step.
      if (!this.#observer) throw error;
      this.#observer.crashed(undefined, error);
    }
  }

  together(takeIn: () => void): void {
    this.#connections.together(takeIn);
  }

  /** Takes a frame in as if the device had brought it. */
  deliver(frame: Frame): void {
    this.#interface.deliver(frame);
  }

  /** Whether a packet that belongs to no connection here has gone to another stack of the same address. */
  goesElsewhere(frame: Arriving, packet: IpPacket): boolean {
    if (!this.#elsewhere) return false;
    // Of a datagram that came in fragments all goes, and not only the last of them.
    const frames = frame instanceof Uint8Array ? [packet.bytes] : plainFrames(frame);
    if (!this.#elsewhere(frames)) return false;
    this.count('frames.handed-over');
    return true;
  }

  resumeSending(connection: StackConnection): void {
    this.send(connection, { type: 'device.ready' });
  }

  deviceGone(): void {
    for (const connection of [...this.table]) connection.abort();
    for (const listener of [...this.listeners]) void listener.close();
  }

  crashed(actorId: string, error: unknown): void {
    this.#connections.crashed(actorId, error);
  }

  deviceReady(connection: StackConnection | undefined): boolean {
    return this.#interface.ready(connection);
  }

  forget(connection: StackConnection): void {
    this.#interface.forget(connection);
  }

  spawn(listener: StackListener, arrival: Arrival): void {
    this.#connections.spawn(listener, arrival);
  }

  acceptable(listener: StackListener): void {
    this.#connections.acceptable(listener);
  }

  /** What a stack holds on to: nothing, once its connections have ended and its listeners are closed. */
  get remains(): Readonly<Record<string, number>> {
    const { byId, effects } = this.#connections.remains;
    return {
      connections: this.table.size,
      'connections by id': byId,
      listeners: this.listeners.length,
      'effects to serve': effects,
      'frames held while paused': this.#interface.held,
      'connections that wait for the device': this.#interface.waiting,
    };
  }

  /** Counts a frame that goes no further, and tells whoever watches. */
  droppedBy(
    connection: StackConnection | undefined,
    frame: Arriving,
    state: FrameEvent['before'],
    reason: string,
  ): void {
    this.count(`drop.${reason}`);
    if (this.taps.attached) this.taps.dropped(frame, connection, state, reason);
  }

  #listen(options: ListenOptions): Listener {
    verifyOptions(options, 'listen');
    options.signal?.throwIfAborted();
    const local = options.host === undefined ? undefined : this.local.own(options.host, 'listen');
    const port = listenPort(this, options, local);
    const listener = new StackListener(this, { ...options, port }, local, this.#interface.actor);
    this.listeners.push(listener);
    this.calls.listening(listener);
    options.signal?.addEventListener('abort', () => void listener.close(), { once: true });
    return listener;
  }

  #open(options: ConnectOptions, listener?: StackListener): Connection {
    verifyOptions(options, 'connect');
    const tuple = activeTuple(this, options);
    const settings = optionsOf(this.options, listener?.options, options);
    const connection = this.#connections.open(tuple, this.#interface.actor, settings);
    this.send(connection, { type: 'open' });
    return connection;
  }
}
