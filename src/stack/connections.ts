/**
 * The connections of a stack, each from the OPEN or the SYN that makes it to the end that frees its 4-tuple, and the effects
 * that their actors' steps leave to be served.
 */

import type { AnyActorRef } from 'xstate';
import { createActor } from 'xstate';
import type { Arrival, ConnectionEnvironment, ConnectionLogic, StepReport } from '../../machines/index.ts';
import { connectionLogic } from '../../machines/index.ts';
import { ConnectionTable } from '../net/connection-table.ts';
import { type FourTuple, idOf } from '../tcp/four-tuple.ts';
import type { ConnectionInput, Tcb } from '../tcp/index.ts';
import { createTcb, hasPutOff, passiveTcb } from '../tcp/index.ts';
import type { Settings } from '../tcp/settings.ts';
import type { IpAddress } from '../wire/index.ts';
import type { ConnectionOptions, StackOptions } from './api.ts';
import { StackConnection } from './connection.ts';
import { type Effect, Effects } from './effects.ts';
import type { StackInternals } from './internals.ts';
import { initialSequenceNumber } from './iss.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { StackListener } from './listener.ts';
import { connectionSettings, optionsOf } from './settings.ts';
import { type Sender, transmit } from './transmit.ts';

/** What connections ask of the stack that they belong to. */
export interface ConnectionsHost extends Sender {
  readonly options: StackOptions;
  listenerFor(local: IpAddress, port: number): StackListener | undefined;
  /** Whether the device takes new text; a connection that hears no is told when it does. */
  deviceReady(connection: StackConnection | undefined): boolean;
  /** The connection has ended. */
  forget(connection: StackConnection): void;
  send(connection: StackConnection, input: ConnectionInput): void;
}

