/**
 * How much of the congestion window was in use in the last round trip. A window that was filled once is in use until all of
 * that is acknowledged, though no ACK but the first finds it full where the user has no more to send.
 */

import { inFlightOf } from '../delivery-rate.ts';
import type { Draft } from '../draft.ts';
import { add, distance, ge, lt, type Seq } from '../seq.ts';

export interface WindowUse {
  /** No full segment more would have gone. */
  readonly isFull: boolean;
  /** The most that was outstanding, in bytes. */
  readonly most: number;
  /** It is measured anew once this is acknowledged: SND.NXT at that time. */
  readonly end: Seq;
}

/** New text was sent: as much as the window allowed, or all that there was. */
export function noteWindowUse(tcb: Draft): void {
  const { snd, cc, use } = tcb;
  const isFull = inFlightOf(tcb) + snd.mss > cc.cwnd;
  const most = distance(snd.nxt, snd.una);
  if (isFull || ge(snd.una, use.end) || (!use.isFull && most > use.most))
    tcb.use = { isFull, most, end: snd.nxt };
}

/**
 * What counts as in flight when it is asked whether the window was in use: all of it, if it was filled in this round trip; in slow
 * start also if half of it was, so that it comes to twice what was sent. RFC 7661 section 4.3 takes half for use as well.
 *
 * @param flight bytes that were outstanding when the ACK came
 * @param bytes how many of them it acknowledges
 */
export function flightInUse({ cc, snd, use }: Draft, flight: number, bytes: number): number {
  const isOfRound = lt(add(snd.una, -bytes), use.end);
  const isUsed = isOfRound && (use.isFull || (cc.cwnd < cc.ssthresh && cc.cwnd < 2 * use.most));
  return isUsed ? Math.max(flight, cc.cwnd) : flight;
}
