/**
 * The states before both ends know both sequence numbers: SYN-SENT and SYN-RECEIVED.
 */

import { raise } from 'xstate';
import { connectionSetup } from './setup.ts';

export const synSent = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: waiting for a matching connection request after having sent one',
  on: {
    'rcv.SYN-ACK': {
      target: 'synchronized.ESTABLISHED',
      description: '3.10.7.3, fourth: their SYN, and the ACK of ours',
      actions: 'tellOpened',
    },
    'rcv.SYN': { target: 'SYN-RECEIVED', description: '3.10.7.3, fourth: simultaneous open' },
    'rcv.RST': {
      target: '#CLOSED',
      description: '3.10.7.3, second: RST with an acceptable ACK',
      actions: { type: 'endAs', params: { ending: 'refused' } },
    },
    'icmp.hard-error': {
      target: '#CLOSED',
      description: '3.9.2.2, SHLD-26: a hard ICMP error',
      actions: { type: 'endAs', params: { ending: 'unreachable' } },
    },
    close: {
      target: '#CLOSED',
      description: '3.10.4: the TCB is deleted',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
    abort: {
      target: '#CLOSED',
      description: '3.10.5',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
    'timeout.user': {
      target: '#CLOSED',
      description: '3.10.8 and 3.8.3: R2 is reached for the SYN',
      actions: { type: 'endAs', params: { ending: 'timeout' } },
    },
  },
});

export const synReceived = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: waiting for the ACK of our SYN after having received and sent one',
  initial: 'in progress',
  on: {
    'rcv.RST': [
      {
        guard: 'openedByUs',
        target: '#CLOSED',
        description: '3.10.7.4, second: after an active OPEN the connection is refused',
        actions: { type: 'endAs', params: { ending: 'refused' } },
      },
      {
        target: '#CLOSED',
        description: '3.10.7.4, second: after a passive OPEN back to LISTEN, where the listener still is',
        actions: { type: 'endAs', params: { ending: 'reset' } },
      },
    ],
    'rcv.RST-of-old-duplicate': {
      target: '#TIME-WAIT',
      description: '3.6.1, MAY-2: the SYN that ended TIME-WAIT was an old duplicate; 2 MSL start anew',
      actions: 'tellReturned',
    },
    'rcv.SYN': {
      guard: 'openedByTheirSyn',
      target: '#CLOSED',
      description: '3.10.7.4, fourth: after a passive OPEN back to LISTEN, where the listener still is',
      actions: { type: 'endAs', params: { ending: 'reset' } },
    },
    'icmp.hard-error': {
      target: '#CLOSED',
      description: '3.9.2.2, SHLD-26: a hard ICMP error',
      actions: { type: 'endAs', params: { ending: 'unreachable' } },
    },
    abort: {
      target: '#CLOSED',
      description: '3.10.5: RST is sent',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
    'timeout.user': {
      target: '#CLOSED',
      description: '3.10.8 and 3.8.3: R2 is reached for the SYN,ACK',
      actions: { type: 'endAs', params: { ending: 'timeout' } },
    },
  },
  states: {
    'in progress': {
      on: {
        'rcv.ACK-of-SYN': {
          target: '#ESTABLISHED',
          description: '3.10.7.4, fifth: the ACK of our SYN',
          actions: 'tellOpened',
        },
        close: [
          {
            guard: 'textIsQueued',
            target: 'close queued',
            description: '3.10.4: queued until ESTABLISHED, since there is text to send first',
          },
          { target: '#FIN-WAIT-1', description: '3.10.4: nothing to send, so FIN at once' },
        ],
      },
    },
    'close queued': {
      description: '3.10.4: CLOSE was called, and takes effect once the connection is ESTABLISHED',
      on: {
        'rcv.ACK-of-SYN': {
          target: '#ESTABLISHED',
          description: '3.10.7.4, fifth: the ACK of our SYN; then the queued CLOSE',
          actions: ['tellOpened', raise({ type: 'close' })],
        },
      },
    },
  },
});
