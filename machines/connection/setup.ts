/**
 * Every name that the connection chart may use: its context, events, guards, actions and delays.
 *
 * The chart holds arrows and timers, and no arithmetic: what a segment means is decided in `src/tcp`, which hands over a
 * label and a new TCB. The actions named here without a body are given one by the stack (`logic.ts`).
 */

import { assign, setup } from 'xstate';
import type { Tcb } from '../../src/tcp/tcb.ts';
import type { ConnectionEvent } from './events.ts';

/** How a connection came to its end. */
export type Ending = 'closed' | 'reset' | 'refused' | 'aborted' | 'timeout' | 'unreachable' | 'reopened';

export interface ConnectionContext {
  readonly tcb: Tcb;
  /** When the running delayed events fire. A due time in the TCB may move on meanwhile: that is seen when they fire. */
  readonly armedSendMs: number;
  readonly armedAckMs: number;
  /** When the state itself ends: 2 MSL of TIME-WAIT, and FIN-WAIT-2 once nobody reads. */
  readonly armedStateMs: number;
  /** Said by the arrow that leads to CLOSED; null as long as the connection lasts. */
  readonly ending: Ending | null;
}

export interface ConnectionOutput {
  readonly ending: Ending;
  readonly tcb: Tcb;
}

export const connectionSetup = setup({
  types: {
    context: {} as ConnectionContext,
    input: {} as { tcb: Tcb },
    output: {} as ConnectionOutput,
    events: {} as ConnectionEvent,
  },
  guards: {
    openedByTheirSyn: ({ context }) => context.tcb.origin === 'passive',
    openedByUs: ({ context }) => context.tcb.origin === 'active',
    textIsQueued: ({ context }) => context.tcb.snd.queue.length > 0,
    nobodyReads: ({ context }) => context.tcb.rcv.reader === 'gone',
  },
  delays: {
    sendTimer: ({ context }) => Math.max(0, context.tcb.timers.send.dueMs - context.tcb.nowMs),
    ackTimer: ({ context }) =>
      Math.max(0, (context.tcb.timers.ackDueMs ?? context.tcb.nowMs) - context.tcb.nowMs),
    twoMsl: ({ context }) => 2 * context.tcb.settings.mslMs,
    finWait2: ({ context }) => context.tcb.settings.finWait2Ms,
  },
  actions: {
    /** ESTABLISHED: the OPEN call returns, or the listener has a connection to hand out. */
    tellOpened: () => {},
    /** Our FIN is acknowledged: CLOSE returns. */
    tellFinAcknowledged: () => {},
    /** TIME-WAIT goes on: the listener has a half-open connection less. */
    tellReturned: () => {},
    endAs: assign({ ending: (_, params: { ending: Ending }) => params.ending }),
    rememberSendTimer: assign({ armedSendMs: ({ context }) => context.tcb.timers.send.dueMs }),
    rememberAckTimer: assign({
      armedAckMs: ({ context }) => context.tcb.timers.ackDueMs ?? Number.POSITIVE_INFINITY,
    }),
    rememberTwoMsl: assign({
      armedStateMs: ({ context }) => context.tcb.nowMs + 2 * context.tcb.settings.mslMs,
    }),
    rememberFinWait2: assign({
      armedStateMs: ({ context }) => context.tcb.nowMs + context.tcb.settings.finWait2Ms,
    }),
    forgetStateTimer: assign({ armedStateMs: Number.POSITIVE_INFINITY }),
    forgetSendTimer: assign({ armedSendMs: Number.POSITIVE_INFINITY }),
    forgetAckTimer: assign({ armedAckMs: Number.POSITIVE_INFINITY }),
  },
});
