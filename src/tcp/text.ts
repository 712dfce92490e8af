/**
 * The seventh check, segment text, and the eighth, FIN (RFC 9293 section 3.10.7.4), with delayed ACKs (section 3.8.6.3).
 */

import type { Draft } from './draft.ts';
import { appendText, insertBlock, takeInOrder } from './reassembly.ts';
import type { Seq } from './seq.ts';
import { add, distance, ge, gt } from './seq.ts';
import type { Step } from './step.ts';

/**
 * How many blocks are held out of order. A window full of lost and found segments makes a few hundred; a peer that sends
 * every second octet would make us hold kilobytes for each.
 */
const MOST_BLOCKS = 1_024;

/** Text that lies in the window, from `left` ≥ RCV.NXT on. */
export function textArrives(step: Step, left: Seq, text: Uint8Array, segmentSize = text.length): void {
  const { tcb } = step;
  const { rcv } = tcb;
  if (rcv.fin !== undefined && gt(add(left, text.length), rcv.fin)) return;
  // What is longer than we have asked for are several segments, joined on their way.
  const size = Math.min(text.length, segmentSize, tcb.settings.mss);
  rcv.largest = Math.max(rcv.largest, size);
  if (left !== rcv.nxt) {
    const blocks = insertBlock(rcv.blocks, left, text);
    if (blocks.length <= MOST_BLOCKS) rcv.blocks = blocks;
    else step.dropped = 'tcp.too-many-holes';
    rcv.ack = 'now';
    rcv.ackReason = 'out of order';
    return;
  }
  const hadHole = rcv.blocks.length > 0;
  const before = rcv.queue.length;
  rcv.queue = appendText(rcv.queue, text);
  rcv.nxt = add(rcv.nxt, text.length);
  takeBlocks(tcb);
  received(tcb, rcv.queue.length - before);
  oweAckForText(tcb, hadHole, Math.ceil(text.length / size));
}

/** Text that came with the SYN, once our SYN is acknowledged (section 3.10.7.2, third). */
export function takeHeldText(step: Step): void {
  const { tcb } = step;
  const before = tcb.rcv.queue.length;
  takeBlocks(tcb);
  const added = tcb.rcv.queue.length - before;
  if (added === 0) return;
  received(tcb, added);
  oweAckForText(tcb, false, 1);
}

/** Blocks that are in order now. */
function takeBlocks({ rcv }: Draft): void {
  for (let taken = takeInOrder(rcv.blocks, rcv.nxt); taken; taken = takeInOrder(rcv.blocks, rcv.nxt)) {
    rcv.queue = rcv.queue.concat(taken.text);
    rcv.nxt = add(rcv.nxt, taken.text.length);
    rcv.blocks = taken.rest;
  }
}

function received(tcb: Draft, count: number): void {
  tcb.rcv.wnd = Math.max(0, tcb.rcv.wnd - count);
  tcb.totals.bytesReceived += count;
}

/** A FIN at `at`: remembered until all before it has arrived. Text behind a FIN cannot be. */
export function finArrives(step: Step, at: Seq): void {
  const { rcv } = step.tcb;
  if (rcv.fin !== undefined) return;
  rcv.fin = at;
  rcv.blocks = rcv.blocks.filter((block) => !ge(block.left, at));
  if (at !== rcv.nxt) {
    rcv.ack = 'now';
    rcv.ackReason = 'out of order';
  }
}

/** SHLD-19: every second full-sized segment at once, one ACK for all that came joined; also what fills a hole (RFC 5681 section 4.2). The rest may wait. */
function oweAckForText(tcb: Draft, filledHole: boolean, segments: number): void {
  const { rcv, settings, timers } = tcb;
  const unacknowledged = distance(rcv.nxt, rcv.acked);
  const atOnce =
    filledHole ||
    settings.delayedAckMs === 0 ||
    rcv.quickAcks > 0 ||
    unacknowledged >= 2 * rcv.largest ||
    rcv.duplicate !== undefined;
  rcv.quickAcks = Math.max(0, rcv.quickAcks - segments);
  if (atOnce) {
    rcv.ack = 'now';
    rcv.ackReason = 'in order';
    return;
  }
  if (rcv.ack === 'none') rcv.ack = 'delayed';
  timers.ackDueMs ??= tcb.nowMs + settings.delayedAckMs;
}
