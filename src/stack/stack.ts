/**
 * A stack: one device, its addresses, the actors of its connections and listeners, and the way of frames between them.
 */

import type { Actor } from 'xstate';
import { createActor } from 'xstate';
import type { Arrival, ConnectionLogic, Ending, StepReport } from '../../machines/index.ts';
import { connectionLogic, type interfaceMachine, type listenerMachine } from '../../machines/index.ts';
import type { Clock } from '../clock.ts';
import { ConnectionTable } from '../net/connection-table.ts';
import type { Device, Frame } from '../net/device.ts';
import type { Arrived } from '../net/pipeline.ts';
import { type FourTuple, idOf } from '../tcp/four-tuple.ts';
import type { ConnectionInput } from '../tcp/index.ts';
import { createTcb, passiveTcb } from '../tcp/index.ts';
import type { Fragment, IpAddress, IpPacket } from '../wire/index.ts';
import { Addresses } from './addresses.ts';
import type {
  Connection,
  ConnectionOptions,
  ConnectOptions,
  FrameEvent,
  Listener,
  ListenOptions,
  Stack,
  StackOptions,
} from './api.ts';
import { Calls, isUserInput } from './calls.ts';
import { StackConnection } from './connection.ts';
import { type Effect, Effects } from './effects.ts';
import { Fragments } from './fragments.ts';
import { answerIcmp, IcmpBudget, tellDropped } from './icmp.ts';
import { type Inspect, type InterfaceHost, NetworkInterface } from './interface.ts';
import { initialSequenceNumber } from './iss.ts';
import { type KeyedHash, keyedHash } from './keyed-hash.ts';
import { type ListenerHost, StackListener } from './listener.ts';
import { PacketIds } from './packet-ids.ts';
import { EphemeralPorts } from './ports.ts';
import { routeSegment } from './route.ts';
import { connectionSettings, optionsOf, verifyOptions } from './settings.ts';
import { Taps } from './taps.ts';
import { transmit } from './transmit.ts';
import { activeTuple, listenPort } from './tuples.ts';

const GRACE_MS = 2_000;

/** Who watches every step of a stack's connections, as the simulation's invariants do. */
export interface StackObserver {
  /** A connection's step is over; its segments have been sent, and nobody has been told yet. */
  stepped(connection: StackConnection, report: StepReport): void;
  told(connection: StackConnection, what: string): void;
  /** The connection is CLOSED and forgotten, and its user is about to be told. */
  ended(connection: StackConnection, ending: Ending): void;
  crashed(actorId: string, error: unknown): void;
}

