/**
 * SEGMENT ARRIVES (RFC 9293 section 3.10.7): which of its parts a segment goes to, and section 3.10.7.4, the states from
 * SYN-RECEIVED on, with its checks in their order.
 */

import { FLAG } from '../wire/index.ts';
import { acceptable, ackInRange, trim } from './acceptable.ts';
import { acknowledge, reportArrives } from './acknowledge.ts';
import { reopen, reopens, returnToTimeWait, synSent } from './arrives-handshake.ts';
import { measureAtReceiver } from './buffers.ts';
import { answerUnacceptable, challenge, mayAnswerUnacceptable } from './challenge.ts';
import { markArrives } from './ecn.ts';
import { emitSyn } from './emit.ts';
import { establish } from './establish.ts';
import { paws, rememberTimestamp } from './paws.ts';
import { duplicatePart } from './reassembly.ts';
import { resetFor } from './reset.ts';
import type { Segment } from './segment.ts';
import { segmentEnd, segmentLength, segmentsIn, WHY } from './segment.ts';
import { add, ge, gt, le, lt } from './seq.ts';
import { isSynchronized, receivesText } from './state.ts';
import type { Step } from './step.ts';
import { take, takeIfAny } from './step.ts';
import { finArrives, takeHeldText, textArrives } from './text.ts';
import { urgentArrives } from './urgent.ts';
import { rememberUserTimeout } from './user-timeout.ts';

export function segmentArrives(step: Step, segment: Segment): void {
  const { tcb } = step;
  tcb.totals.segmentsReceived += segmentsIn(segment);
  tcb.timers.heardMs = tcb.nowMs;
  tcb.timers.keepAliveProbes = 0;
  if (step.state === 'SYN-SENT') return synSent(step, segment);
  if (step.state === 'TIME-WAIT' && reopens(step, segment)) return reopen(step);
  if (!checkSequence(step, segment)) return;
  if (!checkReset(step, segment)) return;
  // Third, security and compartment: no host but a multilevel secure one has them.
  if (!checkSyn(step, segment)) return;
  if (!checkAck(step, segment)) return;
  rememberUserTimeout(tcb, segment);
  if (receivesText(step.state)) {
    urgentArrives(step, segment);
    takeTextAndFin(step, segment);
  } else if (step.state === 'TIME-WAIT') {
    if ((segment.flags & FLAG.FIN) !== 0) finAgain(step, segment);
    // The peer is ahead of its own FIN, which can't be: it hears where we stand. An ACK at RCV.NXT must not be answered,
    // or two ends in TIME-WAIT would answer each other for ever.
    else if (segment.seq !== tcb.rcv.nxt) answerUnacceptable(step, segment);
  }
}

/** First, sequence number: and before it PAWS (RFC 7323 section 5.3). */
function checkSequence(step: Step, segment: Segment): boolean {
  const { tcb } = step;
  const reset = (segment.flags & FLAG.RST) !== 0;
  if (!reset && !paws(step, segment)) return false;
  if (acceptable(tcb, segment)) {
    if (isBelieved(step, segment)) {
      rememberTimestamp(tcb, segment);
      markArrives(tcb, segment);
    }
    return true;
  }
  if (reset) {
    // MUST-66: with a closed window a RST that stands exactly at RCV.NXT is still one.
    if (tcb.rcv.wnd === 0 && segment.seq === tcb.rcv.nxt) return true;
    step.dropped = 'tcp.rst-outside-window';
    return false;
  }
  // Fourth comes first for a SYN: RFC 5961 section 4 answers it whatever its sequence number, and so does checkSyn. A
  // crossing SYN,ACK of a simultaneous open repeats IRS; its ACK counts (RFC 9293 appendix A.2).
  if ((segment.flags & FLAG.SYN) !== 0 && (isSynchronized(step.state) || isCrossingSynAck(step, segment)))
    return true;
  if (isTheirSynAgain(step, segment)) {
    // Our SYN,ACK was lost. That is the ACK that says where we stand: a bare one would mean nothing to a peer in SYN-SENT.
    step.dropped = 'tcp.syn-again';
    if (mayAnswerUnacceptable(step, segment)) emitSyn(tcb, step.segments, true, WHY.synAck);
    return false;
  }
  // MUST-66: with a closed window the ACK and URG of a segment at RCV.NXT are processed, its text is not.
  const probe = tcb.rcv.wnd === 0 && segment.seq === tcb.rcv.nxt;
  step.dropped = 'tcp.unacceptable';
  answerUnacceptable(step, segment);
  reportDuplicate(step, segment);
  if (probe && checkSyn(step, segment) && checkAck(step, segment) && receivesText(step.state)) {
    urgentArrives(step, segment);
  }
  if (isTheirLastAgain(step, segment)) checkAck(step, segment);
  // A FIN that is sent again lies before the window, and yet says that our ACK was lost: 2 MSL start anew (3.10.7.4, eighth).
  if (step.state === 'TIME-WAIT' && isTheirFinAgain(tcb, segment)) {
    step.dropped = undefined;
    take(step, 'rcv.FIN');
  }
  return false;
}

