/**
 * The RST for a segment that belongs to no connection, or to one that is not synchronized (RFC 9293 sections 3.5.2 and
 * 3.10.7.1).
 */

import { FLAG, NO_OPTIONS } from '../wire/index.ts';
import type { Outgoing, Segment, Why } from './segment.ts';
import { segmentEnd, WHY } from './segment.ts';
import { seq } from './seq.ts';

const NO_TEXT = new Uint8Array(0);

/** <SEQ=SEG.ACK><CTL=RST> for a segment with ACK, else <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. */
export function resetFor(segment: Segment, why: Why): Outgoing {
  const hasAck = (segment.flags & FLAG.ACK) !== 0;
  return {
    seq: hasAck ? segment.ack : seq(0),
    ack: hasAck ? seq(0) : segmentEnd(segment),
    flags: hasAck ? FLAG.RST : FLAG.RST | FLAG.ACK,
    wnd: 0,
    up: 0,
    options: NO_OPTIONS,
    text: NO_TEXT,
    why,
  };
}

/** Section 3.10.7.1, CLOSED: the answer to a segment for nobody; none to a RST. */
export function segmentArrivesInClosed(segment: Segment): Outgoing | undefined {
  return (segment.flags & FLAG.RST) !== 0 ? undefined : resetFor(segment, WHY.notForUs);
}
