/**
 * Protection against wrapped sequence numbers, and TS.Recent (RFC 7323 sections 4.3 and 5).
 */

import { FLAG } from '../wire/index.ts';
import { answerUnacceptable } from './challenge.ts';
import type { Draft } from './draft.ts';
import type { Segment } from './segment.ts';
import { le } from './seq.ts';
import type { Step } from './step.ts';

/** RFC 7323 section 5.5: after 24 idle days a timestamp's order means nothing any more. */
const OUTDATED_MS = 24 * 24 * 3_600_000;

/** False when the segment is to be dropped: older than TS.Recent (answered by an ACK), or without the option it should have. */
export function paws(step: Step, segment: Segment): boolean {
  const { tcb } = step;
  if (!tcb.features.timestamps) return true;
  const timestamps = segment.options.timestamps;
  if (!timestamps) {
    // RFC 7323 section 3.2: dropped, and not answered.
    step.dropped = 'tcp.no-timestamps';
    return false;
  }
  const { rcv } = tcb;
  if (rcv.tsRecent === undefined || ((timestamps.value - rcv.tsRecent) | 0) >= 0) return true;
  if (tcb.nowMs - rcv.tsRecentMs > OUTDATED_MS) return true;
  // A SYN is answered as any SYN is, by checkSyn: its timestamp comes from another life of the peer.
  if ((segment.flags & FLAG.SYN) !== 0) return true;
  step.dropped = 'tcp.paws';
  answerUnacceptable(step, segment);
  return false;
}

/** Section 4.3: TS.Recent moves on with a segment that covers Last.ACK.sent. */
export function rememberTimestamp(tcb: Draft, segment: Segment): void {
  const timestamps = segment.options.timestamps;
  if (!tcb.features.timestamps || !timestamps) return;
  const { rcv } = tcb;
  const newer = rcv.tsRecent === undefined || ((timestamps.value - rcv.tsRecent) | 0) >= 0;
  const outdated = tcb.nowMs - rcv.tsRecentMs > OUTDATED_MS;
  if ((newer || outdated) && le(segment.seq, rcv.acked)) {
    rcv.tsRecent = timestamps.value;
    rcv.tsRecentMs = tcb.nowMs;
  }
}
