/** Faults of the charts: arrows that are missing, lead elsewhere, or leave out what they should do. */

import { createMachine } from 'xstate';
import { connectionMachine, listenerMachine } from '../../../../machines/index.ts';
import { ABORTS, BARE, CALM, LOSS, type SeededFault } from './fault.ts';

interface StateConfig {
  on?: Record<string, unknown>;
  after?: Record<string, unknown>;
  states?: Record<string, StateConfig>;
}

/** @param state gives a state by its name, to be changed in place */
type Change = (state: (name: string) => StateConfig, root: StateConfig) => void;

type Chart = { readonly config: unknown; readonly implementations: unknown };

/** The chart with its config changed; the one handed in stays as it is. */
function changed<C extends Chart>(chart: C, change: Change): C {
  const config = copy(chart.config) as StateConfig;
  const state = (name: string): StateConfig => {
    const found = find(config, name);
    if (!found) throw new Error(`the chart has no state ${name}`);
    return found;
  };
  change(state, config);
  return createMachine(config as never, chart.implementations as never) as unknown as C;
}

/** A copy of what is plain; functions and what is made by a class stay what they are. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

function find(config: StateConfig, name: string): StateConfig | undefined {
  for (const [key, state] of Object.entries(config.states ?? {})) {
    const found = key === name ? state : find(state, name);
    if (found) return found;
  }
  return undefined;
}

const connection = (change: Change) => ({
  chart: changed(connectionMachine, change),
});

const endAsClosed = { type: 'endAs', params: { ending: 'closed' } };

export const CHART_FAULTS: readonly SeededFault[] = [
  {
    name: 'no-2msl-restart',
    text: 'a FIN that comes again in TIME-WAIT does not start 2 MSL anew',
    parts: connection((state) => {
      state('TIME-WAIT').on!['rcv.FIN'] = { target: 'TIME-WAIT', reenter: false };
    }),
    bounds: { ...BARE, losses: 1 },
    rule: '2 MSL',
  },
  {
    name: 'no-time-wait',
    text: 'FIN-WAIT-2 goes to CLOSED when their FIN arrives, and leaves TIME-WAIT out',
    parts: connection((state) => {
      state('FIN-WAIT-2').on!['rcv.FIN'] = { target: '#CLOSED', actions: endAsClosed };
    }),
    bounds: BARE,
    rule: 'state change',
  },
  {
    name: 'open-without-ack',
    text: 'a SYN without ACK takes SYN-SENT to ESTABLISHED at once',
    parts: connection((state) => {
      state('SYN-SENT').on!['rcv.SYN'] = { target: 'synchronized.ESTABLISHED' };
    }),
    bounds: BARE,
    rule: 'state change',
  },
  {
    name: 'no-simultaneous-close',
    text: 'FIN-WAIT-1 has no arrow for their FIN',
    parts: connection((state) => {
      delete state('FIN-WAIT-1').on!['rcv.FIN'];
    }),
    bounds: BARE,
    rule: 'unhandled label',
  },
  {
    name: 'closing-forgets-its-fin',
    text: 'their FIN takes FIN-WAIT-1 to TIME-WAIT, though ours is not acknowledged',
    parts: connection((state) => {
      state('FIN-WAIT-1').on!['rcv.FIN'] = { target: 'TIME-WAIT' };
    }),
    bounds: BARE,
    rule: 'state change',
  },
  {
    name: 'time-wait-for-ever',
    text: 'the 2-MSL timer of TIME-WAIT is never started',
    parts: connection((state) => {
      delete state('TIME-WAIT').after;
    }),
    bounds: BARE,
    rule: 'owner without timer',
  },
  {
    name: 'timer-in-time-wait',
    text: 'the send timer is not turned off on the way into TIME-WAIT',
    parts: connection((state) => {
      for (const name of ['retransmission', 'persist', 'keep-alive']) delete state(name).on!['timer.idle'];
    }),
    // Where timers with nothing to do fire at once, this one is gone before it is seen.
    bounds: { ...BARE, staleTimers: true },
    rule: 'timer without owner',
  },
  {
    name: 'no-retransmission-timer',
    text: 'the send timer has no arrow to retransmission',
    parts: connection((state) => {
      for (const name of ['idle', 'persist', 'keep-alive']) delete state(name).on!['timer.retransmission'];
    }),
    bounds: BARE,
    rule: 'owner without timer',
  },
  {
    name: 'close-is-ignored',
    text: 'CLOSE in CLOSE-WAIT does nothing',
    parts: connection((state) => {
      delete state('CLOSE-WAIT').on!.close;
    }),
    bounds: BARE,
    rule: 'unhandled label',
  },
  {
    name: 'reset-leaves-the-connection',
    text: 'a RST leads from ESTABLISHED to CLOSE-WAIT',
    parts: connection((state) => {
      state('ESTABLISHED').on!['rcv.RST'] = { target: 'CLOSE-WAIT' };
    }),
    bounds: ABORTS,
    rule: 'state change',
  },
  {
    name: 'opened-twice',
    text: 'the user is told that the connection is open when their FIN arrives, too',
    parts: connection((state) => {
      state('ESTABLISHED').on!['rcv.FIN'] = { target: 'CLOSE-WAIT', actions: 'tellOpened' };
    }),
    bounds: CALM,
    rule: 'told twice',
  },
  {
    name: 'listener-never-reaps',
    text: 'the listener does not hear that a connection of its own has ended',
    parts: { listener: changed(listenerMachine, forgetsTheEnd) },
    bounds: ABORTS,
    rule: 'left over',
  },
  {
    name: 'ack-timer-is-lost',
    text: 'a delayed ACK has no timer',
    parts: connection((state) => {
      delete state('delayed').after;
    }),
    bounds: LOSS,
    rule: 'owner without timer',
  },
];

function forgetsTheEnd(_: (name: string) => StateConfig, root: StateConfig): void {
  delete root.on!['xstate.done.actor.*'];
}
