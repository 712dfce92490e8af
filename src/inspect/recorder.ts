/**
 * Watches one stack, and writes what it does to the log: frames by its taps, calls by its call observers, actors by XState's
 * own inspection, losses by the impaired device. While it is stopped nothing of that is attached.
 */

import type { AnyTransitionDefinition, EventObject, InspectionEvent } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/index.ts';
import type { Frame } from '../net/device.ts';
import type { ImpairedDevice } from '../net/impairments.ts';
import type { StackCall } from '../stack/calls.ts';
import type { StackConnection } from '../stack/connection.ts';
import type { StackListener } from '../stack/listener.ts';
import type { TcpStack } from '../stack/stack.ts';
import { viewCall } from './call-view.ts';
import { type StatelyPlace, statelyActor, statelyEvent, statelySnapshot } from './charts.ts';
import { FrameRecorder } from './frame-recorder.ts';
import type { Log } from './log.ts';
import { describeEvent } from './mask.ts';
import { Names } from './names.ts';
import type { ChartValue, Envelope, TimerName } from './protocol.ts';
import { viewConnection, viewListener } from './snapshot.ts';
import { type Since, UNKNOWN_SINCE, viewTcb } from './tcb-view.ts';
import { firedTimer, timerChanges } from './timers.ts';

/** What all recorders of a run share. */
export interface RecorderHost {
  readonly log: Log;
  /** What time of day the clock's 0 is, in milliseconds since 1970; 0 where nobody knows. */
  readonly epochMs: number;
  numberOf(frame: Frame): number;
  happened(what: 'frame' | 'timer', host: string): void;
}

interface ActorLike {
  readonly id: string;
  readonly _parent?: ActorLike | undefined;
  readonly logic?: unknown;
}

/** A connection that is watched. */
export interface Watched {
  readonly name: string;
  readonly connection: StackConnection;
  snapshot: ConnectionSnapshot;
  since: Since;
  readonly openedMs: number | undefined;
  /** The last segment with text that was received: what an old duplicate can be made of. */
  lastText: Frame | undefined;
}

export class Recorder {
  readonly host: string;
  readonly stack: TcpStack;
  readonly names = new Names();
  /** Those that have a TCB, by name. */
  readonly connections = new Map<string, Watched>();
  readonly #shared: RecorderHost;
  readonly #frames: FrameRecorder;
  readonly #watched = new Map<ActorLike, Watched>();
  readonly #listeners = new Map<ActorLike, StackListener>();
  readonly #values = new WeakMap<ActorLike, unknown>();
  readonly #fired = new Map<ActorLike, TimerName>();
  #counters: Readonly<Record<string, number>> = {};
  #detach: (() => void)[] = [];

