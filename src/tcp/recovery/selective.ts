/**
 * Acknowledgments where SACK was agreed on: what they deliver, what they show to be lost, and recovery from it (RFC 6675, RFC
 * 8985, RFC 9937). Where it was not, `acknowledge.ts` recovers as RFC 6582 says.
 */

import type { SackBlock } from '../../wire/index.ts';
import {
  type LostText,
  lossFound,
  openWindow,
  recoveryEnds,
  textDelivered,
  textLost,
} from '../congestion/control.ts';
import type { Departure } from '../delivery-rate.ts';
import type { Draft } from '../draft.ts';
import { echoesMark } from '../ecn.ts';
import { echoedMs } from '../emit.ts';
import { probeAloneIsLost, probeInconclusive, repairProbe, repairsProbe } from '../path-probe.ts';
import type { Segment } from '../segment.ts';
import { distance, ge, gt, le, lt, type Seq } from '../seq.ts';
import type { Step } from '../step.ts';
import { announceUserTimeout } from '../user-timeout.ts';
import { duplicateIn } from './duplicates.ts';
import { askByNewText, believeTimeout } from './forward-rto.ts';
import { detectLossByReports } from './is-lost.ts';
import { pipe } from './pipe.ts';
import { onAckInRecovery } from './prr.ts';
import * as rack from './rack.ts';
import { rangeAt } from './ranges.ts';
import { restartTimeout } from './rto-restart.ts';
import {
  acknowledged,
  lostBytes,
  newIn,
  positionOf,
  reported,
  type Scoreboard,
  sackedBytes,
  seqOf,
  type TellLost,
} from './scoreboard.ts';
import { probeAcknowledged } from './tail-loss-probe.ts';
import { allReported, beginUndo, countDuplicate, echoesOriginal, takeBack } from './undo.ts';

/**
 * Takes in one acknowledgment that is in range, or that was overtaken and reports something.
 *
 * @param advance moves SND.UNA on to it, and gives the round trip that it measures
 */
export function acknowledgeSelectively(
  step: Step,
  segment: Segment,
  advance: (step: Step, segment: Segment, flight: number) => number | undefined,
): void {
  const { tcb } = step;
  const { snd, recovery } = tcb;
  const before = snd.una;
  const advances = gt(segment.ack, before);
  const { sack } = segment.options;
  // Nothing new, and nothing that came twice: a window update, or an answer to a probe.
  if (!advances && sack.length === 0) {
    const isBare = segment.ack === snd.una && segment.text.length === 0;
    probeAcknowledged(tcb, segment, undefined, isBare, distance(snd.nxt, snd.una));
    return;
  }
  const flight = distance(snd.nxt, snd.una);
  const bytes = Math.max(0, distance(segment.ack, snd.una));
  const sentMs = echoedMs(tcb, segment);
  const mayReport = snd.una !== sack[0]?.left || sackedBytes(tcb.scoreboard) > 0;
  const duplicate = sack.length === 0 ? undefined : duplicateIn(segment);
  const { evidence, old } = takeIn(tcb, segment, duplicate !== undefined, sentMs);
  const rttMs = advances ? advance(step, segment, flight) : undefined;
  if (advances) restartTimeout(tcb);
  tcb.rack = rack.updated(tcb.rack, evidence, tcb.nowMs);
  if (evidence.rttMs !== undefined && evidence.original > 0 && !recovery.probe.sampled)
    recovery.probe = { ...recovery.probe, sampled: true };
  const hasWidened = duplicate ? takeDuplicate(tcb, duplicate, mayReport) : false;
  probeAcknowledged(tcb, segment, duplicate, false, flight);
  recovery.duplicates = advances ? 0 : recovery.duplicates + (evidence.bytes > 0 ? 1 : 0);

  const isSpurious =
    looksSpurious(tcb, advances, duplicate !== undefined, sentMs) ||
    // An ACK that was overtaken answers nothing that was asked since.
    (recovery.frto === 'probing' && !lt(segment.ack, before) && isAnswered(tcb, advances, evidence, old));
  if (isSpurious) takeBack(tcb, bytes, echoesMark(tcb, segment));
  const exited =
    recovery.phase !== 'open' && ge(snd.una, recovery.recover) ? endRecovery(tcb, hasWidened) : undefined;
  if (recovery.frto === 'waiting' && advances) askByNewText(tcb, segment.wnd, !isResent(tcb));

  const lostBefore = lostBytes(tcb.scoreboard);
  const found = detect(tcb);
  const foundLoss = lostBytes(tcb.scoreboard) > lostBefore;
  if (recovery.phase === 'open' ? lostBytes(tcb.scoreboard) > 0 : foundLoss)
    respond(tcb, evidence.bytes, found);
  if (recovery.phase === 'fast') {
    if (evidence.bytes > 0) reduce(tcb, evidence.bytes, advances && !foundLoss);
  } else if (advances && !isSpurious && exited !== 'fast' && !echoesMark(tcb, segment)) {
    // Without timestamps one segment a round trip is timed, and HyStart++ wants eight (RFC 9406 section 4.2).
    openWindow(tcb, bytes, flight, rttMs ?? evidence.rttMs);
  }
  if (tcb.deliveryRate && evidence.bytes > 0)
    textDelivered(tcb, evidence.bytes, newestOf(tcb, evidence), true, flight, evidence.rttMs);
}

