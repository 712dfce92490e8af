/**
 * The fifth check, ACK, in the synchronized states (RFC 9293 section 3.10.7.4): what an acknowledgment settles, the send
 * window, and loss recovery by RFC 5681 and RFC 6582 (NewReno).
 */

import { FLAG } from '../wire/index.ts';
import {
  lossFound,
  openWindow,
  recoveryEnds,
  segmentLost,
  textDelivered,
  windowUnused,
} from './congestion/control.ts';
import type { Draft } from './draft.ts';
import { echoArrives, echoesMark } from './ecn.ts';
import { echoedMs, sinceEchoedMs } from './emit.ts';
import { endOfText, resend } from './output.ts';
import { pathAcknowledged } from './path-mtu.ts';
import { probeFailed, probeInconclusive, repairsProbe } from './path-probe.ts';
import { askByNewText, believeTimeout } from './recovery/forward-rto.ts';
import { hasScoreboard } from './recovery/pipe.ts';
import { acknowledgeSelectively } from './recovery/selective.ts';
import { beginUndo, echoesOriginal, takeBack } from './recovery/undo.ts';
import { sampleAfterSpuriousTimeout, sampleRtt } from './rtt.ts';
import type { Segment } from './segment.ts';
import { segmentLength, WHY } from './segment.ts';
import { add, distance, ge, gt, le, lt, min } from './seq.ts';
import { hasFinToSend } from './state.ts';
import type { Step } from './step.ts';
import { take } from './step.ts';
import { IDLE } from './tcb.ts';
import { goBack } from './timeouts.ts';
import { announceUserTimeout } from './user-timeout.ts';

const DUPLICATE_THRESHOLD = 3;

/** SND.UNA =< SEG.ACK =< SND.NXT has been checked. Afterwards the step's state is that which the ACK of our FIN leads to, if it was one. */
export function acknowledge(step: Step, segment: Segment): void {
  const { tcb } = step;
  // MUST-37: a peer that answers is alive, even if its window stays closed.
  if (tcb.timers.send.kind === 'persist' && tcb.snd.unansweredSinceMs !== undefined) {
    tcb.snd.unansweredSinceMs = tcb.nowMs;
  }
  const flight = distance(tcb.snd.nxt, tcb.snd.una);
  const finAcknowledged = hasFinToSend(step.state) && segment.ack === add(endOfText(tcb), 1);
  if (hasScoreboard(tcb)) acknowledgeSelectively(step, segment, advance);
  else if (gt(segment.ack, tcb.snd.una)) newlyAcknowledged(step, segment, flight);
  else if (isDuplicate(step, segment)) duplicateAck(step);
  updateSendWindow(step, segment);
  echoArrives(tcb, segment, flight);
  if (finAcknowledged) take(step, 'rcv.ACK-of-FIN');
}

/** An ACK that was overtaken: its SACK blocks are as good as any (RFC 6675 section 5), and a D-SACK comes but once (RFC 2883). */
export function reportArrives(step: Step, segment: Segment): void {
  if (hasScoreboard(step.tcb) && segment.options.sack.length > 0)
    acknowledgeSelectively(step, segment, advance);
}

function newlyAcknowledged(step: Step, segment: Segment, flight: number): void {
  const { tcb } = step;
  const bytes = distance(segment.ack, tcb.snd.una);
  const wasOpen = tcb.recovery.phase === 'open';
  const rttMs = advance(step, segment, flight);
  settle(step, segment, flight, bytes, rttMs);
  if (tcb.deliveryRate === undefined) return;
  // Which of several transmissions has arrived is not told without SACK: there is no rate then.
  const newest = tcb.deliveryRate.departures.upTo(segment.ack);
  textDelivered(tcb, bytes, newest, wasOpen, flight, rttMs);
}

