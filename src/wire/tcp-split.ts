/**
 * Segments longer than a link takes, which a device cuts up or has put together: a frame with the headers of one segment
 * and the text of several. Cutting it up gives what the link would carry, and joining that gives the frame again.
 */

import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum, fold, pseudoHeaderSum } from './checksum.ts';
import { decodeIp, type IpPacket, ipHeaderLength, PROTOCOL } from './ip.ts';
import { FLAG, TCP_AT, TCP_HEADER_LENGTH } from './tcp.ts';

/** On the last segment only, and on the first only: CWR answers one ECE (RFC 3168 section 6.1.2). */
const LAST_ONLY = FLAG.FIN | FLAG.PSH;
const FIRST_ONLY = FLAG.CWR;

const IPV4_AT = { totalLength: 2, id: 4, checksum: 10 } as const;
const IPV6_PAYLOAD_LENGTH = 4;
const LONGEST_FRAME = 65_535;

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
  const segment = new Uint8Array(textStart + to - from);
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
 * pseudo-header. Undefined where they are none that a sender could have cut from one: another connection or another way of
 * delivery, a hole, other options, text of another length before the last. Checksums are not looked at.
 */
export function joinTcp(
  frames: readonly Uint8Array[],
): { readonly frame: Uint8Array; readonly segmentSize: number } | undefined {
  const first = frames[0] && decodeIp(frames[0]);
  if (!first || first.kind === 'malformed' || first.protocol !== PROTOCOL.tcp) return undefined;
  const { start } = first;
  const textStart = textStartOf(first);
  const segmentSize = first.end - textStart;
  const length = frames.reduce((sum, { length }) => sum + length - textStart, textStart);
  if (length > LONGEST_FRAME) return undefined;
  const joined = new Uint8Array(length);
  joined.set(first.bytes.subarray(0, textStart));
  let at = textStart;
  for (const [index, frame] of frames.entries()) {
    const last = index === frames.length - 1;
    if (!follows(first, frame, index, last)) return undefined;
    joined.set(frame.subarray(textStart), at);
    at += frame.length - textStart;
    joined[start + TCP_AT.flags]! |= frame[start + TCP_AT.flags]! & LAST_ONLY;
  }
  setLengths(joined, first, 0);
  const sum = fold(pseudoHeaderSum(first.src, first.dst, PROTOCOL.tcp, length - start));
  setUint16(joined, start + TCP_AT.checksum, sum);
  return { frame: joined, segmentSize };
}

/** Whether `frame` is what {@link splitTcp} would have cut as number `index` from a frame with the headers of `first`. */
function follows(first: IpPacket, frame: Uint8Array, index: number, last: boolean): boolean {
  const { bytes, start, end } = first;
  const textStart = textStartOf(first);
  const segmentSize = end - textStart;
  const length = frame.length - textStart;
  if (last ? length > segmentSize || (index > 0 && length <= 0) : length !== segmentSize) return false;
  if (end !== bytes.length || segmentSize < 0) return false;
  const flags = frame[start + TCP_AT.flags]!;
  if ((flags & (FLAG.SYN | FLAG.RST | FLAG.URG)) !== 0) return false;
  if (!last && (flags & LAST_ONLY) !== 0) return false;
  if (index > 0 && (flags & FIRST_ONLY) !== 0) return false;
  const expected = bytes.slice(0, textStart);
  setUint32(expected, start + TCP_AT.seq, uint32(bytes, start + TCP_AT.seq) + index * segmentSize);
  expected[start + TCP_AT.flags] = (expected[start + TCP_AT.flags]! & ~(LAST_ONLY | FIRST_ONLY)) | 0;
  for (const [at, length] of lengthsOf(first, index, frame.length)) setUint16(expected, at, length);
  for (let at = 0; at < textStart; at++) {
    if (at === start + TCP_AT.checksum || at === start + TCP_AT.checksum + 1) continue;
    if (first.version === 4 && (at === IPV4_AT.checksum || at === IPV4_AT.checksum + 1)) continue;
    const octet = at === start + TCP_AT.flags ? flags & ~(LAST_ONLY | FIRST_ONLY) : frame[at];
    if (octet !== expected[at]) return false;
  }
  return true;
}

function textStartOf({ bytes, start }: IpPacket): number {
  return start + Math.max(TCP_HEADER_LENGTH, (bytes[start + TCP_AT.dataOffset]! >>> 4) << 2);
}

/** The fields of an IP header that differ from segment to segment, but for the checksum: where each is, and its value. */
function lengthsOf({ version, bytes }: IpPacket, index: number, frameLength: number): [number, number][] {
  if (version === 6) return [[IPV6_PAYLOAD_LENGTH, frameLength - ipHeaderLength(6)]];
  return [
    [IPV4_AT.totalLength, frameLength],
    [IPV4_AT.id, uint16(bytes, IPV4_AT.id) + index],
  ];
}

function setLengths(frame: Uint8Array, packet: IpPacket, index: number): void {
  for (const [at, value] of lengthsOf(packet, index, frame.length)) setUint16(frame, at, value);
  if (packet.version !== 4) return;
  setUint16(frame, IPV4_AT.checksum, 0);
  setUint16(frame, IPV4_AT.checksum, checksum(frame, 0, (frame[0]! & 0x0f) << 2));
}
