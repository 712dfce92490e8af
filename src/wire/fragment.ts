/**
 * Fragments of IPv4 (RFC 791 section 3.2) and IPv6 (RFC 8200 section 4.5): reading one, putting a datagram together from
 * them, and cutting one up. A second and slower look at frames that `decodeIp` refused as fragments.
 */

import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { ECN } from './ecn.ts';
import { decodeIp, type IpPacket, PROTOCOL } from './ip.ts';
import { IPV4_HEADER_LENGTH, ipv4Packet } from './ipv4.ts';
import { EXTENSION, IPV6_HEADER_LENGTH, ipv6Packet, isExtension } from './ipv6.ts';
import { MALFORMED } from './malformed.ts';

export interface Fragment {
  readonly kind: 'fragment';
  /**
   * The fragment's own headers, and its octets as the payload. `protocol` is that of the datagram's fragmentable part, which
   * for IPv6 may be an extension header's.
   */
  readonly packet: IpPacket;
  /** The datagram's number, unique between two hosts for a while: 16 bits in IPv4, 32 in IPv6. */
  readonly id: number;
  /** Where its octets stand in the datagram's fragmentable part; a multiple of 8. */
  readonly offset: number;
  readonly more: boolean;
  /** Where the unfragmentable part ends: behind the IPv4 header, before the IPv6 fragment header. */
  readonly headerEnd: number;
}

/** IPv4: total length, id, flags with offset, and checksum (RFC 791 section 3.1). */
const AT4 = { totalLength: 2, id: 4, fragment: 6, checksum: 10 } as const;
/** IPv6: payload length and next header, and what stands where in a fragment header. */
const AT6 = { payloadLength: 4, nextHeader: 6, fragment: 2, id: 4 } as const;
const FRAGMENT_HEADER_LENGTH = 8;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET = 0x1fff;
/** Offsets count in units of this. */
const UNIT = 8;

/** @returns undefined for a frame that `decodeIp` does not refuse as a fragment: a whole packet, or none at all. */
export function decodeFragment(frame: Uint8Array): Fragment | undefined {
  const refused = decodeIp(frame);
  if (refused === MALFORMED['ipv4.fragment']) return ipv4Fragment(frame);
  if (refused === MALFORMED['ipv6.fragment']) return ipv6Fragment(frame);
  return undefined;
}

/** How many octets of the datagram the fragment brings. */
export function fragmentLength({ packet }: Fragment): number {
  return packet.end - packet.start;
}

/**
 * The datagram that fragments make. They are in order, the first one begins it, and each begins where the one before ends.
 *
 * All that comes before the octets is the first one's (RFC 8200 section 4.5), but for a mark of congestion, which counts
 * whichever of them has it (RFC 3168 section 5.3).
 */
export function joinFragments(fragments: readonly Fragment[]): Uint8Array {
  const first = fragments[0]!;
  const { version } = first.packet;
  const length = fragments.reduce((sum, fragment) => sum + fragmentLength(fragment), 0);
  const datagram = new Uint8Array(first.headerEnd + length);
  datagram.set(first.packet.bytes.subarray(0, first.headerEnd));
  let at = first.headerEnd;
  for (const { packet } of fragments) {
    datagram.set(packet.bytes.subarray(packet.start, packet.end), at);
    at += packet.end - packet.start;
  }
  const congested = fragments.some(({ packet }) => (packet.trafficClass & ECN.CE) === ECN.CE);
  if (version === 4) {
    if (congested) datagram[1]! |= ECN.CE;
    setUint16(datagram, AT4.totalLength, datagram.length);
    setUint16(datagram, AT4.fragment, uint16(datagram, AT4.fragment) & DONT_FRAGMENT);
    setUint16(datagram, AT4.checksum, 0);
    setUint16(datagram, AT4.checksum, checksum(datagram, 0, first.headerEnd));
  } else {
    // The traffic class lies across the first two bytes.
    if (congested) datagram[1]! |= ECN.CE << 4;
    setUint16(datagram, AT6.payloadLength, datagram.length - IPV6_HEADER_LENGTH);
    datagram[fragmentNamedAt(datagram, first.headerEnd)] = first.packet.protocol;
  }
  return datagram;
}

/**
 * Cuts a datagram, whose IP header has no options and no extensions, into frames of at most `mtu` bytes: eight octets of the
 * datagram in each at least. One that fits stays as it is.
 *
 * @param id numbers an IPv6 datagram, and an IPv4 one that has no number yet
 */
