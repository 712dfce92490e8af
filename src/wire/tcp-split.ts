/**
 * Segments longer than a link takes, which a device cuts up or has put together: a frame with the headers of one segment
 * and the text of several. Cutting it up gives what the link would carry, and joining that gives the frame again.
 */

import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum, fold, onesSum, pseudoHeaderSum } from './checksum.ts';
import { decodeIp, type IpPacket, ipHeaderLength, PROTOCOL } from './ip.ts';
import { Slab } from './slab.ts';
import { FLAG, TCP_AT, TCP_HEADER_LENGTH } from './tcp.ts';

/** On the last segment only, and on the first only: CWR answers one ECE (RFC 3168 section 6.1.2). */
const LAST_ONLY = FLAG.FIN | FLAG.PSH;
const FIRST_ONLY = FLAG.CWR;

const IPV4_AT = { totalLength: 2, id: 4, fragment: 6, checksum: 10 } as const;
const IPV6_PAYLOAD_LENGTH = 4;
const LONGEST_FRAME = 65_535;

const slab = new Slab();

/**
 * Cuts a frame up into frames of their own bytes with `segmentSize` octets of text each, the last with what is left, and
 * all checksums right. FIN and PSH go with the last segment and CWR with the first; IPv4's identification counts up; an
 * urgent pointer stays where it points; options, timestamps among them, stand on each. Of text that is not longer one frame
 * comes out, its checksum completed; what is not TCP comes out as it is.
 *
 * @example
 * ```ts
 * const frames = splitTcp(superSegment, 1_460);
 * ```
 */
export function splitTcp(frame: Uint8Array, segmentSize: number): Uint8Array[] {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return [frame];
  const textStart = textStartOf(packet);
  if (textStart > packet.end) return [frame];
  const count = Math.max(1, Math.ceil((packet.end - textStart) / segmentSize));
  return Array.from({ length: count }, (_, index) => segmentOf(packet, textStart, segmentSize, index, count));
}

function segmentOf(
  packet: IpPacket,
  textStart: number,
  segmentSize: number,
  index: number,
  count: number,
): Uint8Array {
  const { bytes, start, end } = packet;
  const offset = index * segmentSize;
  const last = index === count - 1;
  const from = textStart + offset;
  const to = last ? end : from + segmentSize;
  const segment = slab.take(textStart + to - from);
  segment.set(bytes.subarray(0, textStart));
  segment.set(bytes.subarray(from, to), textStart);
  setUint32(segment, start + TCP_AT.seq, uint32(bytes, start + TCP_AT.seq) + offset);
  let away = (last ? 0 : LAST_ONLY) | (index === 0 ? 0 : FIRST_ONLY);
  const up = uint16(bytes, start + TCP_AT.up) - offset;
  // The urgent octets have ended before this segment.
  if (up <= 0) away |= FLAG.URG;
  setUint16(segment, start + TCP_AT.up, Math.max(0, up));
  segment[start + TCP_AT.flags]! &= ~away;
  setLengths(segment, packet, index);
  setUint16(segment, start + TCP_AT.checksum, 0);
  const initial = pseudoHeaderSum(packet.src, packet.dst, PROTOCOL.tcp, segment.length - start);
  setUint16(segment, start + TCP_AT.checksum, checksum(segment, start, segment.length, initial));
  return segment;
}

/**
 * Joins the frames of segments that follow one another into one frame, whose checksum is left partial: the sum of the
 * pseudo-header. Undefined where they are none that a sender could have cut from one: see {@link joinsTcp}. Checksums are
 * not looked at.
 */
export function joinTcp(
  frames: readonly Uint8Array[],
): { readonly frame: Uint8Array; readonly segmentSize: number } | undefined {
  const first = frames[0] && decodeIp(frames[0]);
  if (!first || first.kind === 'malformed' || first.protocol !== PROTOCOL.tcp) return undefined;
  const { start } = first;
  const textStart = textStartOf(first);
  let length = textStart;
  for (const [index, frame] of frames.entries()) {
    if (index > 0 && !joinsTcp(frames[index - 1]!, frame)) return undefined;
    length += frame.length - textStart;
  }
  if (length > LONGEST_FRAME) return undefined;
  const joined = new Uint8Array(length);
  joined.set(first.bytes.subarray(0, textStart));
  let at = textStart;
  for (const frame of frames) {
    joined.set(frame.subarray(textStart), at);
    at += frame.length - textStart;
  }
  joined[start + TCP_AT.flags]! |= frames[frames.length - 1]![start + TCP_AT.flags]! & LAST_ONLY;
  setLengths(joined, first, 0);
  const sum = fold(pseudoHeaderSum(first.src, first.dst, PROTOCOL.tcp, length - start));
  setUint16(joined, start + TCP_AT.checksum, sum);
  return { frame: joined, segmentSize: first.end - textStart };
}

