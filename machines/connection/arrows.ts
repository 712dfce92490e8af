/**
 * The connection chart as the protocol functions see it: read from the machine's definition, so that it is written once.
 */

import type { AnyStateMachine, AnyStateNode, StateValue } from 'xstate';
import type { Arrows, Label, State } from '../../src/tcp/state.ts';
import { STATES } from '../../src/tcp/state.ts';
import { connectionMachine } from './connection.ts';

const names: ReadonlySet<string> = new Set(STATES);

/** The RFC's name for the chart's present state, whatever substates it is in. */
export function stateOf(value: StateValue): State {
  if (typeof value === 'string') return value as State;
  let inner = value.open;
  if (typeof inner === 'object') inner = inner.connection;
  while (typeof inner === 'object') {
    const key: string = Object.keys(inner)[0]!;
    if (names.has(key)) return key as State;
    inner = inner[key];
  }
  return inner as State;
}

/** The state that a node stands for: itself, or the nearest one around it that the RFC names. */
function named(node: AnyStateNode | undefined): State | undefined {
  for (let at = node; at; at = at.parent) if (names.has(at.key)) return at.key as State;
  return undefined;
}

/** Every node whose arrows count in the state: those within it, then those around it. */
function* nodesOf(node: AnyStateNode): Generator<AnyStateNode> {
  yield* within(node);
  for (let at = node.parent; at; at = at.parent) yield at;
}

function* within(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* within(child);
}

/** Where a connection chart's arrows lead: the chart that runs, or one that differs from it. */
export function arrowsOf(chart: AnyStateMachine): Arrows {
  const table = new Map<State, Map<string, State>>();
  for (const node of within(chart.root)) {
    if (!names.has(node.key)) continue;
    const arrows = new Map<string, State>();
    for (const around of nodesOf(node)) {
      for (const [event, transitions] of around.transitions) {
        // With guards, the last arrow is the one that is taken where none of them holds.
        const target = named(transitions[transitions.length - 1]?.target?.[0]);
        if (target !== undefined && !arrows.has(event)) arrows.set(event, target);
      }
    }
    table.set(node.key as State, arrows);
  }
  return (state: State, label: Label) => table.get(state)?.get(label);
}

/** Where the arrow with this label leads, or undefined where the state has none. */
export const arrows: Arrows = arrowsOf(connectionMachine);
