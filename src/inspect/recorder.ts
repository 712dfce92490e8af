/**
 * Watches one stack, and writes what it does to the log: frames by its taps, calls by its call observers, actors by XState's
 * own inspection, losses by the impaired device. While it is stopped or suspended, nothing of that is attached.
 */

import type { InspectionEvent } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/index.ts';
import type { ImpairedDevice } from '../net/impairments.ts';
import type { StackCall } from '../stack/calls.ts';
import type { TcpStack } from '../stack/stack.ts';
import { viewCall } from './call-view.ts';
import { at, ChartRecorder, chartOf } from './chart-recorder.ts';
import { ConnectionRecorder, type Watched } from './connection-recorder.ts';
import { FrameRecorder } from './frame-recorder.ts';
import { ListenerRecorder } from './listener-recorder.ts';
import { UNKNOWN_SINCE } from './tcb-view.ts';
import { type ActorLike, type RecorderHost, WatchedHost } from './watched-host.ts';

export class Recorder {
  readonly host: WatchedHost;
  readonly #charts: ChartRecorder;
  readonly #connections: ConnectionRecorder;
  readonly #listeners: ListenerRecorder;
  readonly #frames: FrameRecorder;
  #counters: Readonly<Record<string, number>> = {};
  #detach: (() => void)[] = [];
  /** How many frames had gone by when capture was suspended; undefined while it is not. */
  #suspendedAt: number | undefined;

  constructor(name: string, stack: TcpStack, impaired: ImpairedDevice | undefined, shared: RecorderHost) {
    this.host = new WatchedHost(name, stack, shared);
    this.#charts = new ChartRecorder(this.host);
    this.#connections = new ConnectionRecorder(this.host);
    this.#listeners = new ListenerRecorder(this.host);
    this.#frames = new FrameRecorder(this.host, impaired, (connection, frame) => {
      const watched = this.#connections.of(connection.actor);
      if (watched) watched.lastText = frame;
    });
  }

  /** Connections that have a TCB, by name. */
  get connections(): ReadonlyMap<string, Watched> {
    return this.#connections.byName;
  }

  /** Attaches to all that tells of the stack. */
  start(): void {
    const { stack } = this.host;
    this.#connections.start();
    this.#listeners.start();
    for (const { actor } of [{ actor: stack.root }, ...stack.listeners, ...stack.table])
      this.#charts.knows(actor, actor.getSnapshot().value);
    this.#counters = { ...stack.counters };
    this.#attach();
  }

  stop(): void {
    this.#suspendedAt = undefined;
    this.#release();
    this.#connections.stop();
    this.#listeners.stop();
  }

  /** More happens than anybody can be shown: nothing is captured until `resume`. */
  suspend(): void {
    if (this.#detach.length === 0) return;
    this.#release();
    this.#suspendedAt = this.#passed;
  }

  /** Goes on, with an entry that says how many frames have gone by, and with what is now. */
  resume(): void {
    if (this.#suspendedAt === undefined) return;
    const leftOut = this.#passed - this.#suspendedAt;
    this.#suspendedAt = undefined;
    const none = { now: [], opened: [], ended: [] };
    this.host.add(
      (place) => ({
        ...at(place),
        kind: 'gap',
        leftOut,
        coalesced: 0,
        fromOrder: place.order,
        toOrder: place.order,
        ...none,
      }),
      { weight: leftOut },
    );
    this.#connections.catchUp();
    this.#listeners.catchUp();
    this.#attach();
  }

  /** Logs gauges that nobody tells of by themselves, as far as they have changed since the last time. */
  sample(): void {
    this.#connections.tellStale();
    const { counters } = this.host.stack;
    let hasChanged = false;
    for (const name in counters) if (counters[name] !== this.#counters[name]) hasChanged = true;
    if (!hasChanged) return;
    // Whole, since an earlier one may have been coalesced into this one.
    const all = { ...counters };
    this.#counters = all;
    const { name: host } = this.host;
    this.host.add((place) => ({ ...at(place), kind: 'counters', host, counters: all }), {
      subject: `counters ${host}`,
    });
  }

  get #passed(): number {
    const { counters } = this.host.stack;
    return (counters['frames.in'] ?? 0) + (counters['frames.out'] ?? 0);
  }

  #attach(): void {
    const { stack } = this.host;
    const inspection = stack.root.system.inspect((event) => this.#inspected(event));
    this.#detach = [
      () => inspection.unsubscribe(),
      this.#frames.start(),
      stack.calls.add({
        begins: (call) => this.#called(call),
        ends() {},
        listening: (listener) => this.#listeners.opened(listener),
      }),
    ];
  }

  #release(): void {
    for (const detach of this.#detach.splice(0)) detach();
  }

  #called(call: StackCall): void {
    const { name: host, names } = this.host;
    const view = viewCall(call, names);
    if (view) this.host.add((place) => ({ ...at(place), kind: 'call', host, ...view }));
  }

  #inspected(event: InspectionEvent): void {
    const actor = event.actorRef as unknown as ActorLike;
    switch (event.type) {
      case '@xstate.event': {
        if (event.event.type.startsWith('xstate.after.')) {
          const watched = this.#connections.of(actor);
          if (watched) this.#connections.timerFires(watched, event.event.type);
        }
        this.#charts.event(actor, event.event, event.sourceRef as unknown as ActorLike | undefined);
        return;
      }
      case '@xstate.microstep':
        this.#charts.microstep(actor, event.event.type, event._transitions, event.snapshot);
        return;
      case '@xstate.snapshot': {
        const chart = chartOf(actor);
        const snapshot = event.snapshot as unknown as ConnectionSnapshot;
        if (chart === 'tcp') this.#connections.stepped(actor, snapshot);
        this.#charts.snapshot(
          actor,
          snapshot,
          event.event,
          this.#connections.of(actor)?.since ?? UNKNOWN_SINCE,
        );
        if (chart === 'listener') this.#listeners.stepped(actor, snapshot.value);
        return;
      }
      case '@xstate.actor':
        this.#charts.actor(actor);
    }
  }
}
