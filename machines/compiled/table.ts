/**
 * The table that a chart is compiled to: configuration × event type → arrows → actions and the next configuration. A line is
 * worked out when it is first needed, since most of them never are.
 */

import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
  EventObject,
  StateValue,
} from 'xstate';
import { type Holds, holdsOf, type Run, runOf } from './actions.ts';
import { initialNodes, moveOf, withoutConflicts } from './plan.ts';

/** Arrows that are taken together. */
export interface Taken {
  /** As inspection is told of them. */
  readonly transitions: readonly AnyTransitionDefinition[];
  /** Undefined where there are none. */
  readonly plan: Plan | undefined;
}

export interface Plan {
  readonly runs: readonly Run[];
  readonly next: Configuration;
  /** The chart ends here: what is still active is left. */
  readonly lastRuns: readonly Run[] | undefined;
}

/** States that are active together. */
export class Configuration {
  /** In XState's order. */
  readonly nodes: readonly AnyStateNode[];
  readonly tags: ReadonlySet<string>;
  readonly eventless: Line | undefined;
  readonly #value: StateValue;
  readonly #table: Table;
  readonly #lines = new Map<string, Line | undefined>();

  constructor(table: Table, nodes: readonly AnyStateNode[]) {
    this.#table = table;
    this.nodes = nodes;
    this.tags = new Set(nodes.flatMap(({ tags }) => tags));
    this.#value = valueAt(table.machine.root, nodes);
    const asked = eventlessAsked(table, nodes);
    this.eventless = asked && new Line(table, this, asked, true);
  }

  /** A new one for every snapshot, as XState's are: who watches sees by it that a step was taken. */
  get value(): StateValue {
    return typeof this.#value === 'string' ? this.#value : { ...this.#value };
  }

