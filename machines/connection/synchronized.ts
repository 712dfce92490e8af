/**
 * ESTABLISHED to TIME-WAIT: the states in which both ends know both sequence numbers, as RFC 9293 figure 5 draws them.
 */

import { connectionSetup } from './setup.ts';

const established = connectionSetup.createStateConfig({
  id: 'ESTABLISHED',
  description: 'RFC 9293 section 3.3.2: text goes both ways',
  on: {
    close: { target: 'FIN-WAIT-1', description: '3.10.4: FIN follows what is queued' },
    'rcv.FIN': { target: 'CLOSE-WAIT', description: '3.10.7.4, eighth' },
  },
});

const finWait1 = connectionSetup.createStateConfig({
  id: 'FIN-WAIT-1',
  description: 'RFC 9293 section 3.3.2: waiting for their FIN, or for the ACK of ours',
  on: {
    'rcv.ACK-of-FIN': [
      {
        guard: 'nobodyReads',
        target: 'FIN-WAIT-2.orphaned',
        description: '3.10.7.4, fifth; both directions were closed by the user',
        actions: 'tellFinAcknowledged',
      },
      { target: 'FIN-WAIT-2', description: '3.10.7.4, fifth', actions: 'tellFinAcknowledged' },
    ],
    'rcv.FIN': { target: 'CLOSING', description: '3.10.7.4, eighth: simultaneous close' },
    'rcv.text-nobody-reads': {
      target: '#CLOSED',
      description: '3.6.1, SHLD-3: text after a CLOSE of both directions is answered with RST',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
  },
});

const finWait2 = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: waiting for their FIN; the half-closed connection may last',
  initial: 'attended',
  on: {
    'rcv.FIN': { target: 'TIME-WAIT', description: '3.10.7.4, eighth' },
    'rcv.text-nobody-reads': {
      target: '#CLOSED',
      description: '3.6.1, SHLD-3: text after a CLOSE of both directions is answered with RST',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
  },
  states: {
    attended: {
      on: {
        'reader.gone': { target: 'orphaned', description: '3.6.1: the user closes the other direction too' },
      },
    },
    orphaned: {
      description: 'nobody reads any more: a peer that never sends its FIN is not waited for for ever',
      entry: 'rememberFinWait2',
      exit: 'forgetStateTimer',
      after: {
        finWait2: {
          target: '#CLOSED',
          description: 'not in RFC 9293; common practice since a peer may vanish',
          actions: { type: 'endAs', params: { ending: 'closed' } },
        },
      },
    },
  },
});

const closeWait = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: their FIN is here, and ours is up to the user',
  on: { close: { target: 'LAST-ACK', description: '3.10.4: FIN follows what is queued' } },
});

const closing = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: both have sent FIN, ours is not acknowledged',
  on: {
    'rcv.ACK-of-FIN': { target: 'TIME-WAIT', description: '3.10.7.4, fifth', actions: 'tellFinAcknowledged' },
    'rcv.RST': {
      target: '#CLOSED',
      description: '3.10.7.4, second: nobody need be told',
      actions: { type: 'endAs', params: { ending: 'closed' } },
    },
  },
});

const lastAck = connectionSetup.createStateConfig({
  description: 'RFC 9293 section 3.3.2: waiting for the ACK of our FIN, which answered theirs',
  on: {
    'rcv.ACK-of-FIN': {
      target: '#CLOSED',
      description: '3.10.7.4, fifth',
      actions: ['tellFinAcknowledged', { type: 'endAs', params: { ending: 'closed' } }],
    },
    'rcv.RST': {
      target: '#CLOSED',
      description: '3.10.7.4, second: nobody need be told',
      actions: { type: 'endAs', params: { ending: 'closed' } },
    },
  },
});

const timeWait = connectionSetup.createStateConfig({
  id: 'TIME-WAIT',
  description:
    'RFC 9293 section 3.3.2: waiting so long that no old segment can be taken for one of a new connection',
  entry: 'rememberTwoMsl',
  exit: 'forgetStateTimer',
  after: {
    twoMsl: {
      target: '#CLOSED',
      description: '3.10.8, TIME-WAIT TIMEOUT',
      actions: { type: 'endAs', params: { ending: 'closed' } },
    },
  },
  on: {
    'rcv.FIN': {
      target: 'TIME-WAIT',
      reenter: true,
      description: '3.10.7.4, eighth: their FIN again, so our ACK was lost; 2 MSL start anew',
    },
    'rcv.SYN': {
      target: '#CLOSED',
      description: '3.6.1, MAY-2, RFC 6191: a new connection takes the place; the listener spawns it',
      actions: { type: 'endAs', params: { ending: 'reopened' } },
    },
    'rcv.RST': {
      target: '#CLOSED',
      description: '3.10.7.4, second; only without the protection of RFC 1337',
      actions: { type: 'endAs', params: { ending: 'closed' } },
    },
  },
});

export const synchronized = connectionSetup.createStateConfig({
  initial: 'ESTABLISHED',
  description: 'RFC 9293 section 3.4: the states from ESTABLISHED on',
  on: {
    'rcv.RST': {
      target: '#CLOSED',
      description: '3.10.7.4, second: connection reset',
      actions: { type: 'endAs', params: { ending: 'reset' } },
    },
    abort: {
      target: '#CLOSED',
      description: '3.10.5',
      actions: { type: 'endAs', params: { ending: 'aborted' } },
    },
    'timeout.user': {
      target: '#CLOSED',
      description: '3.10.8, USER TIMEOUT; R2 of 3.8.3; keep-alive of 3.8.4',
      actions: { type: 'endAs', params: { ending: 'timeout' } },
    },
  },
  states: {
    ESTABLISHED: established,
    'FIN-WAIT-1': finWait1,
    'FIN-WAIT-2': finWait2,
    'CLOSE-WAIT': closeWait,
    CLOSING: closing,
    'LAST-ACK': lastAck,
    'TIME-WAIT': timeWait,
  },
});
