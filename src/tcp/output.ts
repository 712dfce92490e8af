/**
 * What a connection sends of its own accord, once whatever happened has been taken in: text and FIN as the windows, Nagle
 * and silly window avoidance allow (RFC 9293 sections 3.7.4 and 3.8.6.2.1), the ACK that is owed, and the send timer.
 */

import { FLAG } from '../wire/index.ts';
import { textRestarts } from './congestion/control.ts';
import { noteWindowUse } from './congestion/use.ts';
import type { Draft } from './draft.ts';
import { effectiveMss, emit, emitAck, emitSyn } from './emit.ts';
import { pacedAllowance } from './pacing.ts';
import { probePath } from './path-probe.ts';
import { flightAllowed, hasScoreboard, pipe } from './recovery/pipe.ts';
import { sendLost } from './recovery/send-lost.ts';
import type { Outgoing, Why } from './segment.ts';
import { WHY } from './segment.ts';
import { setSendTimer } from './send-timer.ts';
import type { Seq } from './seq.ts';
import { add, distance, gt, lt, min } from './seq.ts';
import type { State } from './state.ts';
import { hasFinToSend, sendsText } from './state.ts';
import { fullSegments, gathers } from './super-segment.ts';
import type { Tcb } from './tcb.ts';
import { deservesWindowUpdate } from './window.ts';

/**
 * @param state the connection's state, after the arrows of this step
 * @param deviceReady false while the device is full: nothing new is sent then, only what is owed
 * @param moreArrives true while the device has brought more than this: an ACK of text in order may wait for the rest, and so
 *   does new text, for which each ACK makes some room
 */
export function output(
  state: State,
  tcb: Draft,
  segments: Outgoing[],
  deviceReady: boolean,
  moreArrives: boolean,
): void {
  if (tcb.snd.nxt === tcb.iss && (state === 'SYN-SENT' || state === 'SYN-RECEIVED')) {
    const answers = state === 'SYN-RECEIVED';
    emitSyn(tcb, segments, answers, answers ? WHY.synAck : WHY.open);
  }
  // What may wait for the rest of a batch waits as it would for the device.
  const maySend = deviceReady && !(moreArrives && hasUnsentText(tcb));
  let held = false;
  // A duplicate ACK that carried text would not count as one at the other end (RFC 5681 section 2).
  if (tcb.rcv.ack === 'now' && tcb.rcv.ackReason === 'out of order') emitAck(tcb, segments, WHY.duplicateAck);
  if (sendsText(state)) {
    if (tcb.deliveryRate && hasUnsentText(tcb)) textRestarts(tcb);
    if (hasScoreboard(tcb)) {
      if (tcb.recovery.phase !== 'open')
        held = sendLost(tcb, (from, limit, why) => resend(state, tcb, segments, from, limit, why));
    } else if (tcb.recovery.phase === 'loss') sendAgain(state, tcb, segments);
    const { nxt } = tcb.snd;
    held = (maySend && sendText(state, tcb, segments)) || held;
    if (tcb.snd.nxt !== nxt) noteWindowUse(tcb);
  }
  if (tcb.rcv.ack === 'now' && !(moreArrives && mayWait(tcb))) {
    emitAck(tcb, segments, WHY_ACK[tcb.rcv.ackReason]);
  }
  setSendTimer(state, tcb, maySend, held);
}

/** What a connection has put off while more arrived. */
export function hasPutOff(tcb: Tcb): boolean {
  return tcb.rcv.ack === 'now' || hasUnsentText(tcb);
}

function hasUnsentText(tcb: Pick<Tcb, 'snd'>): boolean {
  return gt(endOfText(tcb), tcb.snd.nxt);
}

/** Octets that were never sent; none where SND.NXT stands behind our FIN. */
export function unsentText(tcb: Pick<Tcb, 'snd'>): number {
  return Math.max(0, distance(endOfText(tcb), tcb.snd.nxt));
}

/** One ACK may stand for several segments as long as it tells of no hole (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2). */
function mayWait({ rcv }: Draft): boolean {
  return rcv.ackReason === 'in order' && rcv.blocks.length === 0 && rcv.duplicate === undefined;
}

const WHY_ACK = {
  'in order': WHY.ack,
  'out of order': WHY.duplicateAck,
  window: WHY.windowUpdate,
  unacceptable: WHY.unacceptable,
  challenge: WHY.challenge,
} as const;

const WHY_AGAIN = {
  timeout: WHY.retransmission,
  window: WHY.windowOpened,
  'packet too big': WHY.packetTooBig,
  'black hole': WHY.blackHole,
  'path probe': WHY.pathProbeLost,
} as const;

/** After a RECEIVE: tells the peer of the room that was made, if it is enough (section 3.8.6.2.2). */
export function announceRoom(tcb: Draft): void {
  if (tcb.rcv.ack === 'now' || !deservesWindowUpdate(tcb)) return;
  // An ACK that waits will tell it as well, unless the peer may run dry before.
  if (tcb.rcv.ack === 'delayed' && tcb.rcv.wnd >= 2 * tcb.rcv.largest) return;
  tcb.rcv.ack = 'now';
  tcb.rcv.ackReason = 'window';
}

/** The sequence number of our FIN, or of where it would stand: behind the last queued octet. */
export function endOfText(tcb: Pick<Tcb, 'snd'>): Seq {
  return add(tcb.snd.text, tcb.snd.queue.length);
}

