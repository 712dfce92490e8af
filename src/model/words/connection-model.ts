/**
 * The connection chart, with LISTEN around it, as one thing that test symbols move on: the arrows are those of the very
 * machine that runs.
 */

import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { connectionMachine, stateOf } from '../../../machines/index.ts';
import { connectionSettings } from '../../stack/settings.ts';
import { ByteQueue } from '../../tcp/byte-queue.ts';
import { createTcb } from '../../tcp/create-tcb.ts';
import type { Label } from '../../tcp/state.ts';
import type { Tcb } from '../../tcp/tcb.ts';
import { meaningOf, type StateTimer, type WordOptions } from './meaning.ts';
import { NOWHERE, type Situation, serialize } from './situation.ts';
import type { TestSymbol } from './symbols.ts';

type Chart = SnapshotFrom<typeof connectionMachine>;

/** Where a word has led. */
export interface Place {
  readonly situation: Situation;
  /** The connection's chart, while there is a connection. */
  readonly chart: Chart | undefined;
}

export const START: Place = { situation: NOWHERE, chart: undefined };

/** What is so when a connection begins. */
const { state: _state, substate: _substate, listens: _listens, ...NEW } = NOWHERE;

/** Where `symbol` leads from `place`; undefined where it can't happen. */
export function follow(place: Place, symbol: TestSymbol, options: WordOptions): Place | undefined {
  // The same few hundred places are asked for again and again, and a step of the chart costs tens of microseconds.
  const key = `${options.timeWaitProtection} ${serialize(place.situation)} ${symbol}`;
  if (!followed.has(key)) followed.set(key, followAnew(place, symbol, options));
  return followed.get(key);
}

const followed = new Map<string, Place | undefined>();

function followAnew(place: Place, symbol: TestSymbol, options: WordOptions): Place | undefined {
  const { situation } = place;
  const meaning = meaningOf(situation, symbol, options);
  if (meaning === undefined) return undefined;
  if (meaning.begins) return inChart(begun(meaning.begins), { ...situation, ...NEW, ...meaning.facts });
  let { chart } = place;
  for (const label of meaning.labels) chart &&= step(chart, label, situation);
  const facts = { ...situation, ...meaning.facts };
  if (chart?.status === 'active') return inChart(chart, facts);
  if (chart) return outside(facts.listens, true);
  return outside(facts.listens, facts.over);
}

function inChart(chart: Chart, facts: Situation): Place {
  const state = stateOf(chart.value);
  // Who opened it matters to figure 5 in SYN-RECEIVED alone.
  const origin = state === 'SYN-SENT' || state === 'SYN-RECEIVED' ? facts.origin : undefined;
  const reopened = state === 'SYN-RECEIVED' && facts.reopened;
  return { chart, situation: { ...facts, state, substate: substateOf(chart), origin, reopened } };
}

/** No connection: the listener's LISTEN, or CLOSED. */
function outside(listens: boolean, over: boolean): Place {
  const state = listens ? 'LISTEN' : 'CLOSED';
  return {
    chart: undefined,
    situation: { ...NOWHERE, ...NEW, state, listens, over: over && !listens },
  };
}

/** The innermost state, where it is not one of the RFC's. */
function substateOf(chart: Chart): Situation['substate'] {
  let inner: unknown = (chart.value as { readonly open: { readonly connection: unknown } }).open.connection;
  while (typeof inner === 'object') inner = Object.values(inner as object)[0];
  return SUBSTATES.find((substate) => substate === inner);
}

const SUBSTATES = ['in progress', 'close queued', 'attended', 'orphaned'] as const;

function begun(origin: 'active' | 'passive'): Chart {
  const settings = connectionSettings({}, SETTINGS);
  return initialTransition(connectionMachine, { tcb: createTcb(origin, 0, settings, 0) })[0];
}

function step(chart: Chart, label: Label | StateTimer, situation: Situation): Chart {
  const type = STATE_TIMERS.get(label) ?? label;
  const context = { ...chart.context, tcb: asInSituation(chart.context.tcb, situation) };
  return transition(connectionMachine, { ...chart, context }, { type } as never)[0];
}

/** A TCB of which the chart's guards see what the situation tells. */
function asInSituation(tcb: Tcb, { text, reader }: Situation): Tcb {
  const queue = text === 'none' ? ByteQueue.empty : ByteQueue.empty.append(new Uint8Array(4));
  return {
    ...tcb,
    snd: { ...tcb.snd, queue },
    rcv: { ...tcb.rcv, reader: reader === 'gone' ? 'gone' : 'present' },
  };
}

const SETTINGS = { ipVersion: 4, mtu: 1_500 } as const;

/** The charts' delayed events by the names of their delays. */
const STATE_TIMERS: ReadonlyMap<string, string> = new Map(
  [...eventTypes(connectionMachine.root)]
    .filter((type) => type.startsWith('xstate.after.'))
    .map((type) => [type.split('.')[2]!, type]),
);

interface Node {
  readonly transitions: ReadonlyMap<string, unknown>;
  readonly states: Readonly<Record<string, Node>>;
}

function* eventTypes(node: Node): Generator<string> {
  yield* node.transitions.keys();
  for (const child of Object.values(node.states)) yield* eventTypes(child);
}
