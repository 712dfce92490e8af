/**
 * The delayed ACK (RFC 9293 section 3.8.6.3): an ACK that may wait for text to ride on waits here. Re-armed lazily, as the
 * send timer is.
 */

import { connectionSetup } from './setup.ts';

export const ackTimer = connectionSetup.createStateConfig({
  initial: 'idle',
  description: 'RFC 9293 section 3.8.6.3: delayed acknowledgments',
  states: {
    idle: {
      description: 'no ACK is waiting',
      on: {
        'timer.delayed-ack': {
          target: 'delayed',
          description: 'SHLD-18: text has arrived that need not be acknowledged at once',
        },
      },
    },
    delayed: {
      description: 'an ACK waits, for less than half a second (MUST-40)',
      entry: 'rememberAckTimer',
      exit: 'forgetAckTimer',
      on: {
        'timer.delayed-ack': {
          target: 'delayed',
          reenter: true,
          description: '3.10.7.4, eighth: due earlier, since a FIN has arrived',
        },
      },
      after: { ackTimer: { target: 'idle', description: 'MUST-40: due, or only to be looked at again' } },
    },
  },
});
