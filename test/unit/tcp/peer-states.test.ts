import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/index.ts';
import { Peer } from '../../support/peer.ts';

const STATES: readonly Exclude<State, 'CLOSED' | 'LISTEN'>[] = [
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];

describe('a connection', () => {
  for (const state of STATES) {
    it(`reaches ${state} by the segments that RFC 9293 draws, and says nothing else there`, async () => {
      const peer = await new Peer().reach(state);
      expect(peer.state).toBe(state);
      peer.expectSilence();
    });
  }

  it('reaches SYN-RECEIVED by a simultaneous open', () => {
    expect(new Peer().synReceivedActively().state).toBe('SYN-RECEIVED');
  });
});
