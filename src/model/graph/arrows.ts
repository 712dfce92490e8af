/** A chart's arrows, one by one, read from the machine's definition; and which of them a run has taken. */

import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { connectionMachine, interfaceMachine, listenerMachine } from '../../../machines/index.ts';

export const CHARTS = {
  connection: connectionMachine as unknown as AnyStateMachine,
  listener: listenerMachine as unknown as AnyStateMachine,
  interface: interfaceMachine as unknown as AnyStateMachine,
} as const;

export type ChartName = keyof typeof CHARTS;
export const CHART_NAMES = Object.keys(CHARTS) as ChartName[];

/** One transition: guarded ones with the same event are arrows of their own. */
export interface ChartArrow {
  /** `chart: source event → target`, with a number behind it where that alone is not unique. */
  readonly id: string;
  /** The state that holds it, as a path in the chart. */
  readonly source: string;
  /** The event as it is written: a label, `after` and a delay's name, or `always`. */
  readonly event: string;
  readonly guard: string | undefined;
  /** The state that it leads to; undefined for one that stays and only acts. */
  readonly target: string | undefined;
  readonly reenter: boolean;
  readonly actions: readonly string[];
  /** What the chart says of it: the RFC's paragraph. */
  readonly description: string;
}

export interface ChartState {
  readonly path: string;
  readonly name: string;
  /** The state around it. */
  readonly parent: string | undefined;
  readonly description: string;
  readonly type: AnyStateNode['type'];
  /** Where a state with states in it begins. */
  readonly initial: string | undefined;
  readonly entry: readonly string[];
  readonly exit: readonly string[];
}

/** A chart's states, outer ones before those in them. The first stands for the chart itself. */
export function statesOf(chart: ChartName): readonly ChartState[] {
  return [...nodesOf(CHARTS[chart].root)].map((node) => ({
    path: pathOf(node),
    name: node.path.at(-1) ?? chart,
    parent: node.parent && pathOf(node.parent),
    description: node.description ?? '',
    type: node.type,
    initial: node.type === 'compound' ? pathOf(node.initial.target[0]!) : undefined,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
  }));
}

/** All arrows of a chart, those of the timers' regions included. */
export function arrowsOf(chart: ChartName): readonly ChartArrow[] {
  return [...identified(chart).values()];
}

/** Counts the arrows that machines take; give `inspect` to a stack. */
export class ArrowsTaken {
  readonly #counts = new Map<string, number>();

  /** For XState's inspection. */
  readonly inspect = (event: { readonly type: string }): void => {
    if (event.type !== '@xstate.microstep') return;
    const { _transitions } = event as unknown as { _transitions: readonly AnyTransitionDefinition[] };
    for (const transition of _transitions) {
      const id = idOfTaken(transition);
      if (id !== undefined) this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
  };

  /** How often each arrow of the chart was taken, in the order of the chart. */
  of(chart: ChartName): readonly { readonly arrow: ChartArrow; readonly count: number }[] {
    return arrowsOf(chart).map((arrow) => ({ arrow, count: this.#counts.get(arrow.id) ?? 0 }));
  }
}

const BY_ROOT: ReadonlyMap<string, ChartName> = new Map(CHART_NAMES.map((name) => [CHARTS[name].id, name]));

/** A machine that was given other actions has nodes of its own; ids, events and order are the same. */
function idOfTaken(transition: AnyTransitionDefinition): string | undefined {
  const { source } = transition;
  const chart = BY_ROOT.get(source.machine.id);
  return chart && identified(chart).get(placeOf(transition))?.id;
}

const made = new Map<ChartName, ReadonlyMap<string, ChartArrow>>();

function identified(chart: ChartName): ReadonlyMap<string, ChartArrow> {
  const known = made.get(chart);
  if (known) return known;
  const arrows = new Map<string, ChartArrow>();
  const ids = new Map<string, number>();
  for (const node of nodesOf(CHARTS[chart].root)) {
    for (const transition of transitionsOf(node)) {
      const [target] = transition.target ?? [];
      const event = eventName(transition.eventType);
      const name = `${chart}: ${pathOf(node)} ${event} → ${target ? pathOf(target) : 'stays'}`;
      const count = (ids.get(name) ?? 0) + 1;
      ids.set(name, count);
      arrows.set(placeOf(transition), {
        id: count === 1 ? name : `${name} (${count})`,
        source: pathOf(node),
        event,
        guard: transition.guard === undefined ? undefined : nameOf(transition.guard),
        target: target && pathOf(target),
        reenter: transition.reenter,
        actions: transition.actions.map(nameOf),
        description: transition.description ?? '',
      });
    }
  }
  made.set(chart, arrows);
  return arrows;
}

function placeOf(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const beside = eventType === '' ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);
  const at = beside.findIndex((each) => each === transition || sameDefinition(each, transition));
  return `${source.id} ${eventType} ${at}`;
}

function sameDefinition(a: AnyTransitionDefinition, b: AnyTransitionDefinition): boolean {
  return a.description === b.description && a.guard === b.guard && a.target?.[0]?.id === b.target?.[0]?.id;
}

function* transitionsOf(node: AnyStateNode): Generator<AnyTransitionDefinition> {
  for (const transitions of node.transitions.values()) yield* transitions;
  yield* node.always ?? [];
}

function* nodesOf(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesOf(child);
}

/** The state's name with those around it that are needed: the chart's own name for the root. */
export function pathOf(node: AnyStateNode): string {
  return node.path.length === 0 ? node.machine.id : node.path.join('.');
}

function eventName(type: string): string {
  if (type === '') return 'always';
  return type.startsWith('xstate.after.') ? `after ${type.split('.')[2]}` : type;
}

function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  const { type, name } = named as { readonly type?: string; readonly name?: string };
  return type ?? name ?? '?';
}