/** When what was sent last of what the ACK delivers has departed. */
function newestOf({ deliveryRate, scoreboard }: Draft, evidence: rack.Evidence): Departure | undefined {
  return deliveryRate?.departures.sentAt(evidence.newestMs, seqOf(scoreboard, evidence.newestEnd));
}

/** The reordering timer (RFC 8985 section 6.2): what was overdue is lost now. */
export function reorderingTimeout(tcb: Draft): void {
  const lostBefore = lostBytes(tcb.scoreboard);
  const found = detect(tcb);
  const lost = lostBytes(tcb.scoreboard);
  if (tcb.recovery.phase === 'open' ? lost > 0 : lost > lostBefore) respond(tcb, 0, found);
}

/** More counts as lost than before: a sign of congestion, unless it is a probe of the path alone (RFC 4821 section 7.6.2). */
function respond(tcb: Draft, delivered: number, found: readonly LostText[]): void {
  const isProbe = tcb.recovery.phase === 'open' && probeAloneIsLost(tcb);
  if (!isProbe) for (const text of found) textLost(tcb, text, delivered);
  if (tcb.recovery.phase === 'open') {
    if (isProbe) repairProbe(tcb, undefined);
    else beginRecovery(tcb, delivered);
  } else if (tcb.recovery.phase === 'loss' && repairsProbe(tcb)) {
    probeInconclusive(tcb);
    beginRecovery(tcb, delivered);
  }
}

const NOTHING_FOUND: LostText[] = [];

/**
 * Loss detection, by times or by what was reported: never both (RFC 8985 section 9.3).
 *
 * @returns what it has found, where the controller asks for it
 */
function detect(tcb: Draft): readonly LostText[] {
  const { recovery, snd, settings } = tcb;
  const { scoreboard } = tcb;
  // Nothing is allocated where nobody asks: this is done for each ACK.
  const found: LostText[] = tcb.deliveryRate ? [] : NOTHING_FOUND;
  const tell: TellLost | undefined =
    tcb.deliveryRate && ((board, start, end, sentMs) => found.push({ board, start, end, sentMs }));
  if (settings.lossRecovery === 'sack') {
    if (scoreboard.marks !== undefined)
      tcb.scoreboard = detectLossByReports(scoreboard, snd.mss, recovery.duplicates, tell);
    return found;
  }
  // In order, and nothing sent again: nothing can be overdue.
  if (scoreboard.marks === undefined) {
    if (tcb.rack.reorderDueMs !== undefined) tcb.rack = { ...tcb.rack, reorderDueMs: undefined };
    return found;
  }
  const windowMs = reorderingWindowMs(tcb);
  const { board, dueMs } = rack.detectLoss(scoreboard, tcb.rack, windowMs, tcb.nowMs, tell);
  tcb.scoreboard = board;
  if (tcb.rack.reorderDueMs !== dueMs) tcb.rack = { ...tcb.rack, reorderDueMs: dueMs };
  return found;
}

/** RACK.reo_wnd as it is now (RFC 8985 section 6.2, step 4). */
export function reorderingWindowMs(
  tcb: Pick<Draft, 'recovery' | 'rack' | 'scoreboard' | 'snd' | 'rtt'>,
): number {
  return rack.reorderingWindowMs(tcb.rack, {
    inRecovery: tcb.recovery.phase !== 'open',
    sackedSegments: tcb.rack.reorderingSeen ? 0 : rack.sackedSegments(tcb.scoreboard, tcb.snd.mss),
    srttMs: tcb.rtt.srttMs,
  });
}

