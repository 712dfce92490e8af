/**
 * ACKs in answer to what can't be taken, at most so many a second for each connection (RFC 5961 section 7). The counts are
 * never shared between connections: shared ones tell an attacker off the path about other people's.
 */

import type { Segment } from './segment.ts';
import { segmentLength } from './segment.ts';
import type { Step } from './step.ts';
import type { Answers } from './tcb.ts';

/**
 * How many in a second. A peer whose text or FIN is unacceptable has missed our ACK of it: a window that is sent again may
 * bring many, and one answer that arrives is enough. What occupies no sequence numbers is not sent again for an ACK's sake; two ends
 * that find each other's ACKs unacceptable would answer each other for ever.
 */
const A_SECOND = { challenges: 10, empty: 10, text: 100 } as const satisfies Record<keyof Answers, number>;

/** Answers a doubtful RST, SYN or ACK with an ACK of where we stand, and does nothing else. */
export function challenge(step: Step, reason: string): void {
  const { tcb } = step;
  step.dropped = reason;
  if (!mayAnswer(step, 'challenges')) return;
  tcb.totals.challengeAcks++;
  tcb.rcv.ack = 'now';
  tcb.rcv.ackReason = 'challenge';
}

/** Owes an ACK in answer to a segment that is not acceptable (RFC 9293 section 3.10.7.4, first). */
export function answerUnacceptable(step: Step, segment: Segment): void {
  const { rcv } = step.tcb;
  if (!mayAnswerUnacceptable(step, segment)) return;
  rcv.ack = 'now';
  rcv.ackReason = 'unacceptable';
}

export function mayAnswerUnacceptable(step: Step, segment: Segment): boolean {
  return mayAnswer(step, segmentLength(segment) === 0 ? 'empty' : 'text');
}

function mayAnswer({ tcb }: Step, which: keyof Answers): boolean {
  const { sinceMs, count } = tcb.answers[which];
  const isNew = tcb.nowMs - sinceMs >= 1_000;
  if (!isNew && count >= A_SECOND[which]) return false;
  const tally = isNew ? { sinceMs: tcb.nowMs, count: 1 } : { sinceMs, count: count + 1 };
  tcb.answers = { ...tcb.answers, [which]: tally };
  return true;
}
