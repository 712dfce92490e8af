import type { TcpOptions, TcpSegment } from '../wire/index.ts';
import { FLAG } from '../wire/index.ts';
import type { Seq } from './seq.ts';
import { add } from './seq.ts';

/** A decoded segment whose sequence numbers carry their type: SEG.SEQ is `seg.seq`, SEG.UP is `seg.up`, and so on. */
export interface Segment extends TcpSegment {
  readonly seq: Seq;
  readonly ack: Seq;
  /** Where the text is that of several segments, which the device has joined: how many octets each of them has. */
  readonly segmentSize?: number;
  /** A router has marked its packet: it has met congestion (RFC 3168). */
  readonly marked?: true;
}

/** A segment to be sent, before ports and addresses are put to it, with the reason that sent it. */
export interface Outgoing {
  readonly seq: Seq;
  readonly ack: Seq;
  readonly flags: number;
  readonly wnd: number;
  readonly up: number;
  readonly options: TcpOptions;
  readonly text: Uint8Array;
  readonly why: Why;
  /** Where the text is that of several segments, into which the device cuts it: how many octets each of them gets. */
  readonly segmentSize?: number;
  /** Its packet may be marked instead of dropped: ECT(0) (RFC 3168). */
  readonly ecnCapable?: true;
}

/** Why a segment is sent, in words that captures and ladders print; the paragraph of RFC 9293 unless another is named. */
export const WHY = {
  open: 'OPEN: our SYN (3.10.1)',
  synAck: 'our SYN, and the ACK of theirs (3.10.7.2)',
  simultaneousOpen: 'simultaneous open: our SYN again, with the ACK of theirs (3.10.7.3)',
  text: 'text (3.10.2)',
  lastText: 'text, all that was queued (3.10.2)',
  fin: 'CLOSE: our FIN (3.10.4)',
  textAndFin: 'the last text and our FIN (3.10.4)',
  ack: 'acknowledgment (3.10.7.4)',
  delayedAck: 'delayed acknowledgment (3.8.6.3)',
  duplicateAck: 'duplicate acknowledgment: text out of order (3.8.6.3, RFC 5681 4.2)',
  windowUpdate: 'window update: the reader made room (3.8.6.2.2)',
  unacceptable: 'acknowledgment in answer to an unacceptable segment (3.10.7.4, first)',
  challenge: 'challenge ACK (RFC 5961)',
  retransmission: 'retransmission: the timer expired (3.10.8, RFC 6298)',
  windowOpened: 'retransmission: the window has opened again (3.8.6.1)',
  packetTooBig: 'retransmission in smaller segments: the path takes no larger ones (3.9.2.2, RFC 1191)',
  blackHole:
    'retransmission in smaller segments: nothing so long gets through, and no router says why (RFC 4821 7.7)',
  pathProbe: 'probe of the path: a larger segment than those before (RFC 4821 7.5)',
  pathProbeLost: 'retransmission in smaller segments: the probe of the path is lost (RFC 4821 7.6.2)',
  fastRetransmission: 'fast retransmission: the third duplicate ACK (RFC 5681 3.2)',
  rack: 'retransmission: what was sent later has arrived (RFC 8985 6.2)',
  reported: 'retransmission: enough was reported beyond it (RFC 6675 4)',
  rescue: 'retransmission of the last segment, so that ACKs come (RFC 6675 4, NextSeg, 4)',
  newLossProbe: 'tail loss probe: text that was not sent before (RFC 8985 7.3)',
  lossProbe: 'tail loss probe: retransmission of the last segment (RFC 8985 7.3)',
  partialAck: 'retransmission after a partial ACK (RFC 6582 3.2)',
  probe: 'zero-window probe (3.8.6.1)',
  override: 'less than a full segment: the override timer expired (3.8.6.2.1)',
  keepAlive: 'keep-alive probe (3.8.4)',
  abort: 'ABORT (3.10.5)',
  textNobodyReads: 'text arrived after CLOSE: the data is lost, and so we say (3.6.1)',
  notForUs: 'no such connection (3.10.7.1)',
  unacceptableAck: 'an ACK of what was never sent, before the connection is synchronized (3.5.2)',
} as const;

export type Why = (typeof WHY)[keyof typeof WHY];

/** How many segments of the link the segment stands for. */
export function segmentsIn({
  text,
  segmentSize,
}: {
  readonly text: Uint8Array;
  readonly segmentSize?: number;
}): number {
  return segmentSize === undefined ? 1 : Math.ceil(text.length / segmentSize);
}

/** SEG.LEN: the octets of the segment in sequence space, SYN and FIN counted (RFC 9293 section 3.4). */
export function segmentLength(segment: { readonly flags: number; readonly text: Uint8Array }): number {
  return (
    segment.text.length +
    ((segment.flags & FLAG.SYN) !== 0 ? 1 : 0) +
    ((segment.flags & FLAG.FIN) !== 0 ? 1 : 0)
  );
}

/** The sequence number behind the segment's last octet. */
export function segmentEnd(segment: Segment): Seq {
  return add(segment.seq, segmentLength(segment));
}
