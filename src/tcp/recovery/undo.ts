/**
 * Taking back a response to a loss that was none: by timestamps (Eifel, RFC 3522), by D-SACKs for all that was sent again
 * (RFC 3708), or by what arrives after a timeout (F-RTO, RFC 5682). After a fast retransmission the controller's whole state
 * is restored, which is a value (RFC 9438 section 4.9.2); after a timeout it is as RFC 4015 section 3 has it.
 */

import { controllerOf, sendingOf } from '../congestion/control.ts';
import { type CongestionWindow, initialWindow } from '../congestion/controller.ts';
import { NOT_MEASURED } from '../congestion/validation.ts';
import type { Draft } from '../draft.ts';
import { add, distance, type Seq } from '../seq.ts';
import { lostIn, marked, rangeAt, rangeFrom, type Tree } from './ranges.ts';
import { noneLost } from './scoreboard.ts';

export interface Undo {
  /** The controller's state before it was told of the loss. */
  readonly cc: CongestionWindow;
  /** The time of the first retransmission, in whole milliseconds as timestamps have it; undefined before it. */
  readonly resentMs: number | undefined;
  /** The first ACK of something new has come: no further one tells by its timestamp. */
  readonly isTested: boolean;
  /**
   * What was sent again: `lost` once, `lost again` more than once, `sacked` when a D-SACK has reported it. Undefined without a
   * scoreboard, where no D-SACK is looked at.
   */
  readonly again: Tree;
  /** What was true before a timeout; undefined where the loss was found otherwise. */
  readonly timeout: BeforeTimeout | undefined;
}

/** RFC 4015 section 3.1, step 0. */
export interface BeforeTimeout {
  /** FlightSize, and SND.NXT. */
  readonly flight: number;
  readonly nxt: Seq;
  readonly srttMs: number;
  readonly rttvarMs: number;
}

export function beginUndo(cc: CongestionWindow, timeout?: BeforeTimeout): Undo {
  return { cc, resentMs: undefined, isTested: false, again: undefined, timeout };
}

/** The timer expires: what RFC 4015 wants to be remembered. */
export function beforeTimeout({ snd, rtt }: Draft): BeforeTimeout {
  const { srttMs = 0, rttvarMs } = rtt;
  return { flight: distance(snd.nxt, snd.una), nxt: snd.nxt, srttMs, rttvarMs };
}

/** Something is sent again; [start, end) are its positions on the scoreboard, where there is one. */
export function countRetransmission(undo: Undo, nowMs: number, start: number, end: number): Undo {
  let again = undo.again;
  for (const [from, to, mark] of piecesOf(undo.again, start, end))
    again = marked(again, from, to, mark === undefined ? 'lost' : 'lost again');
  return { ...undo, resentMs: undo.resentMs ?? Math.floor(nowMs), again };
}

/** RFC 3708 section 3: a D-SACK counts for what was sent again exactly once, and for nothing else. */
export function countDuplicate(undo: Undo, start: number, end: number): Undo {
  let again = undo.again;
  for (const [from, to, mark] of piecesOf(undo.again, start, end))
    if (mark === 'lost') again = marked(again, from, to, 'sacked');
  return again === undo.again ? undo : { ...undo, again };
}

/** Whether each octet that was sent again has been reported as a duplicate (RFC 3708 section 3, B.1). */
export function allReported({ again }: Undo): boolean {
  return again !== undefined && lostIn(again) === 0;
}

/**
 * Whether the first ACK of something new was sent before the retransmission arrived (RFC 3522 section 3.2, steps 4 and 5).
 *
 * @param echoedMs when the segment that it echoes was sent, without timestamps undefined
 */
export function echoesOriginal(undo: Undo, echoedMs: number | undefined): boolean {
  return !undo.isTested && undo.resentMs !== undefined && echoedMs !== undefined && echoedMs < undo.resentMs;
}

/**
 * Nothing was lost. What was to be sent again is on its way, and new text comes next (RFC 4015 section 3.1, step 8).
 *
 * @param bytes what the ACK that has shown it acknowledges
 * @param isCongested whether it says that there is congestion: then the window stays (section 3.4)
 */
export function takeBack(tcb: Draft, bytes: number, isCongested: boolean): void {
  const { recovery, snd } = tcb;
  const { undo } = recovery;
  if (undo === undefined) return;
  tcb.totals.responsesUndone++;
  if (!isCongested) restoreWindow(tcb, undo, bytes);
  const { timeout } = undo;
  if (timeout)
    tcb.rtt.beforeSpurious = { srttMs: timeout.srttMs, rttvarMs: timeout.rttvarMs, end: timeout.nxt };
  // What had been overtaken, and was taken for lost, has come: RACK itself does not tell that of what was sent again.
  else tcb.rack = { ...tcb.rack, reorderingSeen: true };
  tcb.validation = NOT_MEASURED;
  recovery.undo = undefined;
  recovery.frto = 'off';
  recovery.duplicates = 0;
  if (recovery.phase === 'open') return;
  recovery.phase = 'open';
  recovery.inflation = 0;
  tcb.scoreboard = noneLost(tcb.scoreboard);
  // Fast recovery may begin at once, should something be lost indeed (RFC 5682 section 2.1, step 3).
  recovery.recover = add(snd.una, -1);
}

function restoreWindow(tcb: Draft, { cc, timeout }: Undo, bytes: number): void {
  const { snd } = tcb;
  const { onUndo } = controllerOf(tcb);
  if (onUndo) {
    tcb.cc = onUndo(tcb.cc, sendingOf(tcb));
    return;
  }
  if (timeout === undefined) {
    // RFC 9438 section 4.9.2: a window that has outgrown the former one meanwhile stays as it is.
    if (tcb.cc.cwnd < cc.cwnd) tcb.cc = cc;
    return;
  }
  // RFC 4015 section 3.1, step 9: no burst, and slow start up to where it was.
  const cwnd = distance(snd.nxt, snd.una) + Math.min(bytes, initialWindow(snd.mss));
  tcb.cc = {
    ...cc,
    cwnd: Math.max(tcb.cc.cwnd, cwnd),
    ssthresh: Math.max(timeout.flight, cc.ssthresh),
  };
}

/** [start, end) in pieces, each with the mark that it has. */
function* piecesOf(
  tree: Tree,
  start: number,
  end: number,
): Generator<readonly [number, number, string | undefined]> {
  for (let at = start; at < end; ) {
    const here = rangeAt(tree, at);
    const isInside = here !== undefined && here.end > at;
    const to = Math.min(end, isInside ? here.end : (rangeFrom(tree, at)?.start ?? end));
    yield [at, to, isInside ? here.mark : undefined];
    at = to;
  }
}
