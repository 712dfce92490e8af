/** A chart's arrows as "FROM --event--> TO", between the states that RFC 9293 names, read from the machine's definition. */

import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { STATES } from '../../src/tcp/index.ts';

export interface Arrow {
  readonly from: string;
  readonly event: string;
  readonly to: string;
  readonly description: string | undefined;
  /** The state node that holds it. */
  readonly at: string;
}

const names: ReadonlySet<string> = new Set(STATES);

function* nodesWithin(node: AnyStateNode): Generator<AnyStateNode> {
  yield node;
  for (const child of Object.values(node.states)) yield* nodesWithin(child);
}

function named(node: AnyStateNode | undefined): AnyStateNode | undefined {
  for (let at = node; at; at = at.parent) if (names.has(at.key)) return at;
  return undefined;
}

/** The RFC's states that a node stands for: the one it is in, or, for a node around several, all of them. */
function statesOf(node: AnyStateNode): string[] {
  const own = named(node);
  if (own) return [own.key];
  return [...nodesWithin(node)].filter((inner) => names.has(inner.key)).map((inner) => inner.key);
}

/** Every transition of the machine, timers' regions included, one for each target. */
export function transitionsOf(machine: AnyStateMachine): Arrow[] {
  const found: Arrow[] = [];
  for (const node of nodesWithin(machine.root)) {
    for (const transitions of [...node.transitions.values(), node.always ?? []]) {
      for (const transition of transitions) {
        const event = transition.eventType === '' ? 'always' : transition.eventType;
        const target = transition.target?.[0];
        found.push({
          from: node.path.join('.'),
          event: event.startsWith('xstate.after.') ? `after ${event.split('.')[2]}` : event,
          to: target ? target.path.join('.') : node.path.join('.'),
          description: transition.description,
          at: node.id,
        });
      }
    }
  }
  return found;
}

/** Those between the RFC's states, with what a surrounding state holds told for each state in it. */
export function arrowsOf(machine: AnyStateMachine): string[] {
  const arrows = new Set<string>();
  for (const node of nodesWithin(machine.root)) {
    for (const transitions of node.transitions.values()) {
      for (const { target, eventType } of transitions) {
        const to = named(target?.[0]);
        if (!to) continue;
        const event = eventType.startsWith('xstate.after.') ? `after ${eventType.split('.')[2]}` : eventType;
        for (const from of statesOf(node)) {
          if (overridden(machine, from, node, eventType)) continue;
          // Between substates of one state nothing moves in the figure.
          if (from === to.key && target?.[0] !== to) continue;
          arrows.add(`${from} --${event}--> ${to.key}`);
        }
      }
    }
  }
  return [...arrows].sort();
}

/** Whether the state itself, or something nearer to it, takes the event before `node` could. */
function overridden(machine: AnyStateMachine, state: string, node: AnyStateNode, event: string): boolean {
  const own = [...nodesWithin(machine.root)].find((inner) => inner.key === state);
  for (let at = own; at && at !== node; at = at.parent)
    if (at.transitions.has(event)) return own !== node && inside(own, node);
  return false;
}

function inside(node: AnyStateNode | undefined, outer: AnyStateNode): boolean {
  for (let at = node; at; at = at.parent) if (at === outer) return true;
  return false;
}
