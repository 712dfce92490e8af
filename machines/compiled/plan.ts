/**
 * What taking arrows does to a configuration, worked out once: which states are left, which are entered, and the actions of
 * all that in their order. The rules are those of SCXML, as XState's interpreter follows them.
 */

import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';

type Nodes = Set<AnyStateNode>;

export interface Move {
  readonly exited: readonly AnyStateNode[];
  readonly entered: readonly AnyStateNode[];
  /** What is active afterwards, in XState's order: what was entered last stands last. */
  readonly nodes: readonly AnyStateNode[];
}

/** @param transitions without conflicts among them */
export function moveOf(
  active: readonly AnyStateNode[],
  transitions: readonly AnyTransitionDefinition[],
): Move {
  const exited = new Set<AnyStateNode>();
  const entered = new Set<AnyStateNode>();
  for (const transition of transitions) {
    for (const node of exitedBy(transition, active)) exited.add(node);
    if (transition.target?.length) enter(transition, domainOf(transition), entered);
  }
  const order = [...entered].sort((a, b) => a.order - b.order);
  const nodes = new Set(active);
  for (const node of exited) nodes.delete(node);
  for (const node of order) nodes.add(node);
  const isSame = nodes.size === active.length && active.every((node) => nodes.has(node));
  return {
    exited: [...exited].sort((a, b) => b.order - a.order),
    entered: order,
    nodes: isSame ? active : [...nodes],
  };
}

/** The states that a machine starts in, around and including the root's initial ones. */
export function initialNodes(root: AnyStateNode): readonly AnyStateNode[] {
  const entered = new Set([root]);
  enterBelow(root, [], entered);
  return [...entered].sort((a, b) => a.order - b.order);
}

/** Of arrows that would leave the same states, the innermost one, or else the first. */
export function withoutConflicts(
  transitions: readonly AnyTransitionDefinition[],
  active: readonly AnyStateNode[],
): readonly AnyTransitionDefinition[] {
  if (transitions.length < 2) return transitions;
  let kept: AnyTransitionDefinition[] = [];
  for (const transition of transitions) {
    const exits = new Set(exitedBy(transition, active));
    const rivals = kept.filter((other) => exitedBy(other, active).some((node) => exits.has(node)));
    if (rivals.some((other) => !isBelow(transition.source, other.source))) continue;
    kept = [...kept.filter((other) => !rivals.includes(other)), transition];
  }
  return kept;
}

function exitedBy(transition: AnyTransitionDefinition, active: readonly AnyStateNode[]): AnyStateNode[] {
  if (!transition.target?.length) return [];
  const domain = domainOf(transition);
  return active.filter((node) => isBelow(node, domain));
}

/** The state within which everything happens; undefined where even the root is left and entered again. */
function domainOf({ source, target, reenter }: AnyTransitionDefinition): AnyStateNode | undefined {
  const targets = target as readonly AnyStateNode[];
  if (!reenter && targets.every((node) => node === source || isBelow(node, source))) return source;
  const all = [...targets, source];
  for (let node = all[0]!.parent; node; node = node.parent) {
    const common = node;
    if (all.every((other) => isBelow(other, common))) return common;
  }
  return reenter ? undefined : source.machine.root;
}

function enter(
  { source, target }: AnyTransitionDefinition,
  domain: AnyStateNode | undefined,
  entered: Nodes,
) {
  const root = source.machine.root as AnyStateNode;
  const targets = target as readonly AnyStateNode[];
  // An arrow from within to the root enters it without having left it: so does XState.
  if (domain === undefined || (domain !== source && targets.includes(domain))) entered.add(domain ?? root);
  enterBelow(domain ?? root, targets, entered);
}

/** The way down to the targets; where none of them lies, to the initial states. */
function enterBelow(node: AnyStateNode, targets: readonly AnyStateNode[], entered: Nodes): void {
  const children = Object.values(node.states) as AnyStateNode[];
  const onTheWay = children.filter((child) => targets.some((to) => to === child || isBelow(to, child)));
  const chosen =
    node.type === 'parallel' ? children : onTheWay.length > 0 ? onTheWay : (node.initial?.target ?? []);
  for (const child of chosen as readonly AnyStateNode[]) {
    entered.add(child);
    enterBelow(child, targets, entered);
  }
}

function isBelow(node: AnyStateNode, above: AnyStateNode | undefined): boolean {
  if (above === undefined) return true;
  for (let at = node.parent; at; at = at.parent) if (at === above) return true;
  return false;
}
