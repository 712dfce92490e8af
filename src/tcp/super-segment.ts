/**
 * How much text goes to a device at once that cuts it into segments itself. The rules of RFC 9293 and of congestion control
 * are about segments, and hold for each; what is told here saves work, and nothing else.
 */

import type { Draft } from './draft.ts';
import { largestText } from './emit.ts';
import { unsentText } from './output.ts';
import { distance } from './seq.ts';

/** Whatever the device takes, a piece is no more than the path carries away in so long (tcp_tso_autosize of Linux). */
const PIECE_MS = 1;
/** The window may double within a round trip. */
const GAIN = 2;

/** Each of these in the least round trip halves what a piece may be beyond that (tcp_tso_rtt_log of Linux). */
const NEAR_MS = 0.5;

/**
 * The octets of a piece: a narrow path has no room for bursts, and a wide one takes all that the device does. So does a peer
 * nearby, however little of the path this connection has: it is others on this host that it shares it with, and bursts
 * cost them less than many small pieces.
 */
export function pieceOf(tcb: Draft, mss: number): number {
  const most = largestText(tcb, mss);
  const { srttMs } = tcb.rtt;
  if (most === mss || srttMs === undefined || srttMs === 0) return most;
  const nearby = most / 2 ** Math.floor((tcb.rack.minRttMs ?? srttMs) / NEAR_MS);
  return Math.min(most, Math.floor(Math.max(2 * mss, (GAIN * tcb.cc.cwnd * PIECE_MS) / srttMs) + nearby));
}

/**
 * The octets of as many full segments as may go at once. What does not lie together in the queue is copied once more on its
 * way: a piece half as large as it could be is taken as it is, since a smaller one would cost more than the copy.
 */
export function fullSegments(tcb: Draft, room: number, mss: number): number {
  const most = Math.min(room, pieceOf(tcb, mss));
  if (most < 2 * mss) return mss;
  const { queue, nxt, text } = tcb.snd;
  const together = queue.pieceFrom(distance(nxt, text));
  const count = together >= most / 2 ? Math.min(most, together) : most;
  return count - (count % mss);
}

/** Of the window, in parts: Linux has the same (tcp_tso_win_divisor). */
const WORTH_SENDING = 3;

/**
 * Whether what an ACK has opened waits until the next ones have opened more: each ACK would otherwise send as little as it
 * acknowledges, and be answered by another one for as little. A third of the window does not wait, nor does a whole piece: so
 * at least two thirds are on their way, and their ACKs with them. Where the earliest was sent of late, as the scoreboard tells, the
 * ACKs are too far away to wait for.
 */
export function gathers(tcb: Draft, unsent: number, usable: number, mss: number): boolean {
  const { cc, nowMs, recovery, rtt, scoreboard, settings, snd } = tcb;
  if (settings.largestText <= mss || unsent <= usable || recovery.phase !== 'open') return false;
  const { sent } = scoreboard;
  if (sent.length > 0 && nowMs - sent.sentMs(0) < (rtt.srttMs ?? 0) / 2) return false;
  return usable < Math.min(Math.min(snd.wnd, cc.cwnd) / WORTH_SENDING, pieceOf(tcb, mss));
}

/**
 * What counts as in flight when it is asked whether the congestion window was used: text that waits for the end of a batch, for
 * its time or to be gathered fills it as well. Otherwise only the first ACK of many that arrive together would find it full.
 *
 * @param flight bytes that were outstanding when the ACK came
 */
export function flightWithPutOff(tcb: Draft, flight: number): number {
  const { cc, settings, snd } = tcb;
  if (settings.largestText === 0 || snd.wnd < cc.cwnd) return flight;
  return Math.max(flight, Math.min(cc.cwnd, flight + unsentText(tcb)));
}
