/** Writes the charts' own events to the log, as XState's inspection tells of them. */

import type { AnyTransitionDefinition, EventObject } from 'xstate';
import type { ConnectionSnapshot } from '../../machines/index.ts';
import { type StatelyPlace, statelyActor, statelyEvent, statelySnapshot } from './charts.ts';
import { describeEvent } from './mask.ts';
import type { ChartValue } from './protocol.ts';
import { type Since, viewTcb } from './tcb-view.ts';
import type { ActorLike, WatchedHost } from './watched-host.ts';

interface Place {
  readonly order: number;
  readonly timeMs: number;
}

export class ChartRecorder {
  readonly #host: WatchedHost;
  /** The last state value told of. */
  readonly #values = new WeakMap<ActorLike, unknown>();

  constructor(host: WatchedHost) {
    this.#host = host;
  }

  /** The state that an actor is in is known to viewers. */
  knows(actor: ActorLike, value: unknown): void {
    this.#values.set(actor, value);
  }

  actor(actor: ActorLike): void {
    const about = this.#about(actor);
    const parent = actor._parent ? this.#session(actor._parent) : undefined;
    this.#host.add((place) => ({
      ...at(place),
      kind: 'chart.actor',
      ...about,
      chart: chartOf(actor),
      inspection: statelyActor(this.#place(place, actor), parent, { status: 'active' }),
    }));
  }

  event(actor: ActorLike, event: EventObject, source: ActorLike | undefined): void {
    const about = this.#about(actor);
    const from = source ? this.#session(source) : undefined;
    this.#host.add((place) => ({
      ...at(place),
      kind: 'chart.event',
      ...about,
      inspection: statelyEvent(this.#place(place, actor), describeEvent(event), from),
    }));
  }

  microstep(
    actor: ActorLike,
    event: string,
    transitions: readonly AnyTransitionDefinition[],
    snapshot: unknown,
  ): void {
    if (transitions.length === 0) return;
    const about = this.#about(actor);
    const { value } = snapshot as { readonly value: ChartValue };
    this.#host.add((place) => ({
      ...at(place),
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

  /** @param since of a connection's timers */
  snapshot(actor: ActorLike, snapshot: ConnectionSnapshot, event: EventObject, since: Since): void {
    const { status, value, context } = snapshot;
    const now = status === 'active' ? value : status;
    if (this.#values.get(actor) === now) return;
    this.#values.set(actor, now);
    const about = this.#about(actor);
    const isConnection = chartOf(actor) === 'tcp';
    this.#host.add((place) => ({
      ...at(place),
      kind: 'chart.snapshot',
      ...about,
      inspection: statelySnapshot(
        this.#place(place, actor),
        {
          status,
          value,
          context: isConnection ? { tcb: viewTcb(snapshot, since), ending: context.ending } : {},
        },
        describeEvent(event),
      ),
    }));
  }

  #about(actor: ActorLike): {
    readonly host: string;
    readonly actor: string;
    readonly connection?: string;
  } {
    const host = this.#host.name;
    const name = this.#host.names.of(actor);
    return chartOf(actor) === 'tcp' ? { host, actor: name, connection: name } : { host, actor: name };
  }

  #place({ order, timeMs }: Place, actor: ActorLike): StatelyPlace {
    const { shared, stack } = this.#host;
    return {
      order,
      createdMs: shared.epochMs + timeMs,
      actor: this.#session(actor),
      root: this.#session(stack.root),
    };
  }

  /** What Stately calls a session: an actor's name, and whose stack it is in. */
  #session(actor: ActorLike): string {
    return `${this.#host.name} ${this.#host.names.of(actor)}`;
  }
}

/** Of an entry, or of anything with a place, the place alone. */
export function at({ order, timeMs }: Place): Place {
  return { order, timeMs };
}

/** Connections run a logic of their own around the chart, so that they alone have no config. */
export function chartOf(actor: ActorLike): string {
  return (actor.logic as { readonly config?: { readonly id?: string } }).config?.id ?? 'tcp';
}
