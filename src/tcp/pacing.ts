/**
 * Pacing: text leaves as fast as its round trip can carry it away, and no faster, in place of a window's worth at once when
 * an ACK opens it. Not in RFC 9293; RFC 7661 section 4.4.2 and RFC 6928 section 2 ask for something of the kind.
 *
 * A bucket of one burst, kept as one time (as the cell rate algorithm of ATM is): `snd.pacedMs` is when all that was sent
 * would have left at the rate. Text is held while that lies a burst ahead; the send timer's state `pacing` waits until it is
 * reached. What recovery sends again is counted and never held: its window is small, and its time dear.
 */

import { isNonValidated } from './congestion/validation.ts';
import type { Draft } from './draft.ts';

/** As with Linux (tcp_pacing_ss_ratio, tcp_pacing_ca_ratio): slow start has to be let double its window in a round trip. */
const GAIN_IN_SLOW_START = 2;
const GAIN_IN_AVOIDANCE = 1.2;
/** Shorter waits would cost more than they spread, and no host's timer keeps them. */
const BURST_MS = 1;
const BURST_SEGMENTS = 2;
/**
 * A round trip of less than ten bursts is not worth spreading, whatever queues have made of it since: of many connections to a
 * host nearby those that opened while it was busy would be held, and the others not.
 */
const NEAR_MS = 10 * BURST_MS;

type Paced = Pick<Draft, 'settings' | 'cc' | 'rack' | 'rtt' | 'validation' | 'nowMs'>;

/**
 * In bytes a millisecond: the controller's own rate, or as the window asks for; undefined where nothing is held back, since
 * the user does not want it, no round trip is known yet, or the peer is near.
 */
export function pacingRate(tcb: Paced): number | undefined {
  const { settings, cc, rack, rtt } = tcb;
  const own = cc.pacingRate;
  // RFC 7661 section 4.4.2: a window that was not used of late must not leave at once.
  if (!(settings.pacing ?? (own !== undefined || isNonValidated(tcb)))) return undefined;
  if (own !== undefined && own > 0) return own / 1_000;
  if (rtt.srttMs === undefined || (rack.minRttMs ?? rtt.srttMs) < NEAR_MS) return undefined;
  const gain = cc.cwnd < cc.ssthresh / 2 ? GAIN_IN_SLOW_START : GAIN_IN_AVOIDANCE;
  return (gain * cc.cwnd) / rtt.srttMs;
}

function burstMs(rate: number, mss: number): number {
  return Math.max(BURST_MS, (BURST_SEGMENTS * mss) / rate);
}

/** How many bytes may go now, in whole segments of `mss`; 0 when the next one has to wait, Infinity without a rate. */
export function pacedAllowance(tcb: Draft, mss: number): number {
  const rate = pacingRate(tcb);
  if (rate === undefined) return Number.POSITIVE_INFINITY;
  const burst = burstMs(rate, mss);
  const { nowMs } = tcb;
  // A host's timer fires late: what that costs is made up for, up to a burst.
  const from = Math.max(tcb.snd.pacedMs, nowMs - burst);
  const segments = Math.round(((nowMs + burst - from) * rate) / mss);
  return Math.max(0, segments) * mss;
}

/**
 * Text leaves: what follows it leaves so much later. By two bursts at most: new text is never further ahead, and a window that
 * recovery has sent again, at a rate that losses have made small, must not keep it waiting for as long as that would take.
 */
export function countPaced(tcb: Draft, bytes: number, mss: number): void {
  const rate = pacingRate(tcb);
  if (rate === undefined) return;
  const { nowMs } = tcb;
  const burst = burstMs(rate, mss);
  const from = Math.max(tcb.snd.pacedMs, nowMs - burst);
  tcb.snd.pacedMs = Math.min(from + bytes / rate, nowMs + 2 * burst);
}
