/**
 * RTO restart (RFC 7765), where the user asks for it: with too little outstanding for three duplicate ACKs, a segment is sent
 * again one timeout after it was sent, and not one after the last ACK that came.
 */

import type { Draft } from '../draft.ts';
import { unsentText } from '../output.ts';
import { timeoutMs } from '../rtt.ts';
import { lt } from '../seq.ts';

/** rrthresh, in segments (section 4). */
const THRESHOLD = 4;

/**
 * Something new was acknowledged: sets when the retransmission timer is due, if that is earlier than a whole timeout from now.
 * Only where there is a scoreboard, since only that tells when a segment was sent.
 */
export function restartTimeout(tcb: Draft): void {
  const { nowMs, recovery, scoreboard, settings, snd, timers } = tcb;
  if (!settings.rtoRestart || (recovery.phase !== 'open' && lt(snd.una, recovery.recover))) return;
  const { sent, again } = scoreboard;
  // What was sent again, by a tail loss probe for one, has less than its timeout behind it; step (3)(b) alone does not see that.
  if (sent.length === 0 || again.length > 0 || segmentsLeft(tcb) >= THRESHOLD) return;
  const leftMs = timeoutMs(tcb) - (nowMs - sent.sentMs(0));
  // Step (3)(b) has a whole timeout otherwise.
  if (leftMs > 0) timers.rtoDueMs = nowMs + leftMs;
}

/** Outstanding, as they were sent, and still unsent. The first entry may be acknowledged in part. */
function segmentsLeft(tcb: Draft): number {
  const { snd, scoreboard } = tcb;
  const { base, sent } = scoreboard;
  let count = Math.ceil(unsentText(tcb) / snd.mss);
  for (let index = 0; index < sent.length && count < THRESHOLD; index++)
    count += Math.ceil((sent.end(index) - Math.max(base, sent.start(index))) / snd.mss);
  return count;
}
