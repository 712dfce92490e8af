/** Every way into every state of RFC 9293 figure 5: the connection then does what is to be done there, and lives on as drawn. */

import { describe, expect, it } from 'vitest';
import { BEHAVIOUR_OPTIONS, type BehavingState, expectBehaviour } from '../../support/behaviour.ts';
import { Peer } from '../../support/peer.ts';

type Way = readonly [words: string, walk: (peer: Peer) => unknown];

const WAYS: Readonly<Record<BehavingState, readonly Way[]>> = {
  'SYN-SENT': [['OPEN', (peer) => peer.synSent()]],

  'SYN-RECEIVED': [
    ['a SYN to a listener', (peer) => peer.synReceived()],
    ['OPEN and a SYN: a simultaneous open', (peer) => peer.synReceivedActively()],
  ],

  ESTABLISHED: [
    ['OPEN and a SYN,ACK', (peer) => peer.establish('active')],
    ['a SYN to a listener and the ACK of ours', (peer) => peer.establish('passive')],
    [
      'a simultaneous open and the ACK of our SYN',
      (peer) => {
        peer.synReceivedActively();
        peer.say();
      },
    ],
    [
      'a simultaneous open and a SYN,ACK that crosses ours',
      (peer) => {
        peer.synReceivedActively();
        peer.say({ flags: 'SYN,ACK', seq: 0 });
        peer.heard();
      },
    ],
  ],

  'FIN-WAIT-1': [
    ['CLOSE in ESTABLISHED', (peer) => peer.finWait1()],
    [
      'CLOSE in SYN-RECEIVED after a passive OPEN',
      async (peer) => {
        peer.synReceived();
        await shutdown(peer);
        peer.expect({ flags: 'FIN,ACK', seq: 1, length: 0 });
        // Of our SYN, not yet of our FIN.
        peer.say({ ack: 1 });
      },
    ],
    [
      'CLOSE in SYN-RECEIVED after a simultaneous open',
      async (peer) => {
        peer.synReceivedActively();
        await shutdown(peer);
        peer.expect({ flags: 'FIN,ACK', seq: 1, length: 0 });
        peer.say({ ack: 1 });
      },
    ],
    [
      'CLOSE in SYN-RECEIVED behind queued text, once that is sent',
      async (peer) => {
        await closeQueued(peer);
        peer.say();
        peer.expect({ flags: 'FIN,PSH,ACK', seq: 1, text: 'queued' });
        peer.say({ ack: 7 });
      },
    ],
  ],

  'FIN-WAIT-2': [['CLOSE in ESTABLISHED and the ACK of our FIN', (peer) => peer.finWait2()]],

  'CLOSE-WAIT': [
    ['a FIN in ESTABLISHED', (peer) => peer.closeWait()],
    [
      'a SYN,ACK with a FIN',
      (peer) => {
        peer.synSent();
        peer.say({ flags: 'SYN,FIN,ACK' });
        peer.expect({ flags: 'ACK', seq: 1, ack: 2, length: 0 });
      },
    ],
    [
      'a FIN with the ACK of our SYN',
      (peer) => {
        peer.synReceived();
        peer.say({ flags: 'FIN,ACK' });
        peer.expect({ flags: 'ACK', seq: 1, ack: 2, length: 0 });
      },
    ],
  ],

  CLOSING: [
    ['CLOSE in ESTABLISHED and a FIN that crosses ours', (peer) => peer.closing()],
    [
      'CLOSE in SYN-RECEIVED behind queued text, and the ACK of our SYN with a FIN',
      async (peer) => {
        await closeQueued(peer);
        peer.say({ flags: 'FIN,ACK' });
        peer.expect({ flags: 'FIN,PSH,ACK', seq: 1, ack: 2, text: 'queued' });
        peer.say({ ack: 7 });
      },
    ],
  ],

  'LAST-ACK': [['a FIN in ESTABLISHED and CLOSE', (peer) => peer.lastAck()]],

  'TIME-WAIT': [
    ['a FIN in FIN-WAIT-2', (peer) => peer.timeWait()],
    [
      'a FIN with the ACK of ours in FIN-WAIT-1',
      async (peer) => {
        await peer.finWait1();
        peer.say({ flags: 'FIN,ACK' });
        peer.expect({ flags: 'ACK', seq: 2, ack: 2, length: 0 });
      },
    ],
    [
      'the ACK of our FIN in CLOSING',
      async (peer) => {
        await peer.closing();
        peer.say();
      },
    ],
  ],

  CLOSED: [
    [
      'the ACK of our FIN in LAST-ACK',
      async (peer) => {
        await peer.lastAck();
        peer.say();
      },
    ],
    [
      '2 MSL in TIME-WAIT',
      async (peer) => {
        await peer.timeWait();
        await peer.wait(2 * BEHAVIOUR_OPTIONS.mslMs);
      },
    ],
  ],
};

async function shutdown(peer: Peer): Promise<void> {
  void peer.connection.shutdown();
  await peer.settle();
}

/** SYN-RECEIVED by a simultaneous open, text written and CLOSE called. */
async function closeQueued(peer: Peer): Promise<void> {
  peer.synReceivedActively();
  void peer.connection.write(new TextEncoder().encode('queued'));
  await shutdown(peer);
  peer.expectSilence();
}

describe.each(Object.entries(WAYS))('%s', (state, ways) => {
  it.each(ways)('follows %s, and does what is to be done there', async (_, walk) => {
    const peer = new Peer({ stack: BEHAVIOUR_OPTIONS });
    await walk(peer);
    await expectBehaviour(peer, state as BehavingState);
  });
});

describe('a CLOSE in SYN-RECEIVED behind queued text', () => {
  it('keeps nobody from hearing that the connection is open', async () => {
    const peer = new Peer();
    await closeQueued(peer);
    let opened = false;
    void peer.connection.opened.then(() => {
      opened = true;
    });
    await peer.settle();
    expect(opened).toBe(false);
    peer.say();
    await peer.settle();
    expect(opened).toBe(true);
  });
});
