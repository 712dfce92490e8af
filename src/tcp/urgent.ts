/**
 * The sixth check, URG (RFC 9293 sections 3.8.5 and 3.10.7.4).
 */

import { FLAG } from '../wire/index.ts';
import type { Segment } from './segment.ts';
import { add, gt, max } from './seq.ts';
import type { Step } from './step.ts';

/** RCV.UP = max(RCV.UP, SEG.UP); the user hears of it when it moves on beyond what has been read (MUST-32). */
export function urgentArrives(step: Step, segment: Segment): void {
  if ((segment.flags & FLAG.URG) === 0) return;
  const { rcv } = step.tcb;
  const up = add(segment.seq, segment.up);
  const read = add(rcv.nxt, -rcv.queue.length);
  if (!gt(up, read) || (rcv.up !== undefined && !gt(up, rcv.up))) return;
  rcv.up = rcv.up === undefined ? up : max(rcv.up, up);
  step.notices.push('urgent');
}
