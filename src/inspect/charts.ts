/** The charts' events in the schema of `@statelyai/inspect`, made by its own `createInspector(adapter)`. */

import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import type { EventObject } from 'xstate';
import { connectionMachine, interfaceMachine, listenerMachine } from '../../machines/index.ts';
import type { ChartDefinition } from './protocol.ts';

export type { StatelyInspectionEvent } from '@statelyai/inspect';

/** Where and when an event of the charts happened: what Stately's package would take from the host. */
export interface StatelyPlace {
  /** A number of its own. */
  readonly order: number;
  /** Milliseconds, since 1970 where that is known. */
  readonly createdMs: number;
  /** The actor, and the root of its system, by our names. */
  readonly actor: string;
  readonly root: string;
}

export interface StatelySnapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
}

let made: StatelyInspectionEvent | undefined;
/** An adapter sends what it is handed somewhere; here it is only picked up, since a log is to hold it. */
const stately = createInspector({
  send: (event) => {
    made = event;
  },
});

function place(event: StatelyInspectionEvent | undefined, at: StatelyPlace): StatelyInspectionEvent {
  // In place of what the package takes from the wall clock and the host's chance: runs have to repeat.
  return {
    ...event!,
    id: String(at.order),
    createdAt: String(at.createdMs),
    rootId: at.root,
    sessionId: at.actor,
  };
}

/** `@xstate.actor`. The definition is left out: there are few charts and many actors, see {@link withDefinition}. */
export function statelyActor(
  at: StatelyPlace,
  parent: string | undefined,
  snapshot: StatelySnapshot,
): StatelyInspectionEvent {
  stately.actor(at.actor, snapshot);
  const event = place(made, at);
  return { ...event, name: at.actor, parentId: parent, definition: undefined } as StatelyInspectionEvent;
}

/** `@xstate.event`. */
export function statelyEvent(
  at: StatelyPlace,
  event: EventObject,
  source: string | undefined,
): StatelyInspectionEvent {
  stately.event(at.actor, event, source === undefined ? {} : { source });
  return place(made, at);
}

/** `@xstate.snapshot`. */
export function statelySnapshot(
  at: StatelyPlace,
  snapshot: StatelySnapshot,
  event: EventObject,
): StatelyInspectionEvent {
  stately.snapshot(at.actor, snapshot, { event });
  return place(made, at);
}

/** Of an actor event, the one that Stately's own clients want: with the chart in it, as text. */
export function withDefinition(event: StatelyInspectionEvent, chart: string): StatelyInspectionEvent {
  const definition = definitionTexts().get(chart);
  return event.type === '@xstate.actor' && definition !== undefined ? { ...event, definition } : event;
}

/** The charts that a stack's actors run. Functions are left out of them; names of guards, actions and delays are not. */
export function chartDefinitions(): readonly ChartDefinition[] {
  return [...definitionTexts()].map(([chart, text]) => ({ chart, definition: JSON.parse(text) }));
}

let texts: ReadonlyMap<string, string> | undefined;

function definitionTexts(): ReadonlyMap<string, string> {
  texts ??= new Map(
    [interfaceMachine, listenerMachine, connectionMachine].map(({ config }) => [
      String(config.id),
      JSON.stringify(config),
    ]),
  );
  return texts;
}
