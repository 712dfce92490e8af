/**
 * The connection chart as a graph to draw: read from the machines' own definitions, so that nothing is drawn that the stack
 * does not do, and nothing that it does is left out.
 */

import { type AnyStateMachine, type AnyStateNode, createMachine } from 'xstate';
import { connectionMachine, listenerMachine } from '../../../machines/index.ts';
import type { ChartDefinition } from '../../../src/inspect/protocol.ts';
import { STATES } from '../../../src/tcp/state.ts';
import { arrowId, eventName, GROUP } from './names.ts';

export interface ChartArrow {
  /** `from event to`: what layouts, visit counts and links name the arrow by. */
  readonly id: string;
  readonly from: string;
  readonly event: string;
  readonly to: string;
  /** What the machine says of it: the RFC's paragraph. One entry for each of the guarded transitions that it stands for. */
  readonly descriptions: readonly string[];
}

export interface ChartState {
  readonly name: string;
  readonly description: string;
  readonly substates: readonly string[];
}

export interface TimerRegion {
  readonly name: string;
  readonly description: string;
  readonly states: readonly { readonly name: string; readonly description: string }[];
}

export interface ChartGraph {
  readonly states: readonly ChartState[];
  readonly arrows: readonly ChartArrow[];
  readonly timers: readonly TimerRegion[];
}

const names: ReadonlySet<string> = new Set([...STATES, GROUP]);

/** Reads both charts. Other machines than the project's own are for tests. */
export function readChart(
  connection: AnyStateMachine = connectionMachine,
  listener: AnyStateMachine = listenerMachine,
): ChartGraph {
  const arrows = new Map<string, ChartArrow>();
  const states = new Map<string, ChartState>();
  const add = (from: string, event: string, to: string, description: string): void => {
    const id = arrowId(from, event, to);
    const known = arrows.get(id);
    arrows.set(id, { id, from, event, to, descriptions: [...(known?.descriptions ?? []), description] });
  };

  readListener(listener, add, states);
  const open = connection.root.states.open;
  const region = open?.states.connection;
  if (region) {
    for (const node of within(region)) {
      if (names.has(node.key)) states.set(node.key, stateOf(node));
      readNode(node, add);
    }
  }
  const timers = Object.values(open?.states ?? {}).filter((node) => node.key !== 'connection');
  return { states: [...states.values()], arrows: [...arrows.values()], timers: timers.map(regionOf) };
}

/**
 * The graph of the charts that a session told of: of another version of the stack they may have other arrows than the page's
 * own. Those stand in for charts that were not told, or can't be read.
 */
export function chartOf(told: readonly ChartDefinition[]): ChartGraph {
  const machine = (id: string): AnyStateMachine | undefined => {
    const definition = told.find(({ chart }) => chart === id)?.definition;
    return definition && createMachine(definition as Parameters<typeof createMachine>[0]);
  };
  try {
    return readChart(machine(connectionMachine.id), machine(listenerMachine.id));
  } catch {
    return readChart();
  }
}

function stateOf(node: AnyStateNode): ChartState {
  const own = node.key === GROUP ? [] : Object.keys(node.states);
  return { name: node.key, description: node.description ?? '', substates: own };
}

function regionOf(node: AnyStateNode): TimerRegion {
  const states = Object.values(node.states);
  return {
    name: node.key,
    description: node.description ?? '',
    states: states.map((state) => ({ name: state.key, description: state.description ?? '' })),
  };
}

type Add = (from: string, event: string, to: string, description: string) => void;

function readNode(node: AnyStateNode, add: Add): void {
  const from = named(node);
  if (from !== undefined) {
    for (const [event, transitions] of node.transitions) {
      for (const transition of transitions) {
        const to = named(transition.target?.[0]) ?? from;
        add(from, eventName(event), to, transition.description ?? '');
      }
    }
  }
  for (const transition of node.always ?? []) {
    const to = named(transition.target?.[0]);
    if (to === undefined) continue;
    // Where a connection's life begins: spawned by the listener, which is in LISTEN, or opened from CLOSED.
    const spawned = transition.guard === 'openedByTheirSyn';
    if (from === undefined) {
      add(spawned ? 'LISTEN' : 'CLOSED', spawned ? 'rcv.SYN' : 'open', to, transition.description ?? '');
    } else add(from, 'always', to, transition.description ?? '');
  }
}

function readListener(listener: AnyStateMachine, add: Add, states: Map<string, ChartState>): void {
  for (const name of ['CLOSED', 'LISTEN']) {
    states.set(name, { name, description: listener.root.description ?? '', substates: [] });
  }
  add('CLOSED', 'listen', 'LISTEN', '3.10.1: passive OPEN');
  for (const [event, transitions] of listener.root.states.LISTEN?.transitions ?? []) {
    for (const transition of transitions) {
      const description = transition.description ?? '';
      const to = named(transition.target?.[0]);
      if (to !== undefined) add('LISTEN', event, to, description);
      // The listener stays in LISTEN and a connection of its own goes on: in figure 5 that is an arrow.
      else if (description.includes('LISTEN → SYN-SENT')) add('LISTEN', event, 'SYN-SENT', description);
      else if (description.includes('begins in SYN-RECEIVED'))
        add('LISTEN', event, 'SYN-RECEIVED', description);
    }
  }
}

function* within(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* within(child);
}

function named(node: AnyStateNode | undefined): string | undefined {
  for (let at = node; at; at = at.parent) {
    if (names.has(at.key)) return at.key;
  }
  return undefined;
}