export function fragmentDatagram(datagram: Uint8Array, mtu: number, id: number): readonly Uint8Array[] {
  if (datagram.length <= mtu) return [datagram];
  const version4 = datagram[0]! >>> 4 === 4;
  const from = version4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  const header = version4 ? from : from + FRAGMENT_HEADER_LENGTH;
  const step = Math.max(UNIT, Math.floor((mtu - header) / UNIT) * UNIT);
  const frames: Uint8Array[] = [];
  for (let at = from; at < datagram.length; at += step) {
    const octets = datagram.subarray(at, Math.min(at + step, datagram.length));
    const frame = new Uint8Array(header + octets.length);
    frame.set(datagram.subarray(0, from));
    frame.set(octets, header);
    const more = at + step < datagram.length;
    if (version4) writeIpv4Fragment(frame, at - from, more, id);
    else writeIpv6Fragment(frame, at - from, more, id);
    frames.push(frame);
  }
  return frames;
}

/**
 * Whether an IPv6 datagram's first fragment ends before the header that says what the datagram is for: RFC 8200 section 4.5
 * wants the whole chain of headers in it, the upper layer's included.
 */
export function lacksHeaders({ packet, offset }: Fragment): boolean {
  if (packet.version === 4 || offset > 0) return false;
  const { bytes, end } = packet;
  let { protocol, start } = packet;
  while (isExtension(protocol) && protocol !== EXTENSION.noNextHeader) {
    if (start + UNIT > end) return true;
    const length = protocol === EXTENSION.fragment ? UNIT : UNIT + bytes[start + 1]! * UNIT;
    protocol = bytes[start]!;
    start += length;
  }
  return start + upperLayerLength(protocol) > end;
}

function upperLayerLength(protocol: number): number {
  if (protocol === PROTOCOL.tcp) return 20;
  if (protocol === PROTOCOL.udp || protocol === PROTOCOL.icmpv6) return 8;
  return 0;
}

function ipv4Fragment(frame: Uint8Array): Fragment {
  const start = (frame[0]! & 0x0f) << 2;
  const field = uint16(frame, AT4.fragment);
  return {
    kind: 'fragment',
    packet: ipv4Packet(frame, start, uint16(frame, AT4.totalLength)),
    id: uint16(frame, AT4.id),
    offset: (field & OFFSET) * UNIT,
    more: (field & MORE_FRAGMENTS) !== 0,
    headerEnd: start,
  };
}

function ipv6Fragment(frame: Uint8Array): Fragment {
  const at = fragmentHeaderOf(frame);
  const start = at + FRAGMENT_HEADER_LENGTH;
  const end = IPV6_HEADER_LENGTH + uint16(frame, AT6.payloadLength);
  const field = uint16(frame, at + AT6.fragment);
  return {
    kind: 'fragment',
    packet: ipv6Packet(frame, frame[at]!, start, end),
    id: uint32(frame, at + AT6.id),
    // The offset's thirteen bits are the upper ones, so that without the lower three it is in octets.
    offset: field & 0xfff8,
    more: (field & 1) !== 0,
    headerEnd: at,
  };
}

/** Where the header stands that makes `decodeIpv6` refuse the frame: the first fragment header that is not an atomic one's. */
function fragmentHeaderOf(frame: Uint8Array): number {
  let protocol = frame[AT6.nextHeader]!;
  let at = IPV6_HEADER_LENGTH;
  for (;;) {
    if (protocol === EXTENSION.fragment && (uint16(frame, at + AT6.fragment) & 0xfff9) !== 0) return at;
    const length = protocol === EXTENSION.fragment ? UNIT : UNIT + frame[at + 1]! * UNIT;
    protocol = frame[at]!;
    at += length;
  }
}

/** The place of the number that announced the fragment header at `end`: in the header before it. */
function fragmentNamedAt(datagram: Uint8Array, end: number): number {
  let namedAt: number = AT6.nextHeader;
  for (let at = IPV6_HEADER_LENGTH; at < end; ) {
    const length = datagram[namedAt] === EXTENSION.fragment ? UNIT : UNIT + datagram[at + 1]! * UNIT;
    namedAt = at;
    at += length;
  }
  return namedAt;
}

function writeIpv4Fragment(frame: Uint8Array, offset: number, more: boolean, id: number): void {
  if (uint16(frame, AT4.id) === 0) setUint16(frame, AT4.id, id & 0xffff);
  setUint16(frame, AT4.totalLength, frame.length);
  setUint16(frame, AT4.fragment, (more ? MORE_FRAGMENTS : 0) | (offset / UNIT));
  setUint16(frame, AT4.checksum, 0);
  setUint16(frame, AT4.checksum, checksum(frame, 0, IPV4_HEADER_LENGTH));
}

function writeIpv6Fragment(frame: Uint8Array, offset: number, more: boolean, id: number): void {
  const at = IPV6_HEADER_LENGTH;
  frame[at] = frame[AT6.nextHeader]!;
  frame[at + 1] = 0;
  frame[AT6.nextHeader] = EXTENSION.fragment;
  setUint16(frame, AT6.payloadLength, frame.length - IPV6_HEADER_LENGTH);
  setUint16(frame, at + AT6.fragment, offset | (more ? 1 : 0));
  setUint32(frame, at + AT6.id, id);
}