/** Options that only tests and simulations of the stack itself need. */
export interface StackInternals {
  readonly observer?: StackObserver;
  /** See `ConnectionEnvironment.alwaysStep`. */
  readonly alwaysStep?: boolean;
  /** XState's inspection, from the system's first event on. */
  readonly inspect?: Inspect;
}

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
  readonly table = new ConnectionTable<StackConnection>();
  readonly listeners: StackListener[] = [];
  readonly taps: Taps;
  readonly calls = new Calls();
  readonly local: Addresses;
  readonly icmpBudget = new IcmpBudget();
  readonly options: StackOptions;
  readonly #hash: KeyedHash;
  readonly ports: EphemeralPorts;
  readonly packetIds: PacketIds;
  readonly #byId = new Map<string, StackConnection>();
  readonly #effects = new Effects((effect) => this.#serve(effect));
  readonly #logic: ConnectionLogic;
  readonly #interface: NetworkInterface;
  readonly #fragments = new Fragments(this);
  readonly #observer: StackObserver | undefined;
  /** The last step of any connection: what a segment that was just routed did. */
  lastReport: StepReport | undefined;

  constructor(options: StackOptions, internals: StackInternals) {
    verifyOptions(options, 'createStack');
    this.options = options;
    this.#observer = internals.observer;
    this.device = options.device;
    this.clock = options.clock;
    this.local = new Addresses(options.addresses);
    this.#hash = keyedHash(options.random);
    this.ports = new EphemeralPorts(this.#hash);
    this.packetIds = new PacketIds(this.#hash);
    this.taps = new Taps(options.clock);
    this.#logic = connectionLogic({
      clock: options.clock,
      alwaysStep: internals.alwaysStep ?? false,
      deviceReady: (id) => this.#interface.ready(this.#byId.get(id)),
      transmit: (id, report) => this.#transmit(id, report),
      told: (id, what) => this.#effects.push({ kind: 'told', connection: this.#byId.get(id)!, what }),
      stepped: (id, report) => {
        const connection = this.#byId.get(id)!;
        this.lastReport = report;
        this.#observer?.stepped(connection, report);
        this.#effects.push({ kind: 'stepped', connection, report });
      },
    });
    this.#interface = new NetworkInterface(this, internals.inspect);
  }

  get addresses(): readonly string[] {
    return this.local.texts;
  }

  get connections(): Stack['connections'] {
    return this.table;
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
    return this.#byId.get(id);
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
      this.calls.run({ call: 'input', connection, input }, () => this.#send(connection, input));
    } else {
      this.#send(connection, input);
    }
  }

  flush(): void {
    this.#effects.flush();
  }

  write(frame: Frame): void {
    this.#interface.write(frame);
  }

  isLocal(packet: IpPacket): boolean {
    return this.local.has(packet.dst);
  }

  dropped(reason: string, frame: Frame, datagram: Frame): void {
    this.droppedBy(undefined, frame, 'CLOSED', reason);
    tellDropped(this, reason, datagram);
  }

  reassemble(fragment: Fragment, frame: Frame): Frame | undefined {
    return this.#fragments.arrive(fragment, frame);
  }

  route(arrived: Arrived): void {
    if (arrived.kind === 'tcp') routeSegment(this, arrived.frame, arrived.packet, arrived.segment);
    else answerIcmp(this, arrived);
    this.#effects.flush();
  }

  resumeSending(connection: StackConnection): void {
    this.send(connection, { type: 'device.ready' });
  }

  deviceGone(): void {
    for (const connection of [...this.table]) connection.abort();
    for (const listener of [...this.listeners]) void listener.close();
  }

  /** An actor threw, which is a programmer's error: its connection ends, its 4-tuple is freed, and the others go on. */
  crashed(actorId: string, error: unknown): void {
    this.count('connections.crashed');
    this.#observer?.crashed(actorId, error);
    const connection = this.#byId.get(actorId);
    if (!connection) return;
    this.remove(connection);
    connection.crashed(error);
  }

  /** Counts a frame that goes no further, and tells whoever watches. */
  droppedBy(
    connection: StackConnection | undefined,
    frame: Frame,
    state: FrameEvent['before'],
    reason: string,
  ): void {
    this.count(`drop.${reason}`);
    if (this.taps.attached) this.taps.dropped(frame, connection, state, reason);
  }

  #send(connection: StackConnection, input: ConnectionInput): void {
    connection.actor.send(input);
    this.#effects.flush();
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
    const connection = this.#create(tuple, this.#interface.actor, settings, (tcbSettings, iss, nowMs) =>
      createTcb('active', iss, tcbSettings, nowMs),
    );
    this.count('connections.opened');
    this.send(connection, { type: 'open' });
    return connection;
  }

  #create(
    tuple: FourTuple,
    parent: Actor<typeof interfaceMachine> | Actor<typeof listenerMachine>,
    options: ConnectionOptions,
    makeTcb: (
      settings: ReturnType<typeof connectionSettings>,
      iss: number,
      nowMs: number,
    ) => ReturnType<typeof createTcb>,
    issAbove?: number,
  ): StackConnection {
    const nowMs = this.clock.now();
    const settings = connectionSettings(options, {
      ipVersion: tuple.remote.version,
      mtu: this.device.mtu,
      timestampOffset: this.#hash(tuple, 'timestamp'),
    });
    const iss = options.iss ?? initialSequenceNumber(this.#hash, tuple, nowMs, issAbove);
    const id = idOf(tuple);
    const actor = createActor(this.#logic, {
      id,
      // Not XState's spawnChild: see machines/listener.ts. The parent's system, clock and inspection come with it.
      parent: parent as never,
      input: { tcb: makeTcb(settings, iss, nowMs) },
    });
    const connection = new StackConnection({
      id,
      tuple,
      actor,
      trafficClass: options.trafficClass ?? 0,
      hopLimit: options.hopLimit ?? 64,
      send: (self, input) => this.send(self, input),
    });
    this.table.add(connection);
    this.#byId.set(id, connection);
    actor.start();
    return connection;
  }

  spawn(listener: StackListener, arrival: Arrival): void {
    this.#effects.push({ kind: 'spawn', listener, arrival });
  }

  acceptable(listener: StackListener): void {
    this.#effects.push({ kind: 'acceptable', listener });
  }

  #spawn(listener: StackListener, arrival: Arrival): void {
    const options = optionsOf(this.options, listener.options, undefined);
    const { segment, timeWait, tuple } = arrival;
    const connection = this.#create(
      tuple,
      listener.actor,
      options,
      (settings, iss, nowMs) => passiveTcb(segment, iss, settings, nowMs, timeWait),
      timeWait?.snd.nxt,
    );
    this.count('connections.accepted');
    connection.actor.send({ type: 'open' });
  }

  #serve(effect: Effect): void {
    if (effect.kind === 'spawn') return this.#spawn(effect.listener, effect.arrival);
    if (effect.kind === 'acceptable') return effect.listener.serve();
    const { connection } = effect;
    if (effect.kind === 'told') {
      this.#observer?.told(connection, effect.what);
      connection.told(effect.what);
      if (effect.what === 'returned') {
        const { local, localPort } = connection.tuple;
        this.listenerFor(local, localPort)?.actor.send({ type: 'connection.returned', id: connection.id });
      }
      const listener = effect.what === 'opened' ? this.#listenerOf(connection) : undefined;
      listener?.actor.send({ type: 'connection.opened', id: connection.id });
      return;
    }
    const { report } = effect;
    if (report.dropped !== undefined) this.count(`drop.${report.dropped}`);
    connection.stepped(report);
    if (report.after === 'CLOSED' && report.before !== 'CLOSED') this.#forget(connection);
  }

  #listenerOf(connection: StackConnection): StackListener | undefined {
    if (connection.tcb.origin !== 'passive') return undefined;
    return this.listenerFor(connection.tuple.local, connection.localPort);
  }

  /** Frees the 4-tuple in the step in which the connection ended, so that the next segment may open it anew. */
  #forget(connection: StackConnection): void {
    this.remove(connection);
    const { ending } = connection.actor.getSnapshot().output!;
    this.#observer?.ended(connection, ending);
    connection.ended(ending);
  }

  /** What a stack holds on to: nothing, once its connections have ended and its listeners are closed. */
  get remains(): Readonly<Record<string, number>> {
    return {
      connections: this.table.size,
      'connections by id': this.#byId.size,
      listeners: this.listeners.length,
      'effects to serve': this.#effects.length,
      'frames held while paused': this.#interface.held,
      'connections that wait for the device': this.#interface.waiting,
    };
  }

  remove(connection: StackConnection): void {
    if (!this.table.delete(connection)) return;
    if (this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
    this.#interface.forget(connection);
  }

  #transmit(id: string, report: StepReport): void {
    const connection = this.#byId.get(id);
    if (connection) transmit(this, connection, report);
  }
}
