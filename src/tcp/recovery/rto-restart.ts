/**
 * RTO restart (RFC 7765), where the user asks for it: with too little outstanding for three duplicate ACKs, a segment is sent
 * again one timeout after it was sent, and not one after the last ACK that came.
 */

import type { Draft } from '../draft.ts';
import { endOfText } from '../output.ts';
import { timeoutMs } from '../rtt.ts';
import { distance } from '../seq.ts';

/** rrthresh, in segments (section 4). */
const THRESHOLD = 4;

/**
 * Something new was acknowledged: sets when the retransmission timer is due, if that is earlier than a whole timeout from now.
 * Only where there is a scoreboard, since only that tells when a segment was sent.
 */
export function restartTimeout(tcb: Draft): void {
  const { nowMs, recovery, scoreboard, settings, timers } = tcb;
  // While something is being recovered the earliest may have been sent once more since, which step (3)(b) alone does not see.
  if (!settings.rtoRestart || recovery.phase !== 'open') return;
  if (scoreboard.sent.length === 0 || segmentsLeft(tcb) >= THRESHOLD) return;
  const leftMs = timeoutMs(tcb) - (nowMs - scoreboard.sent.sentMs(0));
  // Step (3)(b) has a whole timeout otherwise.
  if (leftMs > 0) timers.rtoDueMs = nowMs + leftMs;
}

/** Outstanding, as they were sent, and still unsent. */
function segmentsLeft(tcb: Draft): number {
  const { snd, scoreboard } = tcb;
  const { sent } = scoreboard;
  let count = Math.ceil(Math.max(0, distance(endOfText(tcb), snd.nxt)) / snd.mss);
  for (let index = 0; index < sent.length && count < THRESHOLD; index++)
    count += Math.ceil((sent.end(index) - sent.start(index)) / snd.mss);
  return count;
}