/** RFC 6675 section 5, step 4: once for each window, and paced out by PRR. */
function beginRecovery(tcb: Draft, delivered: number): void {
  const { snd, recovery } = tcb;
  const flight = distance(snd.nxt, snd.una);
  recovery.undo = beginUndo(tcb.cc);
  // RFC 5681 section 3.2, step 2: what limited transmit sent beyond cwnd does not count.
  lossFound(tcb, Math.min(flight, tcb.cc.cwnd));
  recovery.phase = 'fast';
  recovery.cause = 'timeout';
  recovery.recover = snd.nxt;
  recovery.frto = 'off';
  recovery.rescued = false;
  // RFC 9937 section 6.1: without what was reported before this ACK.
  const recoverFlight = flight - sackedBytes(tcb.scoreboard) + delivered;
  recovery.prr = { delivered: 0, out: 0, recoverFlight };
  recovery.window = pipe(tcb) + snd.mss;
  recovery.probe = { end: undefined, isRetransmission: false, sampled: recovery.probe.sampled };
  // The retransmission gets a whole timeout of its own.
  tcb.timers.rtoDueMs = undefined;
  announceUserTimeout(tcb);
}

function reduce(tcb: Draft, delivered: number, isSafe: boolean): void {
  const { recovery, cc, snd } = tcb;
  const ack = { delivered, pipe: pipe(tcb), ssthresh: cc.ssthresh, mss: snd.mss, isSafe };
  const { prr, window } = onAckInRecovery(recovery.prr, ack);
  recovery.prr = prr;
  recovery.window = window;
}

/** All that was outstanding when it began is acknowledged. */
function endRecovery(tcb: Draft, hasWidened: boolean): 'fast' | 'loss' {
  const { recovery, snd, cc } = tcb;
  const was = recovery.phase === 'fast' ? 'fast' : 'loss';
  if (was === 'fast') {
    // RFC 9937 section 6.2: PRR has brought the flight down to ssthresh, and no burst is to be feared.
    const flight = Math.max(Number.isFinite(cc.ssthresh) ? cc.ssthresh : 0, distance(snd.nxt, snd.una));
    recoveryEnds(tcb, flight);
  }
  recovery.phase = 'open';
  recovery.frto = 'off';
  // RFC 8985 section 6.2, step 4: a recovery that ends with a report of a duplicate is not one of the sixteen.
  if (!hasWidened) tcb.rack = rack.recovered(tcb.rack);
  return was;
}

/** Whether timestamps or D-SACKs show that what was sent again had not been lost (RFC 3522, RFC 3708). */
function looksSpurious(
  tcb: Draft,
  advances: boolean,
  hasDuplicate: boolean,
  sentMs: number | undefined,
): boolean {
  const { recovery, snd, totals } = tcb;
  const { undo } = recovery;
  if (undo === undefined) return false;
  if (hasDuplicate && allReported(undo)) return true;
  if (!advances || undo.resentMs === undefined) return false;
  // RFC 3522 section 3.2, step 5: the ACK of everything may mean that all those before it were lost; a receiver that tells of
  // duplicates would have told of this one.
  const isTelling = !hasDuplicate && (totals.duplicatesReported > 0 || snd.una !== snd.nxt);
  if (isTelling && echoesOriginal(undo, sentMs)) return true;
  recovery.undo = { ...undo, isTested: true };
  return false;
}

/** F-RTO with SACK (RFC 5682 section 3.1), step 3: whether what was sent before the timeout arrives, and that alone. */
function isAnswered(tcb: Draft, advances: boolean, evidence: rack.Evidence, old: number): boolean {
  const beyondRecover = positionOf(tcb.scoreboard, tcb.recovery.recover) < evidence.fack;
  if (!beyondRecover && old > 0) return true;
  if (beyondRecover || advances || evidence.bytes > 0) believeTimeout(tcb);
  return false;
}

/** Step 2: whether the first segment outstanding is the one that the timer has sent again, or a part of it. */
function isResent({ scoreboard }: Draft): boolean {
  return rangeAt(scoreboard.marks, scoreboard.base)?.mark === 'resent';
}

/**
 * Puts what the ACK delivers to the scoreboard.
 *
 * @returns what it says of the path, and how many octets it delivers that lay below `recover`
 */
