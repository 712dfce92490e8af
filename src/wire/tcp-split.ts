/**
 * Segments longer than a link takes, which a device cuts up or has put together: a frame with the headers of one segment
 * and the text of several. Cutting it up gives what the link would carry, and joining that gives the frame again.
 */

import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum, fold, onesSum, pseudoHeaderSum } from './checksum.ts';
import { decodeIp, type IpPacket, ipHeaderLength, PROTOCOL } from './ip.ts';
import { alignedLength } from './slab.ts';
import { FLAG, TCP_AT, TCP_HEADER_LENGTH } from './tcp.ts';

/** On the last segment only, and on the first only: CWR answers one ECE (RFC 3168 section 6.1.2). */
const LAST_ONLY = FLAG.FIN | FLAG.PSH;
const FIRST_ONLY = FLAG.CWR;

const IPV4_AT = { totalLength: 2, id: 4, fragment: 6, checksum: 10, src: 12 } as const;
const IPV4_DONT_FRAGMENT = 0x4000;
const IPV6_PAYLOAD_LENGTH = 4;
const IPV6_SRC = 8;
const LONGEST_FRAME = 65_535;

/**
 * Cuts a frame up into frames of their own bytes with `segmentSize` octets of text each, the last with what is left, and
 * all checksums right. FIN and PSH go with the last segment and CWR with the first; IPv4's identification counts up, unless
 * it is the 0 of a packet that nobody may cut up (RFC 6864 section 4.1); an urgent pointer stays where it points; options,
 * timestamps among them, stand on each. Of text that is not longer one frame comes out, its checksum completed; what is not
 * TCP comes out as it is.
 *
 * @param checksums `partial` leaves TCP's at the sum of the pseudo-header, for a receiver that knows of it
 * @example
 * ```ts
 * const frames = splitTcp(superSegment, 1_460);
 * ```
 */
export function splitTcp(
  frame: Uint8Array,
  segmentSize: number,
  checksums: 'complete' | 'partial' = 'complete',
): Uint8Array[] {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return [frame];
  const textStart = textStartOf(packet);
  if (textStart > packet.end) return [frame];
  const count = Math.max(1, Math.ceil((packet.end - textStart) / segmentSize));
  const segments: Uint8Array[] = [];
  // What is cut from one frame lies in one piece of memory: to make one costs as much as to fill several frames.
  const room = alignedLength(textStart + Math.min(segmentSize, packet.end - textStart));
  const memory = new ArrayBuffer(count * room);
  for (let index = 0; index < count; index++) {
    const length = textStart + Math.min(segmentSize, packet.end - textStart - index * segmentSize);
    const segment = new Uint8Array(memory, index * room, length);
    fill(segment, packet, textStart, index * segmentSize, index, index === count - 1, checksums);
    segments.push(segment);
  }
  return segments;
}

/** Makes a segment of the text from `offset` on, as far as it has room for it. */
function fill(
  segment: Uint8Array,
  packet: IpPacket,
  textStart: number,
  offset: number,
  index: number,
  last: boolean,
  checksums: 'complete' | 'partial',
): void {
  const { bytes, start } = packet;
  // A view of the headers would cost more than these few bytes.
  for (let at = 0; at < textStart; at++) segment[at] = bytes[at]!;
  segment.set(bytes.subarray(textStart + offset, offset + segment.length), textStart);
  setUint32(segment, start + TCP_AT.seq, uint32(bytes, start + TCP_AT.seq) + offset);
  let away = (last ? 0 : LAST_ONLY) | (index === 0 ? 0 : FIRST_ONLY);
  const up = uint16(bytes, start + TCP_AT.up) - offset;
  // The urgent octets have ended before this segment.
  if (up <= 0) away |= FLAG.URG;
  setUint16(segment, start + TCP_AT.up, Math.max(0, up));
  segment[start + TCP_AT.flags]! &= ~away;
  setLengths(segment, packet, index);
  const initial = pseudoHeaderSum(packet.src, packet.dst, PROTOCOL.tcp, segment.length - start);
  setUint16(segment, start + TCP_AT.checksum, checksums === 'partial' ? fold(initial) : 0);
  if (checksums === 'complete')
    setUint16(segment, start + TCP_AT.checksum, checksum(segment, start, segment.length, initial));
}

/**
 * Joins the frames of segments that follow one another into one frame, whose checksum is left partial: the sum of the
 * pseudo-header. Undefined where they are none that a sender could have cut from one: see {@link joinsTcp}. Checksums are
 * not looked at.
 */
export function joinTcp(frames: readonly Uint8Array[]): JoinedTcp | undefined {
  const [first] = frames;
  if (first === undefined || plainTcpStart(first) === 0) return undefined;
  let length = first.length;
  for (let index = 1; index < frames.length; index++) {
    if (!joinsTcp(frames[index - 1]!, frames[index]!, first)) return undefined;
    length += frames[index]!.length;
  }
  return length - (frames.length - 1) * headersOf(first) > LONGEST_FRAME ? undefined : joinedTcp(frames);
}

/** Segments in one frame, and how long each of them was but for the last. */
export interface JoinedTcp {
  readonly frame: Uint8Array;
  readonly segmentSize: number;
}

