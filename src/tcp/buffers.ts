/**
 * How large the buffers are: they begin at what the settings say and grow with what the path carries, up to a bound. A
 * buffer that the user has set is one whose bound is its size.
 *
 * The receive buffer follows the reader: twice what it takes out in one round trip, so that a window's worth may be on its
 * way while another waits (dynamic right-sizing: M. Fisk and W. Feng, 2001; RFC 9293 section 3.8.6 leaves the size open).
 * The send buffer follows the congestion window: a window in flight, and one to follow.
 */

import type { Draft } from './draft.ts';
import { timestampNow } from './emit.ts';
import type { Segment } from './segment.ts';
import { add, gt } from './seq.ts';
import { largestWindow } from './settings.ts';
import type { Reading } from './tcb.ts';

/** A round trip that a receiver measures as longer than this was none: the sender had nothing to say. */
const LONGEST_ROUND_TRIP_MS = 60_000;
/** How much a longer round trip than the estimate counts; a shorter one counts at once. */
const RISE = 1 / 8;
/** Shorter than this nothing is measured: reads would be counted one by one. */
const SHORTEST_PERIOD_MS = 1;

function mayGrow({ rcv, settings }: Draft): boolean {
  return rcv.buffer < Math.min(settings.largestReceiveBuffer, largestWindow(rcv.shift));
}

/** A segment with text has been taken in: does it measure a round trip? A receiver that sends nothing learns it in no other way. */
export function measureAtReceiver(tcb: Draft, segment: Segment): void {
  if (!mayGrow(tcb)) return;
  if (tcb.features.timestamps) measureByEcho(tcb, segment);
  else measureByWindow(tcb);
}

/**
 * By timestamps: from an ACK of ours to the first text that echoes it. A segment that is not full may have waited for the
 * sender's user.
 */
function measureByEcho(tcb: Draft, { text, options }: Segment): void {
  const { rcv } = tcb;
  const echo = options.timestamps?.echo;
  if (echo === undefined || echo === 0 || echo === rcv.reading.echo || text.length < rcv.largest) return;
  const sampleMs = (timestampNow(tcb) - echo) | 0;
  if (sampleMs < 0 || sampleMs > LONGEST_ROUND_TRIP_MS) return;
  // Spelled out, here and below: a spread takes V8 many times as long, and this is done for many a segment.
  const { sinceMs, readBefore, most, edge, edgeMs } = rcv.reading;
  const rttMs = estimated(rcv.reading, sampleMs);
  rcv.reading = { rttMs, echo, edge, edgeMs, sinceMs, readBefore, most };
}

/** What lies beyond the window's edge can only be sent once an ACK has moved the edge: a round trip at least. */
function measureByWindow({ rcv, nowMs }: Draft): void {
  const { edge, edgeMs } = rcv.reading;
  if (edge !== undefined && !gt(rcv.nxt, edge)) return;
  const rttMs =
    edge === undefined ? rcv.reading.rttMs : Math.min(rcv.reading.rttMs ?? Infinity, nowMs - edgeMs);
  const { echo, sinceMs, readBefore, most } = rcv.reading;
  rcv.reading = { rttMs, echo, edge: add(rcv.nxt, rcv.wnd), edgeMs: nowMs, sinceMs, readBefore, most };
}

function estimated({ rttMs }: Reading, sampleMs: number): number {
  return rttMs === undefined || sampleMs < rttMs ? sampleMs : rttMs + RISE * (sampleMs - rttMs);
}

/** The user has read: once in a round trip it is seen how much, and the receive buffer grows if that asks for it. */
export function growReceiveBuffer(tcb: Draft): void {
  if (!mayGrow(tcb)) return;
  const { rcv, settings, totals, nowMs } = tcb;
  const { reading } = rcv;
  const rttMs = reading.rttMs ?? tcb.rtt.srttMs;
  const elapsedMs = nowMs - reading.sinceMs;
  if (rttMs === undefined || elapsedMs < Math.max(SHORTEST_PERIOD_MS, rttMs)) return;
  const read = totals.bytesReceived - rcv.queue.length;
  // By rate: a reader that takes much at once, and then nothing for a hundred round trips, is a slow one.
  const inRoundTrip = ((read - reading.readBefore) * rttMs) / elapsedMs;
  // A sender in slow start sends twice as much in each round trip, and what is offered now it uses in the next but one.
  const faster = reading.most === 0 ? 1 : Math.min(1, Math.max(0, inRoundTrip / reading.most - 1));
  const wanted = Math.round(2 * inRoundTrip * (1 + faster));
  const bound = Math.min(settings.largestReceiveBuffer, largestWindow(rcv.shift));
  rcv.buffer = Math.max(rcv.buffer, Math.min(wanted, bound));
  const { echo, edge, edgeMs } = reading;
  const most = Math.max(reading.most, inRoundTrip);
  rcv.reading = { rttMs: reading.rttMs, echo, edge, edgeMs, sinceMs: nowMs, readBefore: read, most };
}

/** The congestion window may have opened. It opens only as far as it is used, so a buffer that nobody fills does not grow. */
export function growSendBuffer({ snd, cc, settings }: Draft): void {
  if (snd.buffer >= settings.largestSendBuffer) return;
  snd.buffer = Math.max(snd.buffer, Math.min(2 * cc.cwnd, settings.largestSendBuffer));
}

/** The user has set one of them: a running connection keeps what lies within the new bounds. */
export function resizeBuffers({ snd, rcv, settings }: Draft): void {
  snd.buffer = Math.min(Math.max(snd.buffer, settings.sendBuffer), settings.largestSendBuffer);
  rcv.buffer = Math.min(Math.max(rcv.buffer, settings.receiveBuffer), settings.largestReceiveBuffer);
}
