/**
 * SEGMENT ARRIVES before there is a synchronized connection: LISTEN (RFC 9293 section 3.10.7.2), SYN-SENT (3.10.7.3), and
 * TIME-WAIT, where a SYN may begin a new one (section 3.6.1, MAY-2; RFC 6191).
 */

import { FLAG } from '../wire/index.ts';
import { trim } from './acceptable.ts';
import { createTcb } from './create-tcb.ts';
import { beginDraft } from './draft.ts';
import { emitSyn } from './emit.ts';
import { agree, establish } from './establish.ts';
import { insertBlock } from './reassembly.ts';
import { resetFor } from './reset.ts';
import type { Outgoing, Segment } from './segment.ts';
import { segmentLength, WHY } from './segment.ts';
import { add, gt, le } from './seq.ts';
import type { Settings } from './settings.ts';
import { receivesText } from './state.ts';
import type { Step } from './step.ts';
import { take } from './step.ts';
import type { Tcb } from './tcb.ts';
import { finArrives, textArrives } from './text.ts';
import { urgentArrives } from './urgent.ts';

/** What a listener makes of a segment: nothing, a RST, or a connection. */
export type ListenVerdict =
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'reset'; readonly segment: Outgoing }
  | { readonly kind: 'rcv.SYN' };

/** Section 3.10.7.2: first RST, second ACK, third SYN, fourth anything else. */
export function segmentArrivesInListen(segment: Segment): ListenVerdict {
  if ((segment.flags & FLAG.RST) !== 0) return { kind: 'drop', reason: 'tcp.rst-in-listen' };
  if ((segment.flags & FLAG.ACK) !== 0)
    return { kind: 'reset', segment: resetFor(segment, WHY.unacceptableAck) };
  if ((segment.flags & FLAG.SYN) !== 0) return { kind: 'rcv.SYN' };
  return { kind: 'drop', reason: 'tcp.no-syn-in-listen' };
}

/**
 * The TCB of a connection that a SYN has opened: as RFC 9293 section 3.10.7.2 sets it, in SYN-RECEIVED.
 *
 * @param timeWait the TCB of the connection whose TIME-WAIT the SYN has ended
 */
export function passiveTcb(
  segment: Segment,
  iss: number,
  settings: Settings,
  nowMs: number,
  timeWait: Tcb | undefined,
  timestampOffset = 0,
): Tcb {
  const tcb = beginDraft(createTcb('passive', iss, settings, nowMs, timestampOffset), nowMs);
  tcb.timeWait = timeWait;
  agree(tcb, segment);
  tcb.totals.segmentsReceived++;
  holdText(tcb, segment);
  return tcb;
}

/**
 * R9293-5: text that came with the SYN waits for ESTABLISHED. RCV.NXT stands behind the SYN alone (section 3.10.7.2), so that
 * the SYN,ACK does not acknowledge it. A FIN is left to be sent again.
 */
function holdText(tcb: Parameters<typeof agree>[0], segment: Segment): void {
  if (segment.text.length === 0) return;
  const { left, text } = trim(tcb, segment);
  if (text.length > 0) tcb.rcv.blocks = insertBlock(tcb.rcv.blocks, left, text);
}

/** Section 3.10.7.3. */
export function synSent(step: Step, segment: Segment): void {
  const { tcb } = step;
  const hasAck = (segment.flags & FLAG.ACK) !== 0;
  const reset = (segment.flags & FLAG.RST) !== 0;
  // First, ACK.
  if (hasAck && !(gt(segment.ack, tcb.snd.una) && le(segment.ack, tcb.snd.nxt))) {
    if (!reset) step.segments.push(resetFor(segment, WHY.unacceptableAck));
    step.dropped = 'tcp.unacceptable-ack';
    return;
  }
  // Second, RST: RCV.NXT is not known yet, so that the ACK alone can prove it (RFC 5961 section 3.2).
  if (reset) {
    if (hasAck) take(step, 'rcv.RST');
    else step.dropped = 'tcp.rst-without-ack';
    return;
  }
  // Fourth, SYN; fifth, anything else.
  if ((segment.flags & FLAG.SYN) === 0) {
    step.dropped = 'tcp.no-syn';
    return;
  }
  agree(tcb, segment);
  if (!hasAck) {
    take(step, 'rcv.SYN');
    holdText(tcb, segment);
    emitSyn(tcb, step.segments, true, WHY.simultaneousOpen);
    return;
  }
  establish(step, segment);
  take(step, 'rcv.SYN-ACK');
  tcb.rcv.ack = 'now';
  tcb.rcv.ackReason = 'in order';
  if (segmentLength(segment) === 1) return;
  // "Further controls or text": on at the sixth check.
  urgentArrives(step, segment);
  const trimmed = trim(tcb, segment);
  if (trimmed.text.length > 0) textArrives(step, trimmed.left, trimmed.text);
  if (trimmed.fin !== undefined && receivesText(step.state)) {
    finArrives(step, trimmed.fin);
    if (trimmed.fin === tcb.rcv.nxt) {
      tcb.rcv.nxt = add(tcb.rcv.nxt, 1);
      take(step, 'rcv.FIN');
    }
  }
}

/**
 * Whether a SYN may end TIME-WAIT early: a better timestamp than the old connection's last, or else a sequence number
 * beyond its last (RFC 6191 section 2). A listener must be there.
 */
export function reopens(step: Step, segment: Segment): boolean {
  if (step.listening === 'none' || (segment.flags & (FLAG.SYN | FLAG.ACK | FLAG.RST)) !== FLAG.SYN)
    return false;
  const { rcv, features, settings } = step.tcb;
  const value = segment.options.timestamps?.value;
  if (value !== undefined && settings.timestamps) {
    // The old connection had none: what is left of it could not pass for a segment of the new one (PAWS).
    if (!features.timestamps || rcv.tsRecent === undefined) return true;
    const ahead = (value - rcv.tsRecent) | 0;
    if (ahead !== 0) return ahead > 0;
  }
  return gt(segment.seq, rcv.nxt);
}

/** TIME-WAIT ends if the listener has a place for the new connection; else the SYN is dropped as it is in LISTEN, and may come again. */
export function reopen(step: Step): void {
  if (step.listening === 'ready') take(step, 'rcv.SYN');
  else step.dropped = step.listening;
}

/**
 * Section 3.6.1, MAY-2, its second condition: whom the SYN names has never sent it, for it resets what that opened. TIME-WAIT
 * goes on where it was, and 2 MSL start anew, since our SYN,ACK is in the network too.
 */
export function returnToTimeWait(step: Step, timeWait: Tcb): void {
  Object.assign(step.tcb, beginDraft(timeWait, step.tcb.nowMs));
  take(step, 'rcv.RST-of-old-duplicate');
}