/** As {@link joinTcp}, of one frame or more of which each is known to join the one before it. */
export function joinedTcp(frames: readonly Uint8Array[]): JoinedTcp {
  const first = frames[0]!;
  const textStart = headersOf(first);
  let length = textStart;
  for (const frame of frames) length += frame.length - textStart;
  const joined = new Uint8Array(length);
  joined.set(first);
  let at = first.length;
  for (let index = 1; index < frames.length; index++) {
    const text = frames[index]!.subarray(textStart);
    joined.set(text, at);
    at += text.length;
  }
  const packet = decodeIp(first) as IpPacket;
  const { start } = packet;
  joined[start + TCP_AT.flags]! |= frames[frames.length - 1]![start + TCP_AT.flags]! & LAST_ONLY;
  setLengths(joined, packet, 0);
  const sum = fold(pseudoHeaderSum(packet.src, packet.dst, PROTOCOL.tcp, length - start));
  setUint16(joined, start + TCP_AT.checksum, sum);
  return { frame: joined, segmentSize: first.length - textStart };
}

/** Flags of a segment that is not joined to others: what is urgent, begins or breaks a connection goes by itself. */
const ALONE = FLAG.SYN | FLAG.RST | FLAG.URG;

/**
 * Whether two frames are segments that {@link splitTcp} could have cut next to each other from one: the same but for the
 * sequence number, IPv4's identification and the flags that stand on one end only, no gap between them, and the second no
 * longer than the first. Checksums are not looked at. Frames with IPv4 options or IPv6 extension headers are not told of.
 *
 * @param first the first of all that are to be joined: it tells whether identifications count up
 */
export function joinsTcp(one: Uint8Array, next: Uint8Array, first = one): boolean {
  const start = plainTcpStart(one);
  if (start === 0 || plainTcpStart(next) !== start || next.length > one.length) return false;
  const textStart = start + ((one[start + TCP_AT.dataOffset]! >>> 4) << 2);
  const octets = one.length - textStart;
  if (octets <= 0 || next.length <= textStart) return false;
  if (uint32(next, start + TCP_AT.seq) !== (uint32(one, start + TCP_AT.seq) + octets) >>> 0) return false;
  const flags = one[start + TCP_AT.flags]!;
  const nextFlags = next[start + TCP_AT.flags]!;
  if (((flags | nextFlags) & ALONE) !== 0 || (flags & LAST_ONLY) !== 0 || (nextFlags & FIRST_ONLY) !== 0)
    return false;
  if (((flags ^ nextFlags) & ~(LAST_ONLY | FIRST_ONLY)) !== 0) return false;
  return (
    (start === 20 ? sameIpv4(one, next, first) : sameIpv6(one, next)) &&
    same(one, next, start, start + TCP_AT.seq) &&
    same(one, next, start + TCP_AT.ack, start + TCP_AT.flags) &&
    same(one, next, start + TCP_AT.wnd, start + TCP_AT.checksum) &&
    same(one, next, start + TCP_AT.up, textStart)
  );
}

/** All but length, identification and checksum, which follow from each other. */
function sameIpv4(one: Uint8Array, next: Uint8Array, first: Uint8Array): boolean {
  const id = isAtomic(first) ? 0 : (uint16(one, IPV4_AT.id) + 1) & 0xffff;
  return (
    uint16(next, IPV4_AT.id) === id &&
    same(one, next, 0, IPV4_AT.totalLength) &&
    same(one, next, IPV4_AT.fragment, IPV4_AT.checksum) &&
    same(one, next, IPV4_AT.src, 20)
  );
}

function sameIpv6(one: Uint8Array, next: Uint8Array): boolean {
  return same(one, next, 0, IPV6_PAYLOAD_LENGTH) && same(one, next, IPV6_PAYLOAD_LENGTH + 2, 40);
}

function same(one: Uint8Array, next: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (one[at] !== next[at]) return false;
  return true;
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

/** Computes TCP's checksum of a frame that has been left partial, in place. What is not TCP stays as it is. */
export function completeTcp(frame: Uint8Array): void {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return;
  const { start, end } = packet;
  // What stands there is the sum of the pseudo-header: with it in its place, the sum over the segment has it, too.
  setUint16(frame, start + TCP_AT.checksum, checksum(frame, start, end));
}

/** Whether the checksums of a frame are right: IPv4's and TCP's. False for frames that {@link joinsTcp} is not told of. */
export function verifiesTcp(frame: Uint8Array): boolean {
  const start = plainTcpStart(frame);
  if (start === 0) return false;
  if (start === 20 && fold(onesSum(frame, 0, start, 0)) !== 0xffff) return false;
  // The addresses of the pseudo-header are the last thing in either header.
  const addresses = start === 20 ? IPV4_AT.src : IPV6_SRC;
  const initial = onesSum(frame, addresses, start, PROTOCOL.tcp + frame.length - start);
  return fold(onesSum(frame, start, frame.length, initial)) === 0xffff;
}

/** How long the headers of a frame are that {@link joinsTcp} is told of. */
function headersOf(frame: Uint8Array): number {
  const start = plainTcpStart(frame);
  return start + ((frame[start + TCP_AT.dataOffset]! >>> 4) << 2);
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
  setUint16(frame, IPV4_AT.id, isAtomic(bytes) ? 0 : uint16(bytes, IPV4_AT.id) + index);
  setUint16(frame, IPV4_AT.checksum, 0);
  setUint16(frame, IPV4_AT.checksum, checksum(frame, 0, (frame[0]! & 0x0f) << 2));
}

/** A packet without a number, which nobody may cut up (RFC 6864 section 4.1). */
function isAtomic(header: Uint8Array): boolean {
  return uint16(header, IPV4_AT.id) === 0 && (uint16(header, IPV4_AT.fragment) & IPV4_DONT_FRAGMENT) !== 0;
}
