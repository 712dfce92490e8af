/** The stages of loss recovery in the RFCs' words: what viewers show beside them. */

import type { RecoveryStage } from './protocol-views.ts';

export interface StageWords {
  readonly name: string;
  /** Where there is no room for the name. */
  readonly short: string;
  /** What it is, with the RFC's paragraph. */
  readonly why: string;
}

export const STAGE_WORDS: Readonly<Record<RecoveryStage, StageWords>> = {
  'fast recovery': {
    name: 'fast recovery',
    short: 'FR',
    why: 'a loss was found without a timeout; until all that was outstanding then is acknowledged (RFC 5681, 3.2; RFC 6675, 5)',
  },
  'RTO recovery': {
    name: 'RTO recovery (Loss)',
    short: 'RTO',
    why: 'the retransmission timer expired: cwnd is the loss window of one segment, and what is outstanding goes again in slow start (RFC 6298, 5.4; RFC 5681, 3.1)',
  },
  'F-RTO': {
    name: 'F-RTO trial',
    short: 'F-RTO',
    why: 'the retransmission timer expired: the next two ACKs, and new text between them, tell whether the timeout was spurious (RFC 5682, 3.1)',
  },
  'window recovery': {
    name: 'after a closed window',
    short: 'window',
    why: 'the window has opened again: what the peer had no room for goes again (RFC 9293, 3.8.6.1)',
  },
  'path MTU': {
    name: 'smaller segments',
    short: 'MTU',
    why: 'the path takes no segments so long: what is outstanding goes again in smaller ones (RFC 1191, 6.4; RFC 9293, 3.9.2.2)',
  },
  CSS: {
    name: 'conservative slow start',
    short: 'CSS',
    why: 'the round-trip time has risen, as if a queue built up: cwnd grows a quarter as fast as in slow start, for five rounds at most (HyStart++; RFC 9406, 4.2)',
  },
};