/**
 * What they sent last, once more: it says that our ACK was lost, and what it acknowledges itself counts, as with BSD and
 * Linux. Without that two ends that each take the other's window for closed, and have both lost the ACK of a probe, would
 * find nothing acceptable of what the other sends: every segment would end where the other end has arrived already.
 */
function isTheirLastAgain({ state, tcb }: Step, segment: Segment): boolean {
  return (
    isSynchronized(state) &&
    state !== 'TIME-WAIT' &&
    (segment.flags & (FLAG.SYN | FLAG.ACK)) === FLAG.ACK &&
    segmentLength(segment) > 0 &&
    segmentEnd(segment) === tcb.rcv.nxt
  );
}

function isTheirFinAgain(tcb: Step['tcb'], segment: Segment): boolean {
  return (segment.flags & FLAG.FIN) !== 0 && segmentEnd(segment) === tcb.rcv.nxt;
}

function isTheirSynAgain({ state, tcb }: Step, segment: Segment): boolean {
  const bare = (segment.flags & (FLAG.SYN | FLAG.ACK | FLAG.FIN)) === FLAG.SYN;
  return state === 'SYN-RECEIVED' && tcb.origin === 'passive' && bare && segment.seq === tcb.irs;
}

function isCrossingSynAck(step: Step, segment: Segment): boolean {
  const { tcb, state } = step;
  return (
    state === 'SYN-RECEIVED' &&
    segment.seq === tcb.irs &&
    (segment.flags & FLAG.ACK) !== 0 &&
    tcb.origin === 'active'
  );
}

/** Second, RST: by RFC 5961 section 3 only one at exactly RCV.NXT resets. */
function checkReset(step: Step, segment: Segment): boolean {
  if ((segment.flags & FLAG.RST) === 0) return true;
  const { tcb } = step;
  if (step.state === 'TIME-WAIT' && tcb.settings.timeWaitProtection) {
    step.dropped = 'tcp.rst-in-time-wait';
    return false;
  }
  if (segment.seq !== tcb.rcv.nxt) challenge(step, 'tcp.rst-not-exact');
  else if (tcb.timeWait && step.state === 'SYN-RECEIVED') returnToTimeWait(step, tcb.timeWait);
  else take(step, 'rcv.RST');
  return false;
}

/** Fourth, SYN: a challenge ACK (RFC 5961 section 4), but for an embryonic connection, which goes back to LISTEN. */
function checkSyn(step: Step, segment: Segment): boolean {
  if ((segment.flags & FLAG.SYN) === 0) return true;
  if (isCrossingSynAck(step, segment)) return true;
  if (step.state === 'SYN-RECEIVED' && step.tcb.origin === 'passive') take(step, 'rcv.SYN');
  else challenge(step, 'tcp.syn-in-connection');
  return false;
}

/**
 * Whether what the segment says besides its sequence number is taken for the peer's word before all the checks are over: one
 * that only falls into the window may be forged, and a TS.Recent of its making would have everything dropped that follows (RFC
 * 5961 section 5).
 */
function isBelieved({ state, tcb }: Step, { flags, ack }: Segment): boolean {
  if ((flags & (FLAG.ACK | FLAG.RST | FLAG.SYN)) !== FLAG.ACK) return false;
  return state === 'SYN-RECEIVED' ? gt(ack, tcb.snd.una) && le(ack, tcb.snd.nxt) : ackInRange(tcb, ack);
}

