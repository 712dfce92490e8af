/** Fragments made byte by byte, by no code of the stack's: honest ones and others. */

import { checksum } from '../../src/wire/index.ts';

export interface Cut {
  /** The octets of the datagram's payload: `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  /** Default: whether `to` lies before the datagram's end. */
  readonly more?: boolean;
  /** Where it claims to stand; default `from`. */
  readonly offset?: number;
}

/** The frame of one fragment of a datagram whose IP header is plain. An IPv6 datagram has no number of its own: `id` is it. */
export function cut(datagram: Uint8Array, { from, to, more, offset = from }: Cut, id = 99): Uint8Array {
  const version4 = datagram[0]! >>> 4 === 4;
  const header = version4 ? 20 : 40;
  const octets = datagram.subarray(header + from, header + to);
  const hasMore = more ?? header + to < datagram.length;
  const front = version4 ? header : header + 8;
  const frame = new Uint8Array(front + octets.length);
  frame.set(datagram.subarray(0, header));
  frame.set(octets, front);
  const view = new DataView(frame.buffer);
  if (version4) {
    view.setUint16(2, frame.length);
    view.setUint16(6, (hasMore ? 0x2000 : 0) | (offset >> 3));
    view.setUint16(10, 0);
    view.setUint16(10, checksum(frame, 0, header));
  } else {
    frame[6] = 44;
    frame[40] = datagram[6]!;
    view.setUint16(4, frame.length - 40);
    view.setUint16(42, offset | (hasMore ? 1 : 0));
    view.setUint32(44, id);
  }
  return frame;
}

/** The datagram in fragments of `size` octets. */
export function cutAll(datagram: Uint8Array, size: number, id = 99): Uint8Array[] {
  const length = datagram.length - (datagram[0]! >>> 4 === 4 ? 20 : 40);
  const frames: Uint8Array[] = [];
  for (let from = 0; from < length; from += size)
    frames.push(cut(datagram, { from, to: Math.min(from + size, length) }, id));
  return frames;
}
