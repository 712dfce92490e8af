/**
 * The tests that decide whether a segment belongs to the connection as it stands (RFC 9293 sections 3.4 and 3.10.7.4).
 */

import { FLAG } from '../wire/index.ts';
import type { Segment } from './segment.ts';
import { segmentLength } from './segment.ts';
import type { Seq } from './seq.ts';
import { add, distance, gt, lt, max } from './seq.ts';
import type { Tcb } from './tcb.ts';

/** The first check, by table 6: four cases of SEG.LEN and RCV.WND. */
export function acceptable(tcb: Pick<Tcb, 'rcv'>, segment: Segment): boolean {
  const { nxt, wnd } = tcb.rcv;
  const length = segmentLength(segment);
  if (length === 0) return wnd === 0 ? segment.seq === nxt : inWindow(segment.seq, nxt, wnd);
  if (wnd === 0) return false;
  return inWindow(segment.seq, nxt, wnd) || inWindow(add(segment.seq, length - 1), nxt, wnd);
}

export function inWindow(value: Seq, nxt: Seq, wnd: number): boolean {
  return (value - nxt) >>> 0 < wnd;
}

/** How far back an ACK may lie before RFC 5961 section 5.2 takes it for an attack: MAX.SND.WND. */
export function ackInRange(tcb: Pick<Tcb, 'snd'>, ack: Seq): boolean {
  const { una, nxt, maxWnd } = tcb.snd;
  return inWindow(ack, add(una, -maxWnd), maxWnd + distance(nxt, una) + 1);
}

/** What is left of a segment once the parts outside the window are cut off. */
export interface Trimmed {
  readonly left: Seq;
  readonly text: Uint8Array;
  /** The sequence number of its FIN, if it has one that lies in the window. */
  readonly fin: Seq | undefined;
}

/** Cuts the segment to the window. A SYN in front of the text takes one sequence number and is cut with the rest. */
export function trim(tcb: Pick<Tcb, 'rcv'>, segment: Segment): Trimmed {
  const { nxt, wnd } = tcb.rcv;
  const start = (segment.flags & FLAG.SYN) !== 0 ? add(segment.seq, 1) : segment.seq;
  const end = add(start, segment.text.length);
  const left = max(start, nxt);
  const edge = add(nxt, wnd);
  const right = gt(end, edge) ? edge : end;
  const count = distance(right, left);
  const whole = count === segment.text.length;
  const text = whole
    ? segment.text
    : segment.text.subarray(distance(left, start), Math.max(0, distance(right, start)));
  const fin = (segment.flags & FLAG.FIN) !== 0 && !lt(end, nxt) && lt(end, edge) ? end : undefined;
  return { left, text: count > 0 ? text : NO_TEXT, fin };
}

const NO_TEXT = new Uint8Array(0);