  constructor(host: string, stack: TcpStack, impaired: ImpairedDevice | undefined, shared: RecorderHost) {
    this.host = host;
    this.stack = stack;
    this.#shared = shared;
    // The first name, whoever asks first: names are the same whenever the run is.
    this.names.of(stack.root);
    this.#frames = new FrameRecorder(
      { host, stack, impaired, names: this.names, shared },
      (connection, frame) => {
        const watched = this.#watched.get(connection.actor);
        if (watched) watched.lastText = frame;
      },
    );
  }

  /** Attaches to all that tells of the stack. */
  start(): void {
    const { stack } = this;
    for (const connection of stack.table) this.#watch(connection, connection.actor.getSnapshot(), undefined);
    for (const listener of stack.listeners) this.#listeners.set(listener.actor, listener);
    for (const { actor } of [{ actor: stack.root }, ...stack.listeners])
      this.#values.set(actor, actor.getSnapshot().value);
    this.#counters = { ...stack.counters };
    const inspection = stack.root.system.inspect((event) => this.#inspected(event));
    this.#detach = [
      () => inspection.unsubscribe(),
      this.#frames.start(),
      stack.calls.add({
        begins: (call) => this.#called(call),
        ends() {},
        listening: (listener) => this.#listening(listener),
      }),
    ];
  }

  stop(): void {
    for (const detach of this.#detach.splice(0)) detach();
    this.#watched.clear();
    this.connections.clear();
    this.#listeners.clear();
    this.#fired.clear();
  }

  /** Logs the counters that have changed since the last time. */
  sampleCounters(): void {
    const { counters } = this.stack;
    const changed: Record<string, number> = {};
    for (const name in counters)
      if (counters[name] !== this.#counters[name]) changed[name] = counters[name] ?? 0;
    if (Object.keys(changed).length === 0) return;
    this.#counters = { ...counters };
    // Whole, since an earlier one may have been coalesced into this one.
    const all = this.#counters;
    this.#add((place) => ({ ...place, kind: 'counters', host: this.host, counters: all }), {
      subject: `counters ${this.host}`,
    });
  }

  #add(make: Parameters<Log['add']>[1], about?: Parameters<Log['add']>[2]): void {
    const { log } = this.#shared;
    const timeMs = this.stack.clock.now();
    log.add(timeMs, ({ order }, payload) => make({ order, timeMs }, payload), about);
  }

  // --------------------------------------------------------------------------------------------------------- calls

  #called(call: StackCall): void {
    const view = viewCall(call, this.names);
    if (view) this.#add((place) => ({ ...place, kind: 'call', host: this.host, ...view }));
  }

  #listening(listener: StackListener): void {
    this.#listeners.set(listener.actor, listener);
    const view = viewListener(this.host, listener, this.names);
    this.#add((place) => ({ ...place, kind: 'listener.opened', host: this.host, view }), {
      subject: `listener ${view.listener}`,
      opens: true,
    });
  }

  // -------------------------------------------------------------------------------------------------------- charts

  #inspected(event: InspectionEvent): void {
    const actor = event.actorRef as unknown as ActorLike;
    switch (event.type) {
      case '@xstate.event':
        return this.#event(actor, event.event, event.sourceRef as unknown as ActorLike | undefined);
      case '@xstate.microstep':
        return this.#microstep(actor, event.event.type, event._transitions, event.snapshot);
      case '@xstate.snapshot':
        return this.#snapshot(actor, event.snapshot as unknown as ConnectionSnapshot, event.event);
      case '@xstate.actor':
        return this.#actor(actor);
    }
  }

  #actor(actor: ActorLike): void {
    const about = this.#about(actor);
    const parent = actor._parent ? this.#session(actor._parent) : undefined;
    this.#add((place) => ({
      ...place,
      kind: 'chart.actor',
      ...about,
      chart: chartOf(actor),
      inspection: statelyActor(this.#place(place, actor), parent, { status: 'active' }),
    }));
  }

  #event(actor: ActorLike, event: EventObject, source: ActorLike | undefined): void {
    const fired = event.type.startsWith('xstate.after.') ? this.#watched.get(actor) : undefined;
    if (fired) this.#timerFires(actor, fired, event.type);
    const about = this.#about(actor);
    const from = source ? this.#session(source) : undefined;
    this.#add((place) => ({
      ...place,
      kind: 'chart.event',
      ...about,
      inspection: statelyEvent(this.#place(place, actor), describeEvent(event), from),
    }));
  }

  #microstep(
    actor: ActorLike,
    event: string,
    transitions: readonly AnyTransitionDefinition[],
    snapshot: unknown,
  ): void {
    if (transitions.length === 0) return;
    const about = this.#about(actor);
    const { value } = snapshot as { readonly value: ChartValue };
    this.#add((place) => ({
      ...place,
      kind: 'chart.microstep',
      ...about,
      event,
      arrows: transitions.map(({ source, target, description }) => ({
        source: source.id,
        targets: (target ?? []).map(({ id }) => id),
        description: description ?? null,
      })),
      value,
    }));
  }

  #snapshot(actor: ActorLike, snapshot: ConnectionSnapshot, event: EventObject): void {
    const chart = chartOf(actor);
    if (chart === 'tcp') this.#connectionStepped(actor, snapshot);
    const value = snapshot.status === 'active' ? snapshot.value : snapshot.status;
    if (this.#values.get(actor) !== value) {
      this.#values.set(actor, value);
      this.#chartSnapshot(actor, chart, snapshot, event);
    }
    if (chart === 'listener') this.#listenerStepped(actor, snapshot);
  }

  #chartSnapshot(actor: ActorLike, chart: string, snapshot: ConnectionSnapshot, event: EventObject): void {
    const about = this.#about(actor);
    const since = this.#watched.get(actor)?.since ?? UNKNOWN_SINCE;
    this.#add((place) => {
      const { status, value, context } = snapshot;
      const shown = chart === 'tcp' ? { tcb: viewTcb(snapshot, since), ending: context.ending } : {};
      return {
        ...place,
        kind: 'chart.snapshot',
        ...about,
        inspection: statelySnapshot(
          this.#place(place, actor),
          { status, value, context: shown },
          describeEvent(event),
        ),
      };
    });
  }

  // --------------------------------------------------------------------------------------------------- connections

  #watch(connection: StackConnection, snapshot: ConnectionSnapshot, openedMs: number | undefined): Watched {
    const name = this.names.of(connection.actor);
    const watched: Watched = {
      name,
      connection,
      snapshot,
      since: UNKNOWN_SINCE,
      openedMs,
      lastText: undefined,
    };
    this.#watched.set(connection.actor, watched);
    this.#values.set(connection.actor, snapshot.value);
    this.connections.set(name, watched);
    return watched;
  }

  #connectionStepped(actor: ActorLike, snapshot: ConnectionSnapshot): void {
    const watched = this.#watched.get(actor);
    if (!watched) return this.#connectionOpened(actor, snapshot);
    const before = watched.snapshot;
    watched.snapshot = snapshot;
    if (snapshot.status === 'error') return this.#connectionEnded(actor, watched, 'crashed');
    watched.since = sinceAfter(watched.since, before, snapshot);
    const fired = this.#fired.get(actor);
    if (fired !== undefined) this.#fired.delete(actor);
    for (const change of timerChanges(before, snapshot, fired)) {
      this.#add((place) => ({
        ...place,
        kind: 'timer',
        host: this.host,
        connection: watched.name,
        ...change,
      }));
    }
    if (snapshot.status === 'done')
      return this.#connectionEnded(actor, watched, snapshot.output?.ending ?? 'aborted');
    const { name, since } = watched;
    this.#add(
      (place) => ({
        ...place,
        kind: 'tcb',
        host: this.host,
        connection: name,
        tcb: viewTcb(snapshot, since),
      }),
      { subject: name },
    );
  }

  #connectionOpened(actor: ActorLike, snapshot: ConnectionSnapshot): void {
    const connection = this.stack.connectionOf(actor.id);
    if (!connection || (connection.actor as ActorLike) !== actor) return;
    const watched = this.#watch(connection, snapshot, this.stack.clock.now());
    const { name, openedMs } = watched;
    this.#values.delete(actor);
    this.#add(
      (place): Envelope => ({
        ...place,
        kind: 'connection.opened',
        host: this.host,
        connection: name,
        view: viewConnection(this.host, { name, connection, snapshot, since: UNKNOWN_SINCE, openedMs }),
      }),
      { subject: name, opens: true },
    );
  }

  #connectionEnded(
    actor: ActorLike,
    watched: Watched,
    how: ConnectionSnapshot['context']['ending'] | 'crashed',
  ): void {
    const { name, since, snapshot } = watched;
    this.#watched.delete(actor);
    this.connections.delete(name);
    this.#add(
      (place) => ({
        ...place,
        kind: 'connection.ended',
        host: this.host,
        connection: name,
        how,
        tcb: viewTcb(snapshot, since),
      }),
      { subject: name, ends: name },
    );
  }

  #timerFires(actor: ActorLike, watched: Watched, type: string): void {
    const fired = firedTimer(type, watched.snapshot, this.stack.clock.now());
    if (!fired) return;
    this.#fired.set(actor, fired.timer);
    this.#shared.happened('timer', this.host);
    this.#add((place) => ({
      ...place,
      kind: 'timer',
      host: this.host,
      connection: watched.name,
      ...fired,
    }));
  }

  // ----------------------------------------------------------------------------------------------------- listeners

  #listenerStepped(actor: ActorLike, snapshot: unknown): void {
    const listener = this.#listeners.get(actor);
    if (!listener) return;
    const subject = `listener ${this.names.of(actor)}`;
    if ((snapshot as { value: unknown }).value === 'CLOSED') {
      this.#listeners.delete(actor);
      const name = this.names.of(actor);
      this.#add((place) => ({ ...place, kind: 'listener.ended', host: this.host, listener: name }), {
        subject,
        ends: name,
      });
      return;
    }
    const view = viewListener(this.host, listener, this.names);
    this.#add((place) => ({ ...place, kind: 'listener', host: this.host, view }), { subject });
  }

  #about(actor: ActorLike): {
    readonly host: string;
    readonly actor: string;
    readonly connection?: string;
  } {
    const name = this.names.of(actor);
    return chartOf(actor) === 'tcp'
      ? { host: this.host, actor: name, connection: name }
      : { host: this.host, actor: name };
  }

  #place(
    place: { readonly order: number; readonly timeMs: number },
    actor: { readonly id: string },
  ): StatelyPlace {
    return {
      order: place.order,
      createdMs: this.#shared.epochMs + place.timeMs,
      actor: this.#session(actor),
      root: this.#session(this.stack.root),
    };
  }

  /** What Stately calls a session: an actor's name, and whose stack it is in. */
  #session(actor: { readonly id: string }): string {
    return `${this.host} ${this.names.of(actor)}`;
  }
}

/** Connections run a logic of their own around the chart, so that they alone have no config. */
function chartOf(actor: ActorLike): string {
  return (actor.logic as { readonly config?: { readonly id?: string } }).config?.id ?? 'tcp';
}

function sinceAfter(since: Since, before: ConnectionSnapshot, after: ConnectionSnapshot): Since {
  const { context: old } = before;
  const { context } = after;
  const { nowMs, timers } = context.tcb;
  const isSendSame = timers.send === old.tcb.timers.send;
  const isAckSame = timers.ackDueMs === old.tcb.timers.ackDueMs;
  const isStateSame = context.armedStateMs === old.armedStateMs;
  if (isSendSame && isAckSame && isStateSame) return since;
  return {
    sendMs: isSendSame ? since.sendMs : nowMs,
    ackMs: isAckSame ? since.ackMs : nowMs,
    stateMs: isStateSame ? since.stateMs : nowMs,
  };
}
