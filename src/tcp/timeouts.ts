/**
 * Timeouts (RFC 9293 sections 3.10.8, 3.8.3, 3.8.6.1 and 3.8.4): what happens when a delayed event of the chart's send
 * timer or ACK timer is due.
 */

import { FLAG } from '../wire/index.ts';
import { timeoutExpired } from './congestion/control.ts';
import { forgetsReports } from './delivery-rate.ts';
import type { Draft } from './draft.ts';
import { endHold } from './ecn.ts';
import { effectiveMss, emit, emitAck, emitSyn } from './emit.ts';
import { endOfText, queuedText } from './output.ts';
import { pathTimeout } from './path-mtu.ts';
import { forgetProbe } from './path-probe.ts';
import { hasScoreboard } from './recovery/pipe.ts';
import { rangeAt } from './recovery/ranges.ts';
import { allLost, positionOf } from './recovery/scoreboard.ts';
import { reorderingTimeout } from './recovery/selective.ts';
import { sendProbe } from './recovery/tail-loss-probe.ts';
import { beforeTimeout, beginUndo } from './recovery/undo.ts';
import { WHY } from './segment.ts';
import { add, distance, gt } from './seq.ts';
import { hasFinToSend } from './state.ts';
import type { Step } from './step.ts';
import { take } from './step.ts';
import type { LossCause } from './tcb.ts';
import { IDLE } from './tcb.ts';
import { announceUserTimeout, userTimeoutDueMs } from './user-timeout.ts';

/** SHLD-10: R1 is this many retransmissions of one segment. */
const R1 = 3;

export function sendTimerFires(step: Step): void {
  const { tcb } = step;
  const { send } = tcb.timers;
  // Lazily re-armed: the due time may have moved on since the delayed event was scheduled.
  if (send.dueMs > tcb.nowMs) return;
  tcb.timers.send = IDLE;
  if (send.kind === 'retransmission') return retransmissionTimeout(step);
  if (send.kind === 'tail-loss probe') return sendProbe(step);
  if (send.kind === 'reordering') return reorderingTimeout(tcb);
  // What was held goes with the output that ends the step.
  if (send.kind === 'pacing') return;
  if (send.kind === 'persist') return persistTimeout(step);
  if (send.kind === 'keep-alive') return keepAliveTimeout(step);
}

/** SHLD-18, MUST-40: the ACK that waited for company goes alone. */
export function ackTimerFires(step: Step): void {
  const { tcb } = step;
  if (tcb.timers.ackDueMs === undefined || tcb.timers.ackDueMs > tcb.nowMs) return;
  if (tcb.rcv.ack !== 'none') emitAck(tcb, step.segments, WHY.delayedAck);
}

function retransmissionTimeout(step: Step): void {
  const { tcb, state } = step;
  if (userTimeoutPassed(step)) return;
  const { rtt, snd, recovery } = tcb;
  // Whether the timer has sent this very segment before; the back-off may outlast it (Karn).
  const again = recovery.phase === 'loss' && wentAgain(tcb);
  tcb.timers.rtoDueMs = undefined;
  rtt.backoff++;
  rtt.timed = undefined;
  if (rtt.backoff === R1) step.notices.push('delivery-trouble');

  if (snd.text !== snd.una) {
    rtt.synRetransmitted = true;
    const answers = state !== 'SYN-SENT';
    emitSyn(tcb, step.segments, answers, WHY.retransmission);
    if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return;
  }
  const { phase, undo, frto } = recovery;
  const fresh = phase === 'open' ? beginUndo(tcb.cc, beforeTimeout(tcb)) : undefined;
  forgetProbe(tcb, true);
  const narrowed = pathTimeout(tcb, rtt.backoff > R1);
  timeoutExpired(tcb, again);
  goBack(step, narrowed ?? 'timeout');
  // RFC 3522 section 3.2: once for the same segment.
  tcb.recovery.undo = phase === 'loss' && again ? undo : fresh;
  // RFC 5682 sections 2.1 and 3.1, step 1: not where a recovery was under way, but again while nothing has been heard of it.
  const mayAsk = phase === 'open' || (phase === 'loss' && again && frto === 'waiting');
  // What the path takes no more of that length has not arrived.
  tcb.recovery.frto = mayAsk && narrowed === undefined ? 'waiting' : 'off';
}

