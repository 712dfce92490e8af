/**
 * The receive window: what is offered, and when a larger one is (RFC 9293 sections 3.8.6 and 3.8.6.2.2).
 */

import type { Draft } from './draft.ts';
import type { Settings } from './settings.ts';
import { largestWindow } from './settings.ts';
import type { Rcv, Tcb } from './tcb.ts';

/** Room in the receive buffer as far as the window field can say it: in its steps, and without scaling 65,535 at most. */
function room(rcv: Rcv): number {
  const free = Math.min(largestWindow(rcv.shift), Math.max(0, rcv.buffer - rcv.queue.length));
  return free - (free % 2 ** rcv.shift);
}

/** Receiver's silly window avoidance (MUST-39): the right edge moves on by this at least, or not at all. */
function smallestStep(rcv: Rcv, settings: Settings): number {
  return Math.max(1, Math.min(Math.floor(rcv.buffer / 2), settings.mss));
}

/**
 * Moves the right edge as far as the rules allow and gives RCV.WND in bytes. The edge never goes back: text that was
 * invited is taken (SHLD-14).
 */
export function offerWindow(tcb: Draft): number {
  const free = room(tcb.rcv);
  if (free - tcb.rcv.wnd >= smallestStep(tcb.rcv, tcb.settings)) tcb.rcv.wnd = free;
  return tcb.rcv.wnd;
}

/**
 * Whether a reader has made so much room that the peer should hear of it without waiting for the next ACK: a quarter of
 * the buffer, or two segments when the window had nearly closed.
 */
export function deservesWindowUpdate(tcb: Pick<Tcb, 'rcv' | 'settings'>): boolean {
  const { rcv, settings } = tcb;
  const gain = room(rcv) - rcv.wnd;
  if (gain < smallestStep(rcv, settings)) return false;
  if (gain >= rcv.buffer / 4) return true;
  return rcv.wnd <= rcv.buffer / 8 && gain >= Math.min(rcv.buffer / 2, 2 * settings.mss);
}

/** The window field: RCV.WND shifted, as 16 bits. A segment with SYN is never shifted (RFC 7323 section 2.2). */
export function windowField(wnd: number, shift: number): number {
  return Math.min(65_535, Math.floor(wnd / 2 ** shift));
}
