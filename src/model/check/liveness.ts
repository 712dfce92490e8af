/**
 * What must happen in the end, asked of all the states at once when all are known.
 *
 * A move that is possible again and again happens at last: segments arrive, timers fire, users read. Of faults there is a
 * budget, and users need not call. In a finite graph that makes "CLOSED is reached" the same as "from every state that can be
 * reached CLOSED can be reached": a run for ever ends in a part of the graph that it does not leave, and goes everywhere in it.
 * The argument is in docs/decisions/model-checker.md.
 */

import type { EndFacts } from './ends.ts';
import type { Explorer } from './explore.ts';
import type { Finding } from './found.ts';
import { areOfOneConnection, isHalfOpen } from './together.ts';

/** The first state, in breadth-first order, from which what must happen can't. */
export function livenessOf(explorer: Explorer): Finding | undefined {
  return endlessExchange(explorer) ?? neverClosed(explorer);
}

/** Both users have closed: both connections are to end, and there is nothing else that they wait for. */
function isObliged(a: EndFacts, b: EndFacts): boolean {
  // A half-open connection that nobody has in hand ends when the other end is gone.
  const wantsNoMore = (one: EndFacts, other: EndFacts): boolean =>
    one.isUnclaimed ? !other.hasConnection : one.hasClosed;
  return wantsNoMore(a, b) && wantsNoMore(b, a);
}

/**
 * Each end is connected to one that is gone, or never was: an old SYN was taken for a new one. Where the states don't find out
 * by a RST, what is sent stays unacknowledged, until R2 or the user timeout ends it (3.8.3, MUST-20, MUST-23).
 */
function isMistaken(a: EndFacts, b: EndFacts): boolean {
  const bothAreThere = a.hasConnection && b.hasConnection;
  return bothAreThere && !areOfOneConnection(a, b) && (a.nxt !== a.una || b.nxt !== b.una);
}

/** Backwards from where it is over, along moves that happen by themselves. */
function neverClosed({ store, edges, ends, states }: Explorer): Finding | undefined {
  const good = new Uint8Array(states);
  const queue = new Uint32Array(states);
  let waiting = 0;
  for (let state = 0; state < states; state++) {
    const a = ends.facts(store.word(state, 0));
    const b = ends.facts(store.word(state, 1));
    const isOver = !a.hasConnection && !b.hasConnection;
    if (isOver || !isObliged(a, b) || isHalfOpen(a, b) || isMistaken(a, b)) {
      good[state] = 1;
      queue[waiting++] = state;
    }
  }
  const { offsets, sources } = reversed(edges, states);
  while (waiting > 0) {
    const state = queue[--waiting]!;
    for (let at = offsets[state]!; at < offsets[state + 1]!; at++) {
      const source = sources[at]!;
      if (good[source] === 1) continue;
      good[source] = 1;
      queue[waiting++] = source;
    }
  }
  const state = good.indexOf(0);
  if (state < 0) return undefined;
  const [a, b] = [ends.stateOf(store.word(state, 0)), ends.stateOf(store.word(state, 1))];
  const text = `both users have closed, and from ${a} and ${b} no delivery and no timer ever leads to the end of both`;
  return { rule: 'never closed', text, state, move: undefined };
}

/** Edges by where they lead, in two arrays as `Edges` has them by where they begin. */
function reversed(edges: Explorer['edges'], states: number): { offsets: Uint32Array; sources: Uint32Array } {
  const offsets = new Uint32Array(states + 1);
  for (let edge = 0; edge < edges.size; edge++) offsets[edges.target(edge) + 1]!++;
  for (let state = 0; state < states; state++) offsets[state + 1]! += offsets[state]!;
  const sources = new Uint32Array(edges.size);
  const next = offsets.slice();
  for (let state = 0; state < states; state++)
    for (let edge = edges.from(state); edge < edges.to(state); edge++)
      sources[next[edges.target(edge)]!++] = state;
  return { offsets, sources };
}

/** A cycle of deliveries alone: what is left when states without a delivery into them are taken away, again and again. */
function endlessExchange({ edges, states }: Explorer): Finding | undefined {
  const incoming = new Uint32Array(states);
  for (let edge = 0; edge < edges.size; edge++) if (edges.isDelivery(edge)) incoming[edges.target(edge)]!++;
  const queue = new Uint32Array(states);
  let waiting = 0;
  let taken = 0;
  for (let state = 0; state < states; state++) if (incoming[state] === 0) queue[waiting++] = state;
  while (waiting > 0) {
    const state = queue[--waiting]!;
    taken++;
    for (let edge = edges.from(state); edge < edges.to(state); edge++) {
      if (!edges.isDelivery(edge)) continue;
      const target = edges.target(edge);
      if (--incoming[target]! === 0) queue[waiting++] = target;
    }
  }
  if (taken === states) return undefined;
  const state = incoming.findIndex((count) => count > 0);
  const text = 'segments and answers to them go round for ever, and no timer and no user has a part in it';
  return { rule: 'endless exchange', text, state, move: undefined };
}
