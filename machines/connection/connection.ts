/**
 * The connection chart: RFC 9293 figure 5 for one connection, with its timers beside it.
 *
 * LISTEN is the listener's own chart (`../listener.ts`). Where the RFC says "to LISTEN", the connection ends and the
 * listener, which never left LISTEN, goes on.
 */

import { ackTimer } from './ack-timer.ts';
import { synReceived, synSent } from './handshake.ts';
import { sendTimer } from './send-timer.ts';
import { connectionSetup } from './setup.ts';
import { synchronized } from './synchronized.ts';

export const connectionMachine = connectionSetup.createMachine({
  id: 'tcp',
  description: 'One TCP connection: RFC 9293 figure 5',
  context: ({ input }) => ({
    tcb: input.tcb,
    armedSendMs: Number.POSITIVE_INFINITY,
    armedAckMs: Number.POSITIVE_INFINITY,
    armedStateMs: Number.POSITIVE_INFINITY,
    ending: null,
  }),
  initial: 'open',
  states: {
    open: {
      type: 'parallel',
      states: {
        connection: {
          initial: 'opening',
          states: {
            opening: {
              always: [
                {
                  guard: 'openedByTheirSyn',
                  target: 'SYN-RECEIVED',
                  description: '3.10.7.2, third: LISTEN, rcv SYN; the listener spawned this connection',
                },
                { target: 'SYN-SENT', description: '3.10.1: CLOSED, active OPEN' },
              ],
            },
            'SYN-SENT': synSent,
            'SYN-RECEIVED': synReceived,
            synchronized,
          },
        },
        'send timer': sendTimer,
        'ack timer': ackTimer,
      },
    },
    // Every way out leaves `open`, so that all timers end with the connection.
    CLOSED: { id: 'CLOSED', type: 'final', description: 'RFC 9293 section 3.3.2: no connection at all' },
  },
  // Every arrow to CLOSED says how it ends.
  output: ({ context }) => ({ ending: context.ending!, tcb: context.tcb }),
});