  /** Undefined where no arrow has this label. */
  line(type: string): Line | undefined {
    if (!this.#lines.has(type)) {
      // Not remembered for words that no arrow has: there may be ever more of them.
      if (!this.#table.hasLabel(type)) return undefined;
      const asked = askedOf(this.#table, this.#table.machine.root, this.nodes, type);
      this.#lines.set(type, asked && new Line(this.#table, this, asked, false));
    }
    return this.#lines.get(type);
  }
}

/** The states that are asked for an arrow: those within first, and one that is around them when they have none. */
interface Asked {
  readonly within: readonly Asked[];
  readonly arrows: readonly {
    readonly transition: AnyTransitionDefinition;
    readonly holds: Holds | undefined;
  }[];
}

/** One configuration and one event type. */
export class Line {
  readonly #table: Table;
  readonly #configuration: Configuration;
  readonly #asked: Asked;
  readonly #isEventless: boolean;
  /** Without guards there is one outcome; with them one for each that was met so far. */
  readonly #isFixed: boolean;
  readonly #outcomes: { readonly found: readonly AnyTransitionDefinition[]; readonly taken: Taken }[] = [];

  constructor(table: Table, configuration: Configuration, asked: Asked, isEventless: boolean) {
    this.#table = table;
    this.#configuration = configuration;
    this.#asked = asked;
    this.#isEventless = isEventless;
    this.#isFixed = !isGuarded(asked);
  }

  taken(snapshot: AnyMachineSnapshot, event: EventObject): Taken {
    if (this.#isFixed && this.#outcomes.length > 0) return this.#outcomes[0]!.taken;
    const found: AnyTransitionDefinition[] = [];
    ask(this.#asked, snapshot, event, found);
    for (const outcome of this.#outcomes) if (isSameList(outcome.found, found)) return outcome.taken;
    const taken = this.#takenOf(found);
    this.#outcomes.push({ found, taken });
    return taken;
  }

  #takenOf(found: readonly AnyTransitionDefinition[]): Taken {
    const kept = withoutConflicts(found, this.#configuration.nodes);
    const plan = kept.length > 0 ? this.#table.plan(this.#configuration, kept) : undefined;
    return { transitions: this.#isEventless ? kept : found, plan };
  }
}

export class Table {
  readonly machine: AnyStateMachine;
  readonly initial: Plan;
  readonly #labels = new Set<string>();
  readonly #wildcards = new Set<string>();
  readonly #byNodes = new WeakMap<readonly AnyStateNode[], Configuration>();
  readonly #byKey = new Map<string, Configuration>();

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    for (const node of within(machine.root)) {
      refuse(node);
      for (const label of node.transitions.keys())
        (label.endsWith('*') ? this.#wildcards : this.#labels).add(label);
    }
    const nodes = initialNodes(machine.root);
    this.initial = this.#planOf([], [], nodes, nodes);
  }

  /** The configuration that a snapshot is in. */
  of({ _nodes: nodes }: AnyMachineSnapshot): Configuration {
    return this.#byNodes.get(nodes) ?? this.#intern(nodes);
  }

  hasLabel(type: string): boolean {
    if (this.#labels.has(type)) return true;
    for (const wildcard of this.#wildcards) if (matches(wildcard, type)) return true;
    return false;
  }

  plan({ nodes: active }: Configuration, transitions: readonly AnyTransitionDefinition[]): Plan {
    const { exited, entered, nodes } = moveOf(active, transitions);
    const actions = transitions.flatMap((transition) => transition.actions as readonly unknown[]);
    return this.#planOf(exited, actions, entered, nodes);
  }

  #planOf(
    exited: readonly AnyStateNode[],
    actions: readonly unknown[],
    entered: readonly AnyStateNode[],
    nodes: readonly AnyStateNode[],
  ): Plan {
    const { machine } = this;
    const all = [...exited.flatMap(({ exit }) => exit), ...actions, ...entered.flatMap(({ entry }) => entry)];
    const isDone = entered.some(({ type }) => type === 'final');
    // Inside out, which is also the order that XState then leaves them in.
    const left = isDone ? [...nodes].sort((a, b) => b.order - a.order) : nodes;
    return {
      runs: all.map((action) => runOf(machine, action)),
      next: this.#intern(left),
      lastRuns: isDone ? left.flatMap(({ exit }) => exit).map((action) => runOf(machine, action)) : undefined,
    };
  }

  #intern(nodes: readonly AnyStateNode[]): Configuration {
    const key = nodes.map(({ order }) => order).join();
    let configuration = this.#byKey.get(key);
    if (!configuration) {
      configuration = new Configuration(this, nodes);
      this.#byKey.set(key, configuration);
    }
    this.#byNodes.set(nodes, configuration);
    return configuration;
  }
}

function* within(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* within(child);
}

/** Whatever the charts here have no use for is better refused than guessed at. */
function refuse(node: AnyStateNode): void {
  const has =
    node.type === 'history'
      ? 'a history state'
      : node.invoke.length > 0
        ? 'an invoked actor'
        : node.type === 'final' && (node.parent?.parent || node.parent?.type !== 'compound' || node.output)
          ? 'a final state below the top, or with an output of its own'
          : node.type === 'compound' && node.initial.actions.length > 0
            ? 'an initial arrow with actions'
            : undefined;
  if (has)
    throw new Error(
      `the chart ${node.machine.id} can't be compiled: ${node.id} is or has ${has}; have it run by XState’s own interpreter`,
    );
}

function askedOf(
  table: Table,
  node: AnyStateNode,
  active: readonly AnyStateNode[],
  type: string,
): Asked | undefined {
  const children = active.filter(({ parent }) => parent === node);
  const within = children.flatMap((child) => askedOf(table, child, active, type) ?? []);
  const transitions = [...node.transitions.keys()]
    .filter((label) => matches(label, type))
    .sort((a, b) => (b === type ? 1 : a === type ? -1 : b.length - a.length))
    .flatMap((label) => node.transitions.get(label)!);
  return askedFor(table, within, transitions);
}

/** XState asks for these from each innermost state outwards. */
function eventlessAsked(table: Table, active: readonly AnyStateNode[]): Asked | undefined {
  const within = active
    .filter((node) => node.type === 'atomic' || node.type === 'final')
    .flatMap((node) => {
      const transitions: AnyTransitionDefinition[] = [];
      for (let at: AnyStateNode | undefined = node; at; at = at.parent)
        transitions.push(...(at.always ?? []));
      return askedFor(table, [], transitions) ?? [];
    });
  return askedFor(table, within, []);
}

function askedFor(
  { machine }: Table,
  within: readonly Asked[],
  transitions: readonly AnyTransitionDefinition[],
): Asked | undefined {
  if (transitions.length === 0 && within.length < 2) return within[0];
  const arrows = transitions.map((transition) => ({
    transition,
    holds: transition.guard === undefined ? undefined : holdsOf(machine, transition.guard),
  }));
  return { within, arrows };
}

function isGuarded({ within, arrows }: Asked): boolean {
  return arrows.some(({ holds }) => holds) || within.some(isGuarded);
}

function ask(
  { within, arrows }: Asked,
  snapshot: AnyMachineSnapshot,
  event: EventObject,
  found: AnyTransitionDefinition[],
): boolean {
  let isTaken = false;
  for (const inner of within) if (ask(inner, snapshot, event, found)) isTaken = true;
  if (isTaken) return true;
  for (const { transition, holds } of arrows) {
    if (holds && !holds(snapshot, event)) continue;
    if (!found.includes(transition)) found.push(transition);
    return true;
  }
  return false;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** XState's event descriptors: the type itself, `*`, or `a.b.*` for whatever begins so. */
function matches(label: string, type: string): boolean {
  if (label === type || label === '*') return true;
  if (!label.endsWith('.*')) return false;
  const beginning = label.slice(0, -2);
  return type === beginning || type.startsWith(`${beginning}.`);
}

function valueAt(node: AnyStateNode, active: readonly AnyStateNode[]): StateValue {
  const children = active.filter(({ parent }) => parent === node);
  const [first] = children;
  if (node.type === 'compound' && first && Object.keys(first.states).length === 0) return first.key;
  return Object.fromEntries(children.map((child) => [child.key, valueAt(child, active)]));
}
