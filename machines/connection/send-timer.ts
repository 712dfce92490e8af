/**
 * The send timer: at most one of retransmission, tail loss probe, reordering, pacing, persist and keep-alive runs at a time (RFC
 * 9293 sections 3.8.1, 3.8.6.1 and 3.8.4; RFC 8985 section 8).
 *
 * Re-armed lazily: new acknowledgments move the due time in the TCB, and the delayed event that is under way looks there when
 * it fires. So the region may still show a timer for a while after all is acknowledged; it then fires into nothing.
 */

import { connectionSetup } from './setup.ts';

// In each state rather than on the region: a transition of the region itself would leave and enter its neighbours, too.
const on = {
  'timer.retransmission': {
    target: 'retransmission',
    reenter: true,
    description: 'RFC 6298, 5.1: something is outstanding',
  },
  'timer.tail-loss-probe': {
    target: 'tail-loss probe',
    reenter: true,
    description: 'RFC 8985 section 7.2: text is outstanding, and nothing shows that any is lost',
  },
  'timer.reordering': {
    target: 'reordering',
    reenter: true,
    description: 'RFC 8985 section 6.2: what was sent later has arrived',
  },
  'timer.pacing': {
    target: 'pacing',
    reenter: true,
    description: 'not in RFC 9293: the windows let text go, and the pacing rate holds it',
  },
  'timer.persist': {
    target: 'persist',
    reenter: true,
    description: '3.8.6.1: the window is closed over something to send',
  },
  'timer.keep-alive': { target: 'keep-alive', reenter: true, description: '3.8.4: nothing is outstanding' },
} as const;

const running = {
  ...on,
  'timer.idle': {
    target: 'idle',
    description: '3.10.7.4: the timers are turned off on the way into TIME-WAIT',
  },
} as const;

/** Text that waits keeps a connection from TIME-WAIT, and what it waits for never comes earlier: neither arrow is there. */
const { 'timer.pacing': _, ...besidePacing } = on;

const after = {
  sendTimer: { target: 'idle', description: '3.10.8: due, or only to be looked at again' },
} as const;

const entry = 'rememberSendTimer';
const exit = 'forgetSendTimer';

export const sendTimer = connectionSetup.createStateConfig({
  initial: 'idle',
  description: 'RFC 9293 section 3.8: one send timer at a time',
  states: {
    idle: { on, description: 'nothing to wait for' },
    retransmission: {
      on: running,
      after,
      entry,
      exit,
      description: 'RFC 6298: what is unacknowledged goes out again when it fires',
    },
    'tail-loss probe': {
      on: running,
      after,
      entry,
      exit,
      description: 'RFC 8985 section 7.3: one segment asks what is missing when it fires',
    },
    reordering: {
      on: running,
      after,
      entry,
      exit,
      description: 'RFC 8985 section 6.2: what has been overtaken counts as lost when it fires',
    },
    pacing: {
      on: besidePacing,
      after,
      entry,
      exit,
      description: 'text that was held for the pacing rate goes when it fires',
    },
    persist: {
      on: running,
      after,
      entry,
      exit,
      description: '3.8.6.1: a closed window is probed when it fires',
    },
    'keep-alive': {
      on: running,
      after,
      entry,
      exit,
      description: '3.8.4: an idle peer is asked whether it is there when it fires',
    },
  },
});
