/** What goes out again of what the scoreboard holds to be lost, as far as the windows allow (RFC 6675 section 5, step C). */

import type { Draft } from '../draft.ts';
import { effectiveMss } from '../emit.ts';
import { pacedAllowance } from '../pacing.ts';
import { WHY, type Why } from '../segment.ts';
import { add, distance, lt, min, type Seq } from '../seq.ts';
import { IDLE } from '../tcb.ts';
import { flightAllowed, pipe } from './pipe.ts';
import { firstLost, lastSackedBefore } from './ranges.ts';
import { firstGap, lostBytes, positionOf, sackedBytes, seqOf } from './scoreboard.ts';

/** Sends one segment again from `from` on, and not beyond `limit`. */
export type Resend = (from: Seq, limit: Seq, why: Why) => void;

const WHY_LOST = { rack: WHY.rack, sack: WHY.reported, newreno: WHY.fastRetransmission } as const;

const WHY_AGAIN = {
  timeout: WHY.retransmission,
  window: WHY.windowOpened,
  'packet too big': WHY.packetTooBig,
  'black hole': WHY.blackHole,
  'path probe': WHY.pathProbeLost,
} as const;

/** @returns whether more would go, were it not for the rate of a controller whose window in recovery is not small */
export function sendLost(tcb: Draft, resendOne: Resend): boolean {
  const { snd, recovery, settings } = tcb;
  // F-RTO asks first whether anything was lost: by new segments (RFC 5682 section 3.1, step 2b).
  if (recovery.frto === 'probing' || recovery.phase === 'open') return false;
  const resend: Resend = (from, limit, why) => {
    resendOne(from, limit, why);
    if (recovery.phase === 'fast') rearmTimeout(tcb);
  };
  const edge = add(snd.una, snd.wnd);
  const why = recovery.phase === 'loss' ? WHY_AGAIN[recovery.cause] : WHY_LOST[settings.lossRecovery];
  while (lostBytes(tcb.scoreboard) > 0) {
    const { scoreboard } = tcb;
    const lost = firstLost(scoreboard.marks)!;
    const from = seqOf(scoreboard, lost.start);
    if (!lt(from, edge)) return false;
    const behind = seqOf(scoreboard, lost.end);
    // SHLD-28: the last one may be filled up with text that was not sent before.
    const limit = recovery.phase === 'loss' && behind === snd.nxt ? edge : min(edge, behind);
    if (!hasRoom(tcb, Math.min(effectiveMss(tcb), distance(limit, from)))) return false;
    if (isHeld(tcb)) return true;
    const before = tcb.scoreboard;
    resend(from, limit, why);
    // A programmer's error would be an endless loop.
    if (tcb.scoreboard === before) return false;
  }
  return settings.lossRecovery === 'sack' && recovery.phase === 'fast' && nextSegment(tcb, edge, resend);
}

/**
 * Proportional rate reduction keeps the window of a recovery small; where the controller's own is not, its rate holds for what goes
 * again, too, but for the first of it.
 */
function isHeld(tcb: Draft): boolean {
  const { deliveryRate, recovery } = tcb;
  return deliveryRate !== undefined && recovery.prr.out > 0 && pacedAllowance(tcb, effectiveMss(tcb)) === 0;
}

/**
 * RFC 6675 section 6, the more careful way: each retransmission has a whole timeout from then on. A recovery may take longer than
 * the timeout, and what fills a queue is behind it when the first of them arrives.
 */
function rearmTimeout({ timers }: Draft): void {
  timers.rtoDueMs = undefined;
  timers.send = IDLE;
}

/** With nothing in flight one segment goes, however small the window is. */
function hasRoom(tcb: Draft, count: number): boolean {
  const inFlight = pipe(tcb);
  return inFlight <= 0 || inFlight + count <= flightAllowed(tcb);
}

/**
 * RFC 6675 section 4, NextSeg (): when nothing counts as lost and there is nothing new to send, (3) what lies below a report and
 * was not sent again, and (4) the last segment, once for each recovery, so that the ACKs don't come to an end.
 *
 * @returns whether more would go, were it not for the rate
 */
function nextSegment(tcb: Draft, edge: Seq, resend: Resend): boolean {
  const { snd, recovery } = tcb;
  const unsent = snd.queue.length - distance(snd.nxt, snd.text);
  if (unsent > 0 && lt(snd.nxt, edge)) return false;
  for (;;) {
    const { scoreboard } = tcb;
    const highest = lastSackedBefore(scoreboard.marks, Number.POSITIVE_INFINITY);
    if (!highest || !hasRoom(tcb, effectiveMss(tcb))) return false;
    const gap = firstGap(scoreboard, Math.max(scoreboard.base, scoreboard.scanned), highest.start);
    if (gap === undefined) break;
    if (isHeld(tcb)) return true;
    const count = Math.min(effectiveMss(tcb), gap.end - gap.start);
    resend(seqOf(scoreboard, gap.start), min(edge, seqOf(scoreboard, gap.start + count)), WHY.reported);
    if (tcb.scoreboard === scoreboard) return false;
  }
  const { scoreboard } = tcb;
  const next = positionOf(scoreboard, snd.nxt);
  const from = Math.max(scoreboard.base, next - effectiveMss(tcb));
  const last = firstGap(scoreboard, from, next);
  if (recovery.rescued || sackedBytes(scoreboard) === 0 || last === undefined) return false;
  recovery.rescued = true;
  resend(seqOf(scoreboard, last.start), snd.nxt, WHY.rescue);
  return false;
}
