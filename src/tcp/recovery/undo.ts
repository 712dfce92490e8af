/**
 * Taking back a response to a loss that was none: by timestamps (Eifel, RFC 3522), by D-SACKs for all that was sent again
 * (RFC 3708), or by what arrives after a timeout (F-RTO, RFC 5682 section 3). What is restored is the controller's whole state,
 * which is a value (RFC 4015 section 3.2, without its changes of the timeout).
 */

import type { CongestionWindow } from '../congestion/controller.ts';
import type { Draft } from '../draft.ts';
import { noneLost } from './scoreboard.ts';

export interface Undo {
  /** The controller's state before it was told of the loss. */
  readonly cc: CongestionWindow;
  /** The time of the first retransmission, in whole milliseconds as timestamps have it; undefined before it. */
  readonly resentMs: number | undefined;
  /** The first ACK of something new has come: no further one tells by its timestamp. */
  readonly isTested: boolean;
  /** Retransmissions that no D-SACK has reported yet. */
  readonly unreported: number;
}

export function beginUndo(cc: CongestionWindow): Undo {
  return { cc, resentMs: undefined, isTested: false, unreported: 0 };
}

/** Something is sent again. */
export function countRetransmission(undo: Undo, nowMs: number): Undo {
  return { ...undo, resentMs: undo.resentMs ?? Math.floor(nowMs), unreported: undo.unreported + 1 };
}

/**
 * Whether the ACK at hand shows that nothing was lost.
 *
 * @param echoedMs when the segment that it echoes was sent, without timestamps undefined
 */
export function isSpurious(undo: Undo, echoedMs: number | undefined): boolean {
  if (undo.resentMs === undefined) return false;
  if (undo.unreported === 0) return true;
  // RFC 3522 section 3.2, step 5: the original has arrived.
  return !undo.isTested && echoedMs !== undefined && echoedMs < undo.resentMs;
}

/** Everything is as it was before the loss, but that cwnd stays if it has grown beyond that. */
export function takeBack(tcb: Draft): void {
  const { recovery } = tcb;
  const { undo } = recovery;
  if (undo === undefined) return;
  tcb.totals.responsesUndone++;
  tcb.cc = { ...undo.cc, cwnd: Math.max(undo.cc.cwnd, tcb.cc.cwnd) };
  recovery.undo = undefined;
  recovery.frto = 'off';
  recovery.duplicates = 0;
  if (recovery.phase === 'open') return;
  recovery.phase = 'open';
  tcb.scoreboard = noneLost(tcb.scoreboard);
  // Fast recovery may begin at once, should something be lost indeed (RFC 5682 section 3.1).
  recovery.recover = tcb.snd.una;
}