/** What an ACK of `bytes` means for recovery and the congestion window. */
function settle(
  step: Step,
  segment: Segment,
  flight: number,
  bytes: number,
  rttMs: number | undefined,
): void {
  const { tcb } = step;
  const { snd, recovery } = tcb;
  const isSpurious = looksSpurious(tcb, segment) || recovery.frto === 'probing';
  if (isSpurious) takeBack(tcb, bytes, echoesMark(tcb, segment));
  if (recovery.phase === 'fast') {
    if (lt(snd.una, recovery.recover)) return partialAck(step, bytes);
    if (!repairsProbe(tcb)) recoveryEnds(tcb);
  } else if (!isSpurious && !echoesMark(tcb, segment)) {
    openWindow(tcb, bytes, flight, rttMs);
  }
  if (recovery.phase === 'loss' && lt(snd.una, recovery.recover)) {
    if (recovery.frto === 'waiting') askByNewText(tcb, segment.wnd, ge(snd.una, recovery.next));
    if (lt(recovery.next, snd.una)) recovery.next = snd.una;
    recovery.duplicates = 0;
    return;
  }
  recovery.phase = 'open';
  recovery.duplicates = 0;
  recovery.inflation = 0;
}

/** Eifel (RFC 3522) for the first ACK of something new after a retransmission. */
function looksSpurious(tcb: Draft, segment: Segment): boolean {
  const { recovery, snd } = tcb;
  const { undo } = recovery;
  if (undo === undefined || undo.resentMs === undefined) return false;
  // Section 3.2, step 5: the ACK of everything may mean that all those before it were lost.
  if (snd.una !== snd.nxt && echoesOriginal(undo, echoedMs(tcb, segment))) return true;
  recovery.undo = { ...undo, isTested: true };
  return false;
}

/**
 * SND.UNA moves on to SEG.ACK.
 *
 * @returns the round trip that this ACK measures, in milliseconds; undefined when it does not
 */
function advance(step: Step, segment: Segment, flight: number): number | undefined {
  const { tcb } = step;
  const { snd } = tcb;
  const rttMs = measure(step, segment, flight);
  // Behind the text stands at most our FIN, which is no part of the queue.
  snd.queue = snd.queue.drop(Math.max(0, distance(segment.ack, snd.text)));
  snd.una = segment.ack;
  snd.text = segment.ack;
  if (snd.up !== undefined && le(snd.up, snd.una)) snd.up = undefined;
  if (snd.smallEnd !== undefined && le(snd.smallEnd, snd.una)) snd.smallEnd = undefined;
  snd.unansweredSinceMs = snd.nxt === snd.una ? undefined : tcb.nowMs;
  pathAcknowledged(tcb);
  tcb.softError = undefined;
  // RFC 6298, 5.2 and 5.3: off when all is acknowledged, else anew. `setSendTimer` starts what is to run.
  tcb.timers.send = IDLE;
  tcb.timers.rtoDueMs = undefined;
  return rttMs;
}

/**
 * RFC 7323 section 4.1 with timestamps, else the one timed segment; never from what was sent twice (Karn, RFC 6298 section 3).
 *
 * @returns milliseconds, or undefined when this ACK measures nothing
 */
function measure(step: Step, segment: Segment, flight: number): number | undefined {
  const { tcb } = step;
  const { rtt, snd } = tcb;
  if (rtt.timed && ge(segment.ack, rtt.timed.end)) {
    const timedMs = tcb.nowMs - rtt.timed.sentMs;
    sample(tcb, segment, timedMs, 1);
    rtt.timed = undefined;
    rtt.backoff = 0;
    return timedMs;
  }
  const sampleMs = sinceEchoedMs(tcb, segment);
  // An echo of the future, or of days ago, is none of ours.
  if (sampleMs === undefined || sampleMs < 0 || sampleMs > 600_000) return undefined;
  // A receiver that joins segments, or is busy, sends fewer ACKs than the one for two segments that RFC 7323 expects.
  const apart = Math.max(2 * snd.mss, distance(segment.ack, snd.una));
  sample(tcb, segment, sampleMs, Math.max(1, Math.ceil(flight / apart)));
  rtt.backoff = 0;
  return sampleMs;
}

function sample(tcb: Draft, { ack }: Segment, sampleMs: number, samplesPerRoundTrip: number): void {
  const { beforeSpurious } = tcb.rtt;
  if (beforeSpurious === undefined || !gt(ack, beforeSpurious.end))
    sampleRtt(tcb, sampleMs, samplesPerRoundTrip);
  else sampleAfterSpuriousTimeout(tcb, sampleMs);
}