/** The octets from `from` on. */
export function queuedText(tcb: Draft, from: Seq, count: number): Uint8Array {
  return tcb.snd.queue.slice(distance(from, tcb.snd.text), count);
}

/**
 * New text and FIN, segment by segment, as long as there is something that may go.
 *
 * @returns whether more might go, were it not for the pacing rate
 */
function sendText(state: State, tcb: Draft, segments: Outgoing[]): boolean {
  const { snd } = tcb;
  const end = endOfText(tcb);
  const fin = hasFinToSend(state);
  if (tcb.path.dueMs <= tcb.nowMs && probePath(tcb, segments, distance(end, snd.nxt))) return false;
  for (;;) {
    const unsent = distance(end, snd.nxt);
    if (unsent < 0 || (unsent === 0 && !fin)) return false;
    // Read anew for each segment: SACK blocks ride on the first one only.
    const mss = effectiveMss(tcb);
    const usable = usableWindow(tcb);
    if (gathers(tcb, unsent, usable, mss)) return false;
    const room = Math.min(unsent, usable);
    // The rules below are about segments; full ones go to the device together, if it cuts segments itself.
    let count = room < 2 * mss ? Math.min(room, mss) : fullSegments(tcb, room, mss);
    if (usable <= 0 || (unsent > 0 && !worthSending(tcb, count, count === unsent, fin, mss))) return false;
    if (count > 0) {
      const allowed = pacedAllowance(tcb, mss);
      if (allowed === 0) return true;
      count = Math.min(count, allowed);
    }
    const last = count === unsent;
    const withFin = fin && last && usable > count;
    const flags = (last && count > 0 ? FLAG.PSH : 0) | (withFin ? FLAG.FIN : 0);
    emit(tcb, segments, snd.nxt, queuedText(tcb, snd.nxt, count), flags, whyText(count, last, withFin));
    if (last && fin && !withFin) return false;
  }
}

function whyText(count: number, last: boolean, withFin: boolean): Why {
  if (withFin) return count > 0 ? WHY.textAndFin : WHY.fin;
  return last ? WHY.lastText : WHY.text;
}

/** U: what the peer's window and the congestion window leave. May be negative when the peer shrank its window (MUST-34). */
export function usableWindow(tcb: Draft): number {
  const { snd, cc, recovery } = tcb;
  if (tcb.ecn.isHeld) return 0;
  const flight = distance(snd.nxt, snd.una);
  // What was reported or lost has left the path: that is limited transmit (RFC 3042), too.
  if (hasScoreboard(tcb)) return Math.min(snd.wnd - flight, flightAllowed(tcb) - pipe(tcb));
  if (recovery.frto === 'probing') return Math.min(snd.wnd, recovery.window) - flight;
  // Each duplicate ACK tells of a segment that has left the path: limited transmit (RFC 3042) for the first two, then
  // the inflated window of RFC 5681 section 3.2.
  const departed =
    recovery.phase === 'fast' ? recovery.inflation : Math.min(recovery.duplicates, 2) * snd.mss;
  return Math.min(snd.wnd - flight, cc.cwnd + departed - flight);
}

/** Silly window avoidance and Nagle: the conditions (1) to (3) of section 3.8.6.2.1. (4), the override, is the persist timer's. */
function worthSending(tcb: Draft, count: number, last: boolean, fin: boolean, mss: number): boolean {
  if (count >= mss) return true;
  const { snd, settings } = tcb;
  if (settings.cork && !(fin && last)) return false;
  // SHLD-7: a small segment waits while anything is unacknowledged. A FIN behind it says that no more will come to fill it.
  if (!settings.noDelay && !(fin && last) && nagleHolds(tcb)) return false;
  return last || count >= snd.maxWnd / 2;
}

/** Section 3.7.4: while anything is unacknowledged; or, as appendix A.3 tells of, while a small segment is. */
function nagleHolds({ snd, settings }: Draft): boolean {
  if (settings.nagle === 'any') return snd.nxt !== snd.una;
  return snd.smallEnd !== undefined;
}

/** Phase `loss`: what was outstanding when the timer expired goes out again, as cwnd opens (RFC 5681 section 3.1). */
function sendAgain(state: State, tcb: Draft, segments: Outgoing[]): void {
  const { snd, recovery, cc } = tcb;
  if (recovery.frto === 'probing') return;
  const edge = add(snd.una, snd.wnd);
  while (lt(recovery.next, recovery.recover) && lt(recovery.next, edge)) {
    const again = distance(recovery.next, snd.una);
    if (again > 0 && again + effectiveMss(tcb) > cc.cwnd) return;
    // SHLD-28: the last one may be filled up with text that was not sent before.
    recovery.next = resend(state, tcb, segments, recovery.next, edge, WHY_AGAIN[recovery.cause]);
  }
}

/** Sends one segment again from `from` on, to `limit` at most, and gives the sequence number behind it. */
export function resend(state: State, tcb: Draft, segments: Outgoing[], from: Seq, limit: Seq, why: Why): Seq {
  const end = endOfText(tcb);
  const count = Math.max(0, Math.min(effectiveMss(tcb), distance(min(limit, end), from)));
  const behind = add(from, count);
  const withFin = hasFinToSend(state) && behind === end && gt(limit, end) && gt(tcb.snd.nxt, end);
  const flags = (behind === end && count > 0 ? FLAG.PSH : 0) | (withFin ? FLAG.FIN : 0);
  emit(tcb, segments, from, queuedText(tcb, from, count), flags, why);
  return withFin ? add(behind, 1) : behind;
}
