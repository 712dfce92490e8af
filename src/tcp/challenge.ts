/**
 * Challenge ACKs (RFC 5961), at most so many a second for each connection (section 7). The count is never shared between
 * connections: a shared one tells an attacker off the path about other people's.
 */

import type { Step } from './step.ts';

const CHALLENGES_A_SECOND = 10;

/** Answers a doubtful RST, SYN or ACK with an ACK of where we stand, and does nothing else. */
export function challenge(step: Step, reason: string): void {
  const { tcb } = step;
  step.dropped = reason;
  const { sinceMs, count } = tcb.challenges;
  if (tcb.nowMs - sinceMs >= 1_000) {
    tcb.challenges = { sinceMs: tcb.nowMs, count: 1 };
  } else if (count >= CHALLENGES_A_SECOND) {
    return;
  } else {
    tcb.challenges = { sinceMs, count: count + 1 };
  }
  tcb.totals.challengeAcks++;
  tcb.rcv.ack = 'now';
  tcb.rcv.ackReason = 'challenge';
}
