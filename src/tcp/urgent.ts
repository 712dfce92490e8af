/**
 * The sixth check, URG (RFC 9293 sections 3.8.5 and 3.10.7.4).
 */

import { FLAG } from '../wire/index.ts';
import type { Segment } from './segment.ts';
import type { Seq } from './seq.ts';
import { add, distance, gt, max } from './seq.ts';
import type { Step } from './step.ts';
import type { Rcv } from './tcb.ts';

/** RCV.UP = max(RCV.UP, SEG.UP); the user hears of it when it moves on beyond what has been read (MUST-32). */
export function urgentArrives(step: Step, segment: Segment): void {
  if ((segment.flags & FLAG.URG) === 0) return;
  const { rcv } = step.tcb;
  const up = add(segment.seq, segment.up);
  const read = nextToRead(rcv);
  if (!gt(up, read) || (rcv.up !== undefined && !gt(up, rcv.up))) return;
  rcv.up = rcv.up === undefined ? up : max(rcv.up, up);
  step.notices.push('urgent');
}

/** The sequence number of the next octet for the user; the peer's FIN, once taken in, stands behind the last one. */
export function nextToRead(rcv: Rcv): Seq {
  const end = rcv.fin !== undefined && gt(rcv.nxt, rcv.fin) ? rcv.fin : rcv.nxt;
  return add(end, -rcv.queue.length);
}

/** Undelivered octets up to the urgent pointer; 0 when there are none (MUST-33). */
export function urgentUnread(rcv: Rcv): number {
  return rcv.up === undefined ? 0 : Math.max(0, distance(rcv.up, nextToRead(rcv)));
}