/** Fifth, ACK. */
function checkAck(step: Step, segment: Segment): boolean {
  const { tcb } = step;
  if ((segment.flags & FLAG.ACK) === 0) {
    step.dropped = 'tcp.no-ack';
    return false;
  }
  if (step.state === 'SYN-RECEIVED') {
    if (!(gt(segment.ack, tcb.snd.una) && le(segment.ack, tcb.snd.nxt))) {
      step.segments.push(resetFor(segment, WHY.unacceptableAck));
      step.dropped = 'tcp.unacceptable-ack';
      return false;
    }
    tcb.snd.wl1 = add(segment.seq, -1);
    takeHeldText(step);
    establish(step, segment);
    take(step, 'rcv.ACK-of-SYN');
    acknowledge(step, segment);
    return true;
  }
  if (!ackInRange(tcb, segment.ack)) {
    challenge(step, 'tcp.ack-out-of-range');
    return false;
  }
  if (step.state === 'TIME-WAIT') return true;
  if (lt(segment.ack, tcb.snd.una)) {
    // Old, and still allowed: its ACK says nothing, its window neither, but what it reports does, and its text counts.
    reportArrives(step, segment);
    return true;
  }
  const before = step.state;
  acknowledge(step, segment);
  if (before === 'CLOSING' || before === 'LAST-ACK') return false;
  return true;
}

/** Seventh, text, and eighth, FIN. */
function takeTextAndFin(step: Step, segment: Segment): void {
  const { tcb } = step;
  if (segmentLength(segment) === 0) return;
  if (tcb.rcv.reader === 'gone' && segment.text.length > 0 && gt(segmentEnd(segment), tcb.rcv.nxt)) {
    if (takeIfAny(step, 'rcv.text-nobody-reads')) {
      // As one to a segment for nobody, and at what the peer expects next: at SND.NXT it would only get a challenge ACK while
      // text of ours is on its way (RFC 5961 section 3.2).
      step.segments.push(resetFor({ ...segment, ack: tcb.snd.una }, WHY.textNobodyReads));
      return;
    }
  }
  reportDuplicate(step, segment);
  const trimmed = trim(tcb, segment);
  if (trimmed.text.length > 0) {
    textArrives(step, trimmed.left, trimmed.text, segment.segmentSize);
    measureAtReceiver(tcb, segment);
  }
  if (trimmed.fin !== undefined) finArrives(step, trimmed.fin);
  // The FIN may have waited for text that this segment brought.
  if (tcb.rcv.fin !== undefined && tcb.rcv.fin === tcb.rcv.nxt && receivesText(step.state)) {
    tcb.rcv.nxt = add(tcb.rcv.nxt, 1);
    tcb.rcv.wnd = Math.max(0, tcb.rcv.wnd - 1);
    oweAckForFin(step);
    take(step, 'rcv.FIN');
  }
}

/**
 * Eighth: an acknowledgment for the FIN. A user who has nothing more to send closes on hearing of it, and then our FIN and
 * this ACK are one segment: so in ESTABLISHED the ACK waits until the user has heard, and no longer.
 */
function oweAckForFin(step: Step): void {
  const { rcv, timers, nowMs, settings } = step.tcb;
  if (rcv.ack === 'now') return;
  rcv.ackReason = 'in order';
  if (step.state !== 'ESTABLISHED' || settings.delayedAckMs === 0) {
    rcv.ack = 'now';
    return;
  }
  rcv.ack = 'delayed';
  timers.ackDueMs = nowMs;
}

/** A retransmitted FIN within TIME-WAIT: acknowledged, and 2 MSL start anew (MUST-13). */
function finAgain(step: Step, segment: Segment): void {
  answerUnacceptable(step, segment);
  takeIfAny(step, 'rcv.FIN');
}

/** RFC 2883: octets that came twice are told in the next SACK option. */
function reportDuplicate(step: Step, segment: Segment): void {
  const { tcb } = step;
  if (!tcb.features.sack || segment.text.length === 0) return;
  const end = add(segment.seq, segment.text.length);
  const inside = ge(end, add(tcb.rcv.nxt, -tcb.rcv.buffer));
  if (inside) tcb.rcv.duplicate ??= duplicatePart(tcb.rcv.blocks, tcb.rcv.nxt, segment.seq, end);
}