/** Whether the first segment outstanding has gone out again since the timer first expired. */
function wentAgain(tcb: Draft): boolean {
  // What the path did not take went again for that reason alone.
  if (tcb.recovery.cause === 'packet too big' || tcb.recovery.cause === 'path probe') return false;
  if (!hasScoreboard(tcb)) return gt(tcb.recovery.next, tcb.snd.una);
  const first = rangeAt(tcb.scoreboard.marks, tcb.scoreboard.base);
  return first?.mark === 'resent' || first?.mark === 'lost again';
}

/** All that is outstanding counts as lost and goes out again from SND.UNA on, as far as cwnd allows. */
export function goBack(step: Step, cause: LossCause): void {
  const { tcb } = step;
  const { snd } = tcb;
  const { recovery } = tcb;
  forgetProbe(tcb, false);
  recovery.phase = 'loss';
  recovery.duplicates = 0;
  recovery.inflation = 0;
  recovery.recover = snd.nxt;
  recovery.next = snd.text;
  recovery.cause = cause;
  recovery.frto = 'off';
  recovery.undo = undefined;
  endHold(tcb);
  forgetsReports(tcb, cause === 'timeout' || cause === 'black hole');
  if (hasScoreboard(tcb)) loseAll(tcb);
  tcb.timers.rtoDueMs = undefined;
  tcb.timers.send = IDLE;
  tcb.rtt.timed = undefined;
  announceUserTimeout(tcb);
}

/** RFC 2018 section 5.1: what the peer has reported goes again as well, since it may have reneged. */
function loseAll(tcb: Draft): void {
  const { scoreboard, recovery, snd } = tcb;
  tcb.scoreboard = allLost(scoreboard, positionOf(scoreboard, snd.text), positionOf(scoreboard, snd.nxt));
  tcb.rack = { ...tcb.rack, reorderDueMs: undefined };
  recovery.probe = { end: undefined, isRetransmission: false, sampled: recovery.probe.sampled };
}

/** MUST-36: one octet beyond the closed window; with an open one, the override of silly window avoidance. */
function persistTimeout(step: Step): void {
  const { tcb, state } = step;
  if (userTimeoutPassed(step)) return;
  const { snd, timers } = tcb;
  timers.probes++;
  const end = endOfText(tcb);
  if (snd.wnd === 0) {
    const hasText = distance(end, snd.text) > 0;
    const flags = hasText ? 0 : FLAG.FIN;
    emit(tcb, step.segments, snd.text, queuedText(tcb, snd.text, hasText ? 1 : 0), flags, WHY.probe);
    return;
  }
  const { isHeld } = tcb.ecn;
  endHold(tcb);
  const count = Math.min(distance(end, snd.nxt), snd.wnd, effectiveMss(tcb));
  // A FIN alone, and what Nagle's algorithm has its say about, is for the output that ends the step.
  if (count <= 0 || isHeld) return;
  const withFin = hasFinToSend(state) && add(snd.nxt, count) === end && snd.wnd > count;
  emit(
    tcb,
    step.segments,
    snd.nxt,
    queuedText(tcb, snd.nxt, count),
    FLAG.PSH | (withFin ? FLAG.FIN : 0),
    WHY.override,
  );
}

/** MUST-29: one unanswered probe proves nothing; many in a row do. */
function keepAliveTimeout(step: Step): void {
  const { tcb } = step;
  if (tcb.timers.keepAliveProbes >= tcb.settings.keepAliveProbes) {
    take(step, 'timeout.user');
    return;
  }
  tcb.timers.keepAliveProbes++;
  // SHLD-12: no data; the sequence number lies before the window, so that an ACK must come back.
  emit(tcb, step.segments, add(tcb.snd.nxt, -1), NO_TEXT, 0, WHY.keepAlive);
}

const NO_TEXT = new Uint8Array(0);

/** USER TIMEOUT, which is R2 as well (MUST-20, MUST-21): nothing was acknowledged for so long. */
function userTimeoutPassed(step: Step): boolean {
  const { tcb } = step;
  if (tcb.nowMs < userTimeoutDueMs(tcb)) return false;
  take(step, 'timeout.user');
  return true;
}
