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

/** The substate that the chart's present state is in, as `STATE.substate`; undefined where the state has none. */
function substateOf(value: StateValue): string | undefined {
  let inner = typeof value === 'string' ? undefined : value.open;
  if (typeof inner === 'object') inner = inner.connection;
  while (typeof inner === 'object') {
    const key: string = Object.keys(inner)[0]!;
    if (names.has(key)) return `${key}.${inner[key] as string}`;
    inner = inner[key];
  }
  return undefined;
}

function* within(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* within(child);
}

function* around(node: AnyStateNode): Generator<AnyStateNode> {
  for (let at: AnyStateNode | undefined = node; at; at = at.parent) yield at;
}

type Leads = Map<string, State>;

/** Where the arrows of these nodes lead; the ones of a node that comes first hide those of a later one. */
function read(nodes: Iterable<AnyStateNode>, byState: ReadonlyMap<State, Leads>): Leads {
  const leads: Leads = new Map();
  for (const node of nodes) {
    for (const [event, transitions] of node.transitions) {
      // With guards, the last arrow is the one that is taken where none of them holds.
      const taken = transitions[transitions.length - 1];
      const target = named(taken?.target?.[0]);
      if (target === undefined || leads.has(event)) continue;
      // An arrow that raises a label of its own (a CLOSE that was queued) leads on by that one's arrow.
      const raised = raisedBy(taken?.actions ?? []);
      leads.set(event, (raised === undefined ? undefined : byState.get(target)?.get(raised)) ?? target);
    }
  }
  return leads;
}

function raisedBy(actions: readonly unknown[]): string | undefined {
  const raise = actions.find((action) => (action as { type?: string }).type === 'xstate.raise');
  return (raise as { readonly event: { readonly type: string } } | undefined)?.event.type;
}

/** A connection chart's arrows: the chart that runs, or one that differs from it. */
export interface ChartArrows {
  /** Where the arrow with this label leads, or undefined where the state has none in any of its substates. */
  readonly anywhere: Arrows;
  /** The same for a chart that is in `value`: of the present state's arrows those of its substate. */
  in(value: StateValue): Arrows;
}

export function chartArrowsOf(chart: AnyStateMachine): ChartArrows {
  const byState = new Map<State, Leads>();
  const bySubstate = new Map<string, Arrows>();
  const nodes = [...within(chart.root)].filter(({ key }) => names.has(key));
  for (const node of nodes) byState.set(node.key as State, read([...within(node), ...around(node)], byState));
  for (const node of nodes) {
    for (const [key, substate] of Object.entries(node.states)) {
      const leads = read(around(substate), byState);
      const arrows: Arrows = (state, label) =>
        state === node.key ? leads.get(label) : byState.get(state)?.get(label);
      bySubstate.set(`${node.key}.${key}`, arrows);
    }
  }
  const anywhere: Arrows = (state: State, label: Label) => byState.get(state)?.get(label);
  return {
    anywhere,
    in(value) {
      const substate = substateOf(value);
      return (substate === undefined ? undefined : bySubstate.get(substate)) ?? anywhere;
    },
  };
}

export const arrowsOf = (chart: AnyStateMachine): Arrows => chartArrowsOf(chart).anywhere;

export const arrows: Arrows = arrowsOf(connectionMachine);
