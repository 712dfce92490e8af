/**
 * The mutants of a chart: each arrow removed, and led to every other state of its region; each action dropped; each guard
 * negated; each start put elsewhere.
 */

import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** Where in a machine's config a mutant differs. */
export interface Place {
  /** The machine's id. */
  readonly machine: string;
  /** The keys of the states from the root to the one that holds the place. */
  readonly path: readonly string[];
  readonly slot: 'on' | 'after' | 'always' | 'entry' | 'exit' | 'initial';
  /** The event of an `on`, the delay of an `after`. */
  readonly key: string | undefined;
}

export type Change =
  | { readonly kind: 'remove'; readonly arrow: number }
  | { readonly kind: 'redirect'; readonly arrow: number; readonly target: string }
  | { readonly kind: 'negate guard'; readonly arrow: number; readonly guard: string }
  | { readonly kind: 'drop re-entry'; readonly arrow: number }
  /** `arrow` is undefined for an action on entry or exit. */
  | {
      readonly kind: 'drop action';
      readonly arrow: number | undefined;
      readonly action: number;
      readonly name: string;
    }
  | { readonly kind: 'start elsewhere'; readonly target: string };

/** A plain value: it goes to another process in an environment variable. */
export interface Mutant extends Place {
  readonly id: string;
  readonly change: Change;
}

/** An arrow as a config may write it. */
export interface ArrowConfig {
  readonly target?: string;
  readonly guard?: string;
  readonly reenter?: boolean;
  readonly actions?: unknown;
}

/** The parts of a state's config that mutants touch. */
export interface StateConfig {
  readonly id?: string;
  readonly type?: string;
  readonly initial?: string;
  readonly states?: Readonly<Record<string, StateConfig>>;
  readonly on?: Readonly<Record<string, ArrowConfig | readonly ArrowConfig[]>>;
  readonly after?: Readonly<Record<string, ArrowConfig | readonly ArrowConfig[]>>;
  readonly always?: ArrowConfig | readonly ArrowConfig[];
  readonly entry?: unknown;
  readonly exit?: unknown;
}

/** Every mutant of the machine, in the order of its config. */
export function mutantsOf(machine: AnyStateMachine): Mutant[] {
  return nodesOf(machine.root).flatMap((node) => [...mutantsAt(machine, node)]);
}

export function placeName({ machine, path, slot, key }: Place): string {
  return [machine, ...path].join('.') + (key === undefined ? ` ${slot}` : ` ${slot} ${key}`);
}

export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as T];
}

function* mutantsAt(machine: AnyStateMachine, node: AnyStateNode): Generator<Mutant> {
  const config = node.config as StateConfig;
  const at = { machine: machine.id, path: node.path };
  if (config.initial !== undefined) {
    const place: Place = { ...at, slot: 'initial', key: undefined };
    for (const key of Object.keys(node.states))
      if (key !== config.initial && node.states[key]!.type !== 'final')
        yield mutant(place, { kind: 'start elsewhere', target: key });
  }
  for (const slot of ['entry', 'exit'] as const)
    yield* dropped({ ...at, slot, key: undefined }, undefined, config[slot]);
  for (const [place, arrows] of arrowsAt(at, config)) {
    for (const [arrow, written] of arrows.entries()) {
      yield mutant(place, { kind: 'remove', arrow }, arrows.length);
      for (const target of targetsFor(machine, node, written.target))
        yield mutant(place, { kind: 'redirect', arrow, target }, arrows.length);
      if (written.guard !== undefined)
        yield mutant(place, { kind: 'negate guard', arrow, guard: written.guard }, arrows.length);
      if (written.reenter && leadsBack(node, written.target))
        yield mutant(place, { kind: 'drop re-entry', arrow }, arrows.length);
      yield* dropped(place, arrow, written.actions, arrows.length);
    }
  }
}

function* arrowsAt(
  at: Pick<Place, 'machine' | 'path'>,
  config: StateConfig,
): Generator<[Place, readonly ArrowConfig[]]> {
  for (const slot of ['on', 'after'] as const)
    for (const [key, arrows] of Object.entries(config[slot] ?? {}))
      yield [{ ...at, slot, key }, listOf<ArrowConfig>(arrows)];
  if (config.always !== undefined)
    yield [{ ...at, slot: 'always', key: undefined }, listOf<ArrowConfig>(config.always)];
}

function* dropped(place: Place, arrow: number | undefined, actions: unknown, arrows = 1): Generator<Mutant> {
  for (const [action, written] of listOf<unknown>(actions).entries())
    yield mutant(place, { kind: 'drop action', arrow, action, name: actionName(written) }, arrows);
}

function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, params } = action as { type: string; params?: unknown };
  const written = typeof params === 'object' ? ` ${Object.values(params as object).join(' ')}` : '';
  return `${type}${written}`;
}

/** Every state that an arrow of `node` could wrongly lead to: those of its region, and where else the region's arrows go. */
function targetsFor(machine: AnyStateMachine, node: AnyStateNode, written: string | undefined): string[] {
  const region = regionOf(node);
  const candidates = new Set(nodesOf(region).filter(isPlace));
  for (const inner of nodesOf(region))
    for (const transitions of inner.transitions.values())
      for (const target of transitions.flatMap((transition) => transition.target ?? []))
        if (isPlace(target)) candidates.add(target);
  // An arrow without a target stays where it is: one to its own state would be the same arrow.
  candidates.delete(written === undefined ? node : settled(resolve(node, written)));
  return [...candidates].map(({ path }) => [machine.id, ...path].join('.'));
}

/** A state where the chart can rest. */
function isPlace(node: AnyStateNode): boolean {
  return (node.type === 'atomic' || node.type === 'final') && !node.always?.length;
}

function regionOf(node: AnyStateNode): AnyStateNode {
  let at = node;
  while (at.parent && at.parent.type !== 'parallel') at = at.parent;
  return at;
}

/** Any other arrow leaves its state and enters another in any case. */
function leadsBack(node: AnyStateNode, written: string | undefined): boolean {
  return written !== undefined && nodesOf(node).includes(resolve(node, written));
}

/** The state in which entering `node` ends. */
function settled(node: AnyStateNode): AnyStateNode {
  const { initial } = node.config as StateConfig;
  return initial === undefined ? node : settled(node.states[initial]!);
}

function resolve(node: AnyStateNode, target: string): AnyStateNode {
  if (target.startsWith('#')) return node.machine.getStateNodeById(target);
  let at = node.parent ?? node;
  for (const key of target.split('.')) at = at.states[key]!;
  return at;
}

export function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}

function mutant(place: Place, change: Change, arrows = 1): Mutant {
  return { id: `${placeName(place)}: ${describe(change, arrows > 1)}`, ...place, change };
}

function describe(change: Change, several: boolean): string {
  const which = several && 'arrow' in change ? ` (arrow ${(change.arrow ?? 0) + 1})` : '';
  switch (change.kind) {
    case 'redirect':
    case 'start elsewhere':
      return `${change.kind} to ${shortName(change.target)}${which}`;
    case 'negate guard':
      return `negate ${change.guard}${which}`;
    case 'drop action':
      return `drop ${change.name}${which}`;
    default:
      return `${change.kind}${which}`;
  }
}

/** A state's own name, and that of the one around it where the RFC does not know the name. */
function shortName(target: string): string {
  const [name = '', around] = target.split('.').reverse();
  return around === undefined || /^[A-Z]/.test(name) ? name : `${around}.${name}`;
}