export class Connections {
  readonly table = new ConnectionTable<StackConnection>();
  readonly #host: ConnectionsHost;
  readonly #hash: KeyedHash;
  readonly #observer: StackInternals['observer'];
  readonly #byId = new Map<string, StackConnection>();
  readonly #effects = new Effects((effect) => this.#serve(effect));
  readonly #logic: ConnectionLogic;
  /** One value for all connections of a listener: to make it takes as long as a segment does, and it is 400 bytes. */
  readonly #inherited = {
    4: new WeakMap<StackListener, Settings>(),
    6: new WeakMap<StackListener, Settings>(),
  };
  /** While what has arrived together is taken in, and who has something to send at its end. */
  #moreArrives = false;
  readonly #waiting = new Set<StackConnection>();
  /** The last step of any connection: what a segment that was just routed did. */
  lastReport: StepReport | undefined;

  constructor(
    host: ConnectionsHost,
    hash: KeyedHash,
    { observer, alwaysStep = false, replaced }: StackInternals,
  ) {
    this.#host = host;
    this.#hash = hash;
    this.#observer = observer;
    const environment: ConnectionEnvironment = {
      clock: host.options.clock,
      alwaysStep,
      interpreter: host.options.interpreter,
      deviceReady: (id) => host.deviceReady(this.#byId.get(id)),
      moreArrives: () => this.#moreArrives,
      transmit: (id, report) => {
        const connection = this.#byId.get(id);
        if (connection) transmit(host, connection, report);
      },
      told: (id, what) => this.#effects.push({ kind: 'told', connection: this.#byId.get(id)!, what }),
      stepped: (id, report) => {
        const connection = this.#byId.get(id)!;
        this.lastReport = report;
        observer?.stepped(connection, report);
        if (this.#moreArrives && hasPutOff(report.tcb)) this.#waiting.add(connection);
        this.#effects.push({ kind: 'stepped', connection, report });
      },
    };
    this.#logic = connectionLogic(environment, replaced?.chart, replaced?.protocol);
  }

  /** By an actor's id: the 4-tuple in words. */
  of(id: string): StackConnection | undefined {
    return this.#byId.get(id);
  }

  /** How many are known by id, and how many effects wait: none of either, once all connections have ended. */
  get remains(): { readonly byId: number; readonly effects: number } {
    return { byId: this.#byId.size, effects: this.#effects.length };
  }

  /** CLOSED, active OPEN (RFC 9293 section 3.10.1): the connection is there, and its SYN is still to be sent. */
  open(tuple: FourTuple, parent: AnyActorRef, options: ConnectionOptions): StackConnection {
    const settings = this.#settings(options, tuple.remote.version);
    const connection = this.#create(tuple, parent, options, (iss, nowMs, timestampOffset) =>
      createTcb('active', iss, settings, nowMs, timestampOffset),
    );
    this.#host.count('connections.opened');
    return connection;
  }

  /** Has the connection made that a SYN asks for, once the present step is over. */
  spawn(listener: StackListener, arrival: Arrival): void {
    this.#effects.push({ kind: 'spawn', listener, arrival });
  }

  /** A connection waits to be accepted: told once the present step is over. */
  acceptable(listener: StackListener): void {
    this.#effects.push({ kind: 'acceptable', listener });
  }

  send(connection: StackConnection, input: ConnectionInput): void {
    connection.actor.send(input);
    this.#effects.flush();
  }

  flush(): void {
    this.#effects.flush();
  }

  /** Takes in what has arrived together. What a connection then has to send goes at the end: one ACK for what came in order, too. */
  together(takeIn: () => void): void {
    this.#moreArrives = true;
    try {
      takeIn();
    } finally {
      this.#moreArrives = false;
    }
    for (const connection of this.#waiting) {
      this.#waiting.delete(connection);
      // What its user has done since may have sent it.
      if (hasPutOff(connection.tcb)) this.send(connection, { type: 'device.ready' });
    }
  }

  /** An actor threw, which is a programmer's error: its connection ends, its 4-tuple is freed, and the others go on. */
  crashed(actorId: string, error: unknown): void {
    this.#host.count('connections.crashed');
    this.#observer?.crashed(actorId, error);
    const connection = this.#byId.get(actorId);
    if (!connection) return;
    this.#remove(connection);
    connection.crashed(error);
  }

  #create(
    tuple: FourTuple,
    parent: AnyActorRef,
    options: ConnectionOptions,
    makeTcb: (iss: number, nowMs: number, timestampOffset: number) => Tcb,
    issAbove?: number,
  ): StackConnection {
    const nowMs = this.#host.options.clock.now();
    const iss = options.iss ?? initialSequenceNumber(this.#hash, tuple, nowMs, issAbove);
    const id = idOf(tuple);
    const actor = createActor(this.#logic, {
      id,
      // Not XState's spawnChild: see machines/listener.ts. The parent's system, clock and inspection come with it.
      parent: parent as never,
      input: { tcb: makeTcb(iss, nowMs, this.#hash(tuple, 'timestamp')) },
    });
    const connection = new StackConnection({
      id,
      tuple,
      actor,
      trafficClass: options.trafficClass ?? 0,
      hopLimit: options.hopLimit ?? 64,
      send: (self, input) => this.#host.send(self, input),
    });
    this.table.add(connection);
    this.#byId.set(id, connection);
    actor.start();
    // It would keep the first TCB for as long as the connection lasts, and nobody starts an actor twice.
    (actor.options as { input?: unknown }).input = undefined;
    return connection;
  }

  #spawn(listener: StackListener, arrival: Arrival): void {
    const { segment, timeWait, tuple } = arrival;
    const options = optionsOf(this.#host.options, listener.options, undefined);
    const settings = this.#inheritedFrom(listener, options, tuple.remote.version);
    const connection = this.#create(
      tuple,
      listener.actor,
      options,
      (iss, nowMs, timestampOffset) => passiveTcb(segment, iss, settings, nowMs, timeWait, timestampOffset),
      timeWait?.snd.nxt,
    );
    this.#host.count('connections.accepted');
    connection.actor.send({ type: 'open' });
  }

  #inheritedFrom(listener: StackListener, options: ConnectionOptions, version: 4 | 6): Settings {
    const known = this.#inherited[version].get(listener);
    if (known !== undefined) return known;
    const settings = this.#settings(options, version);
    this.#inherited[version].set(listener, settings);
    return settings;
  }

  #settings(options: ConnectionOptions, ipVersion: 4 | 6): Settings {
    const { mtu, offload } = this.#host.options.device;
    return connectionSettings(options, { ipVersion, mtu, largest: offload?.largest });
  }

  #serve(effect: Effect): void {
    switch (effect.kind) {
      case 'spawn':
        return this.#spawn(effect.listener, effect.arrival);
      case 'acceptable':
        return effect.listener.serve();
      case 'told':
        return this.#told(effect.connection, effect.what);
      case 'stepped': {
        const { connection, report } = effect;
        if (report.dropped !== undefined) this.#host.count(`drop.${report.dropped}`);
        connection.stepped(report);
        if (report.after === 'CLOSED' && report.before !== 'CLOSED') this.#ended(connection);
      }
    }
  }

  #told(connection: StackConnection, what: 'opened' | 'fin-acknowledged' | 'returned'): void {
    this.#observer?.told(connection, what);
    connection.told(what);
    const { id, tuple, tcb } = connection;
    const listens = what === 'returned' || (what === 'opened' && tcb.origin === 'passive');
    const listener = listens ? this.#host.listenerFor(tuple.local, tuple.localPort) : undefined;
    if (what === 'returned') listener?.actor.send({ type: 'connection.returned', id });
    else listener?.actor.send({ type: 'connection.opened', id });
  }

  /** Frees the 4-tuple in the step in which the connection ended, so that the next segment may open it anew. */
  #ended(connection: StackConnection): void {
    this.#remove(connection);
    const { ending } = connection.actor.getSnapshot().output!;
    this.#observer?.ended(connection, ending);
    connection.ended(ending);
  }

  #remove(connection: StackConnection): void {
    if (!this.table.delete(connection)) return;
    this.#waiting.delete(connection);
    if (this.#byId.get(connection.id) === connection) this.#byId.delete(connection.id);
    this.#host.forget(connection);
  }
}