/** RFC 5681 section 2, (a) to (e). With SACK agreed on, one that reports nothing new beyond SND.UNA is no sign of loss. */
function isDuplicate(step: Step, segment: Segment): boolean {
  const { snd, features } = step.tcb;
  if (segment.ack !== snd.una || snd.nxt === snd.una || segmentLength(segment) > 0) return false;
  if ((segment.flags & (FLAG.SYN | FLAG.FIN)) !== 0) return false;
  // Over a closed window these are the answers to our probes: nothing is lost, and nothing may be sent.
  if (snd.wnd === 0) return false;
  if (features.sack) return segment.options.sack.some((block) => gt(block.right as typeof snd.una, snd.una));
  return segment.wnd * 2 ** snd.shift === snd.wnd;
}

function duplicateAck(step: Step): void {
  const { tcb } = step;
  const { snd, recovery } = tcb;
  recovery.duplicates++;
  if (recovery.phase === 'fast') {
    recovery.inflation += snd.mss;
    return;
  }
  if (recovery.frto !== 'off') believeTimeout(tcb);
  if (recovery.phase === 'loss' || recovery.duplicates !== DUPLICATE_THRESHOLD) return;
  // RFC 6582 section 3.2, step 2: only once for each window, unless a SACK block shows that there is a hole indeed.
  const beyond = tcb.features.sack ? ge(snd.una, recovery.recover) : gt(snd.una, recovery.recover);
  if (!beyond) return;
  const { probe } = tcb.path;
  if (probe?.start === snd.una) {
    probeFailed(tcb, undefined);
    recovery.cause = 'path probe';
    recovery.next = probe.end;
    recovery.undo = undefined;
  } else {
    recovery.cause = 'timeout';
    congestionFound(tcb);
  }
  recovery.phase = 'fast';
  recovery.recover = snd.nxt;
  recovery.inflation = DUPLICATE_THRESHOLD * snd.mss;
  announceUserTimeout(tcb);
  const why = repairsProbe(tcb) ? WHY.pathProbeLost : WHY.fastRetransmission;
  resend(step.state, tcb, step.segments, snd.una, snd.nxt, why);
}

/** RFC 5681 section 3.2, step 2: what limited transmit sent beyond cwnd does not count. */
function congestionFound(tcb: Draft): void {
  const { snd, cc, recovery } = tcb;
  recovery.undo = beginUndo(cc);
  segmentLost(tcb);
  lossFound(tcb, Math.min(distance(snd.nxt, snd.una), cc.cwnd));
}

/** RFC 6582 section 3.2, step 5: the next hole is filled at once, and cwnd deflated by what has left the path. */
function partialAck(step: Step, bytes: number): void {
  const { tcb } = step;
  const { snd, recovery } = tcb;
  // More is missing than the probe of the path (RFC 4821 section 7.6.4).
  if (repairsProbe(tcb) && ge(snd.una, recovery.next)) {
    probeInconclusive(tcb);
    congestionFound(tcb);
  } else segmentLost(tcb);
  recovery.inflation = Math.max(0, recovery.inflation - bytes) + (bytes >= snd.mss ? snd.mss : 0);
  // The timer has started anew, as for each partial ACK ("slow but steady"): progress is being made, and without SACK a
  // timeout would send the whole window again.
  resend(step.state, tcb, step.segments, snd.una, min(snd.nxt, recovery.recover), WHY.partialAck);
}

/** R9293-24: only a segment that is newer than the last one used may change the window. */
export function updateSendWindow(step: Step, segment: Segment): void {
  const { tcb } = step;
  const { snd } = tcb;
  if (!(lt(snd.wl1, segment.seq) || (snd.wl1 === segment.seq && le(snd.wl2, segment.ack)))) return;
  const wasClosed = snd.wnd === 0;
  const shift = (segment.flags & FLAG.SYN) !== 0 ? 0 : snd.shift;
  snd.wnd = segment.wnd * 2 ** shift;
  snd.wl1 = segment.seq;
  snd.wl2 = segment.ack;
  if (snd.wnd > snd.maxWnd) snd.maxWnd = snd.wnd;
  if (!wasClosed && snd.wnd === 0) tcb.timers.probes = 0;
  if (!wasClosed || snd.wnd === 0) return;
  // Nothing but probes for more than an RTO: an idle time as any other (RFC 5681 section 4.1).
  if (tcb.timers.probes > 0) windowUnused(tcb);
  tcb.timers.probes = 0;
  // What is outstanding was sent into the closed window, as a probe or before the peer shrank it: it goes out again at once.
  if (snd.nxt !== snd.una && snd.text === snd.una) goBack(step, 'window');
}
