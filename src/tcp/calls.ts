/**
 * User calls that have to do with the TCB (RFC 9293 sections 3.10.2 to 3.10.5). Whether a call is allowed in a state is
 * for the caller to find out first: `maySend`, and the chart's arrows for `close` and `abort`.
 */

import { growReceiveBuffer, resizeBuffers } from './buffers.ts';
import { deliveryRateFor, windowUnused } from './congestion/control.ts';
import { controllerNamed } from './congestion/controllers.ts';
import { endPeriods } from './congestion/validation.ts';
import type { Draft } from './draft.ts';
import { emitReset } from './emit.ts';
import { announceRoom } from './output.ts';
import { appendText } from './reassembly.ts';
import { WHY } from './segment.ts';
import { add, distance, le } from './seq.ts';
import { receivesText } from './state.ts';
import type { SettableSettings, Step } from './step.ts';
import { take, takeIfAny } from './step.ts';
import { nextToRead } from './urgent.ts';
import { advertisedMs, announceUserTimeout } from './user-timeout.ts';

/** SEND: the octets join the queue; the output that ends every step sends what may go. */
export function send(step: Step, bytes: Uint8Array, urgent: boolean, lent = false): void {
  const { snd } = step.tcb;
  idleRestart(step);
  snd.queue = lent ? appendText(snd.queue, bytes) : snd.queue.appendCopy(bytes);
  // MUST-62: SND.UP points behind the last octet of the urgent data.
  if (urgent) snd.up = add(snd.text, snd.queue.length);
}

/** RECEIVE: `count` octets have been handed to the user; the window may open. */
export function receive(step: Step, count: number): void {
  const { tcb } = step;
  tcb.rcv.queue = tcb.rcv.queue.drop(count);
  growReceiveBuffer(tcb);
  if (tcb.rcv.up !== undefined && le(tcb.rcv.up, nextToRead(tcb.rcv))) tcb.rcv.up = undefined;
  if (receivesText(step.state)) announceRoom(tcb);
}

/** CLOSE. With the reader gone, unread text is lost, and the peer is told so by RST (section 3.6.1, SHLD-3). */
export function close(step: Step, reader: 'stays' | 'gone'): void {
  const { tcb } = step;
  if (reader === 'gone' && tcb.rcv.reader === 'present') {
    const unread = tcb.rcv.queue.length > 0 || tcb.rcv.blocks.length > 0;
    tcb.rcv.reader = 'gone';
    if (unread && mayHoldText(step)) return abort(step);
  } else if (reader === 'gone') {
    return;
  }
  if (takeIfAny(step, 'close') || reader === 'stays') return;
  takeIfAny(step, 'reader.gone');
}

/** In SYN-RECEIVED too: text may have come with the SYN. */
function mayHoldText({ state }: Step): boolean {
  return receivesText(state) || state === 'CLOSE-WAIT' || state === 'SYN-RECEIVED';
}

/** ABORT: a RST in the states that section 3.10.5 names, nothing in the others. */
export function abort(step: Step): void {
  const { tcb, state } = step;
  const tells =
    state === 'SYN-RECEIVED' ||
    state === 'ESTABLISHED' ||
    state === 'FIN-WAIT-1' ||
    state === 'FIN-WAIT-2' ||
    state === 'CLOSE-WAIT';
  if (tells) emitReset(tcb, step.segments, WHY.abort);
  take(step, 'abort');
}

export function set(step: Step, settings: SettableSettings): void {
  const { tcb } = step;
  const advertised = advertisedMs(tcb.settings);
  const { userTimeoutEnabled } = tcb.settings;
  // RFC 5482 section 3.1: who sets the timeout means it, and the peer's advice changes it no more.
  const fixed = settings.userTimeoutMs === undefined ? {} : { userTimeoutChangeable: false };
  if (settings.congestionControl !== undefined) changeController(tcb, settings.congestionControl);
  tcb.settings = { ...tcb.settings, ...fixed, ...settings };
  resizeBuffers(tcb);
  if (advertisedMs(tcb.settings) !== advertised || !userTimeoutEnabled) announceUserTimeout(tcb);
  if (settings.quickAcks !== undefined) tcb.rcv.quickAcks = settings.quickAcks;
  // Whoever turns the delay off means the ACK that waits now, too.
  if (settings.delayedAckMs === 0 && tcb.rcv.ack === 'delayed') tcb.rcv.ack = 'now';
}

/** Another controller goes on from the same window, and learns the rest anew. */
function changeController(tcb: Draft, name: string): void {
  if (name === tcb.settings.congestionControl) return;
  const { cwnd } = tcb.cc;
  // One that models the path has no ssthresh, and a recovery that is under way ends at it.
  const ssthresh = tcb.recovery.phase === 'open' ? tcb.cc.ssthresh : Math.min(tcb.cc.ssthresh, cwnd);
  tcb.cc = { ...controllerNamed(name).start(tcb.snd.mss), cwnd, ssthresh };
  // What could be restored is the other controller's value.
  tcb.recovery.undo = undefined;
  tcb.deliveryRate = deliveryRateFor(name, tcb.nowMs, tcb.totals.bytesSent);
}

/** RFC 5681 section 4.1: after an idle time of more than an RTO the window starts small again; by RFC 7661 after five minutes. */
function idleRestart(step: Step): void {
  const { tcb } = step;
  if (tcb.settings.windowValidation) return endPeriods(tcb);
  const idle = tcb.snd.queue.length === 0 && distance(tcb.snd.nxt, tcb.snd.una) === 0;
  if (!idle || tcb.nowMs - tcb.snd.sentMs <= tcb.rtt.rtoMs) return;
  windowUnused(tcb);
}