function takeIn(
  tcb: Draft,
  segment: Segment,
  firstIsDuplicate: boolean,
  echoedMs: number | undefined,
): { readonly evidence: rack.Evidence; readonly old: number } {
  const { snd, recovery } = tcb;
  if (tcb.scoreboard.marks === undefined && segment.options.sack.length === 0)
    return takeInOrder(tcb, segment);
  let board: Scoreboard = tcb.scoreboard;
  const evidence = rack.noEvidence(tcb.rack);
  const recover = positionOf(board, recovery.recover);
  let old = 0;
  const take = (start: number, end: number, mark: string | undefined, resentMs: number): void => {
    evidence.bytes += end - start;
    if (start < recover) old += Math.min(end, recover) - start;
    const resent = mark === 'resent' || mark === 'lost again';
    if (!resent) {
      evidence.original += end - start;
      const index = board.sent.countUpTo(end - 1);
      if (index < board.sent.length)
        rack.learn(
          evidence,
          tcb.rack,
          { end, sentMs: board.sent.sentMs(index), resent },
          tcb.nowMs,
          echoedMs,
        );
    } else if (mark === 'resent') {
      rack.learn(evidence, tcb.rack, { end, sentMs: resentMs, resent }, tcb.nowMs, echoedMs);
    }
  };
  const ack = gt(segment.ack, snd.una) ? segment.ack : snd.una;
  if (ack !== snd.una) {
    newIn(board, board.base, positionOf(board, ack), take);
    board = acknowledged(board, ack);
  }
  for (const { left, right } of ordered(segment, firstIsDuplicate)) {
    // RFC 2018 section 4: a block lies beyond the ACK; what was never sent is nobody's.
    if (!lt(left as Seq, right as Seq) || le(right as Seq, ack) || gt(right as Seq, snd.nxt)) continue;
    const start = Math.max(board.base, positionOf(board, left as Seq));
    const end = positionOf(board, right as Seq);
    const before = evidence.bytes;
    newIn(board, start, end, take);
    if (evidence.bytes > before) board = reported(board, start, end);
  }
  tcb.scoreboard = board;
  return { evidence, old };
}

/** The same for the ACK that there is most of, without loss: of what was sent once, and in order. */
function takeInOrder(
  tcb: Draft,
  { ack }: Segment,
): { readonly evidence: rack.Evidence; readonly old: number } {
  const { scoreboard, recovery, nowMs } = tcb;
  const { sent, base } = scoreboard;
  const evidence = rack.noEvidence(tcb.rack);
  const end = positionOf(scoreboard, ack);
  const recover = positionOf(scoreboard, recovery.recover);
  const index = sent.countUpTo(end - 1);
  evidence.bytes = end - base;
  evidence.original = end - base;
  if (index < sent.length) {
    const range = { end, sentMs: sent.sentMs(index), resent: false };
    rack.learn(evidence, tcb.rack, range, nowMs, undefined);
  }
  tcb.scoreboard = acknowledged(scoreboard, ack);
  return { evidence, old: Math.max(0, Math.min(end, recover) - base) };
}

/** The blocks in the order of their sequence numbers, as reordering is told by it; without a duplicate's. */
function ordered({ options }: Segment, firstIsDuplicate: boolean): Segment['options']['sack'] {
  const { sack } = options;
  if (sack.length <= 1) return firstIsDuplicate ? [] : sack;
  const blocks = firstIsDuplicate ? sack.slice(1) : [...sack];
  return blocks.sort((a, b) => distance(a.left as Seq, b.left as Seq));
}

/**
 * A retransmission, or a copy that the network made, has come twice (RFC 2883; RFC 8985 section 6.2, step 4).
 *
 * @param mayReport whether a response to a loss may be taken back for it
 * @returns whether the reordering window has become wider
 */
function takeDuplicate(tcb: Draft, duplicate: SackBlock, mayReport: boolean): boolean {
  const { scoreboard, recovery, snd, totals } = tcb;
  const left = duplicate.left as Seq;
  const right = duplicate.right as Seq;
  if (!lt(left, right) || gt(right, snd.nxt)) return false;
  const before = tcb.rack;
  tcb.rack = rack.widened(before, scoreboard.base, positionOf(scoreboard, snd.nxt));
  totals.duplicatesReported++;
  const { undo } = recovery;
  // RFC 3708 section 3, A.1: with all ACKs of a window lost, the way back is congested.
  if (undo && !mayReport) recovery.undo = undefined;
  else if (undo)
    recovery.undo = countDuplicate(undo, positionOf(scoreboard, left), positionOf(scoreboard, right));
  return tcb.rack !== before;
}
