/**
 * Explicit congestion notification (RFC 3168): a router marks a packet instead of dropping it, the receiver echoes the mark,
 * and the sender slows down as after a loss, with nothing lost.
 */

import { FLAG } from '../wire/index.ts';
import { markEchoed } from './congestion/control.ts';
import type { Draft } from './draft.ts';
import type { Segment } from './segment.ts';
import type { Seq } from './seq.ts';
import { gt, lt } from './seq.ts';

/** What one connection keeps of it. */
export interface Ecn {
  /** A mark has arrived: every ACK carries ECE until CWR comes. */
  readonly echo: boolean;
  /** The window was reduced: the next segment with new text carries CWR. */
  readonly reduced: boolean;
  /** SND.NXT when it was; an echo below is about the same congestion. */
  readonly recover: Seq | undefined;
  /** Echoes in a row that met a window of one segment. */
  readonly heldTimes: number;
  /** Whether nothing new goes out before the retransmission timeout has passed. */
  readonly isHeld: boolean;
}

/** No mark has been seen. */
export const NO_MARK: Ecn = {
  echo: false,
  reduced: false,
  recover: undefined,
  heldTimes: 0,
  isHeld: false,
};

/** The longest that a timer of ours waits (RFC 6298, 2.5). */
const HOLD_MAX_MS = 60_000;

const SETUP = FLAG.ECE | FLAG.CWR;

/** Section 6.1.1: whether the peer's SYN, or its SYN,ACK in answer to ours, sets ECN up. */
export function agreesOnEcn(tcb: Draft, syn: Segment): boolean {
  const { settings, origin, rtt } = tcb;
  if (settings.ecn === 'off') return false;
  const bits = syn.flags & SETUP;
  if (origin === 'passive') return bits === SETUP;
  // A SYN that crosses ours answers nothing; and what was sent again has asked for nothing.
  const answersUs = (syn.flags & FLAG.ACK) !== 0 && settings.ecn === 'request' && !rtt.synRetransmitted;
  return answersUs && bits === FLAG.ECE;
}

/**
 * The bits of our SYN or SYN,ACK. A SYN that is sent again asks for nothing (section 6.1.1.1): what drops such SYNs would
 * keep us from ever connecting.
 */
export function ecnOfSyn({ settings, features }: Draft, answers: boolean, again: boolean): number {
  if (answers) return features.ecn ? FLAG.ECE : 0;
  return settings.ecn === 'request' && !again ? SETUP : 0;
}

/** Section 6.1.3: an acceptable segment came, with CWR, with a mark, or with both, of which the mark is the newer. */
export function markArrives(tcb: Draft, segment: Segment): void {
  if (!tcb.features.ecn) return;
  const told = (segment.flags & FLAG.CWR) !== 0 && segment.text.length > 0;
  if (segment.marked !== true && !(told && tcb.ecn.echo)) return;
  tcb.ecn = { ...tcb.ecn, echo: segment.marked === true };
}

/** Whether the ACK says that there is congestion: then it does not open the window further. */
export function echoesMark({ features }: Draft, segment: Segment): boolean {
  return features.ecn && (segment.flags & (FLAG.ECE | FLAG.SYN)) === FLAG.ECE;
}

/**
 * Section 6.1.2: an ACK with ECE counts as one lost segment, once for each window, and as none where a loss has counted.
 *
 * @param flight bytes that were in flight before the ACK
 */
export function echoArrives(tcb: Draft, segment: Segment, flight: number): void {
  const { snd, ecn, recovery } = tcb;
  if (!echoesMark(tcb, segment) || flight === 0) {
    if (ecn.heldTimes > 0 && !ecn.isHeld && flight > 0) tcb.ecn = { ...ecn, heldTimes: 0 };
    return;
  }
  if (ecn.recover !== undefined && !gt(segment.ack, ecn.recover)) return;
  const isHeld = tcb.cc.cwnd <= snd.mss;
  if (recovery.phase === 'open') {
    markEchoed(tcb, flight);
    // Whatever a loss before it was: this congestion is real (RFC 4015 section 3.4).
    recovery.undo = undefined;
  }
  const heldTimes = isHeld ? ecn.heldTimes + 1 : 0;
  tcb.ecn = { echo: ecn.echo, reduced: true, recover: snd.nxt, heldTimes, isHeld };
}

/** Section 6.1.2, RFC 9438 section 4.6: below one segment a round trip it is the timer that sends, slower each time. */
export function holdTimeoutMs({ ecn, rtt }: Pick<Draft, 'ecn' | 'rtt'>): number {
  return Math.min(HOLD_MAX_MS, rtt.rtoMs * 2 ** Math.min(16, ecn.heldTimes - 1));
}

/** That time has passed. */
export function endHold(tcb: Draft): void {
  if (tcb.ecn.isHeld) tcb.ecn = { ...tcb.ecn, isHeld: false };
}

/**
 * What a segment of a running connection carries: ECE as long as the peer has to hear of a mark, CWR on the first new text
 * after a reduction. CWR is owed no more afterwards.
 */
export function takeEcnFlags(tcb: Draft, isNewText: boolean): number {
  const { ecn } = tcb;
  if (ecn === NO_MARK) return 0;
  const flags = ecn.echo ? FLAG.ECE : 0;
  if (!ecn.reduced || !isNewText) return flags;
  tcb.ecn = { ...ecn, reduced: false };
  return flags | FLAG.CWR;
}

/** Sections 6.1.4 to 6.1.6: only new text asks to be marked rather than dropped; no probe of a closed window does. */
export function isEcnCapable({ features, snd }: Draft, from: Seq, text: Uint8Array): boolean {
  return features.ecn && text.length > 0 && snd.wnd > 0 && !lt(from, snd.nxt);
}