/** Flags of a segment that is not joined to others: what is urgent, begins or breaks a connection goes by itself. */
const ALONE = FLAG.SYN | FLAG.RST | FLAG.URG;

/**
 * Whether two frames are segments that {@link splitTcp} could have cut next to each other from one: the same but for the
 * sequence number, IPv4's identification and the flags that stand on one end only, no gap between them, and the second no
 * longer than the first. Checksums are not looked at. Frames with IPv4 options or IPv6 extension headers are not told of.
 */
export function joinsTcp(one: Uint8Array, next: Uint8Array): boolean {
  const start = plainTcpStart(one);
  if (start === 0 || plainTcpStart(next) !== start || next.length > one.length) return false;
  const textStart = start + ((one[start + TCP_AT.dataOffset]! >>> 4) << 2);
  const octets = one.length - textStart;
  if (octets <= 0 || next.length <= textStart || next[0] !== one[0]) return false;
  const [flags, nextFlags] = [one[start + TCP_AT.flags]!, next[start + TCP_AT.flags]!];
  if (((flags | nextFlags) & ALONE) !== 0 || (flags & LAST_ONLY) !== 0 || (nextFlags & FIRST_ONLY) !== 0)
    return false;
  if (((flags ^ nextFlags) & ~(LAST_ONLY | FIRST_ONLY)) !== 0) return false;
  if (uint32(next, start + TCP_AT.seq) !== (uint32(one, start + TCP_AT.seq) + octets) >>> 0) return false;
  if (start === 20 && uint16(next, IPV4_AT.id) !== ((uint16(one, IPV4_AT.id) + 1) & 0xffff)) return false;
  for (let at = 1; at < textStart; at++) {
    if (one[at] !== next[at] && !differs(at, start)) return false;
  }
  return true;
}

/** The octets of a header that may differ, as far as they have been looked at one by one, and checksums. */
function differs(at: number, start: number): boolean {
  const tcp = at - start;
  if (tcp >= 0) {
    if (tcp >= TCP_AT.seq && tcp < TCP_AT.ack) return true;
    return tcp === TCP_AT.flags || tcp === TCP_AT.checksum || tcp === TCP_AT.checksum + 1;
  }
  if (start === 40) return at === IPV6_PAYLOAD_LENGTH || at === IPV6_PAYLOAD_LENGTH + 1;
  return (at >= IPV4_AT.totalLength && at < IPV4_AT.id + 2) || (at >= IPV4_AT.checksum && at < 12);
}

/** Where TCP's header begins in a frame with the shortest IP header, which says how long the frame is; 0 for any other frame. */
function plainTcpStart(frame: Uint8Array): 0 | 20 | 40 {
  const first = frame[0];
  const isTcp4 =
    first === 0x45 &&
    frame.length > 40 &&
    frame[9] === PROTOCOL.tcp &&
    uint16(frame, IPV4_AT.totalLength) === frame.length &&
    (uint16(frame, IPV4_AT.fragment) & 0x3fff) === 0;
  if (isTcp4) return 20;
  if (first === undefined || first >>> 4 !== 6 || frame.length <= 60 || frame[6] !== PROTOCOL.tcp) return 0;
  return uint16(frame, IPV6_PAYLOAD_LENGTH) + 40 === frame.length ? 40 : 0;
}

/** Whether the checksums of a frame are right: IPv4's and TCP's. */
export function verifiesTcp(frame: Uint8Array): boolean {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return false;
  const { src, dst, start, end } = packet;
  const initial = pseudoHeaderSum(src, dst, PROTOCOL.tcp, end - start);
  return fold(onesSum(frame, start, end, initial)) === 0xffff;
}

function textStartOf({ bytes, start }: IpPacket): number {
  return start + Math.max(TCP_HEADER_LENGTH, (bytes[start + TCP_AT.dataOffset]! >>> 4) << 2);
}

/** The fields of an IP header that differ from segment to segment. */
function setLengths(frame: Uint8Array, { version, bytes }: IpPacket, index: number): void {
  if (version === 6) {
    setUint16(frame, IPV6_PAYLOAD_LENGTH, frame.length - ipHeaderLength(6));
    return;
  }
  setUint16(frame, IPV4_AT.totalLength, frame.length);
  setUint16(frame, IPV4_AT.id, uint16(bytes, IPV4_AT.id) + index);
  setUint16(frame, IPV4_AT.checksum, 0);
  setUint16(frame, IPV4_AT.checksum, checksum(frame, 0, (frame[0]! & 0x0f) << 2));
}
