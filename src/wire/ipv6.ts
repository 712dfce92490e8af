import { IpAddress } from './address.ts';
import { int32, setUint16, setUint32, uint16 } from './bytes.ts';
import type { IpHeaderFields, IpPacket } from './ip.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

/** Without extension headers. */
export const IPV6_HEADER_LENGTH = 40;

/** Field offsets of RFC 8200 section 3. */
const AT = { payloadLength: 4, nextHeader: 6, hopLimit: 7, src: 8, dst: 24 } as const;

/** Next Header values of the extension headers known here (RFC 8200 section 4). */
export const EXTENSION = {
  hopByHop: 0,
  routing: 43,
  fragment: 44,
  noNextHeader: 59,
  destinationOptions: 60,
} as const;

/** The length of a fragment header, and the unit in which the others count theirs. */
const EXTENSION_UNIT = 8;

/** `decodeIp` for a frame whose first nibble is 6. */
export function decodeIpv6(frame: Uint8Array): IpPacket | Malformed {
  if (frame.length < IPV6_HEADER_LENGTH) return MALFORMED['ipv6.truncated'];
  const end = IPV6_HEADER_LENGTH + uint16(frame, AT.payloadLength);
  if (end > frame.length) return MALFORMED['ipv6.truncated'];
  let protocol = frame[AT.nextHeader]!;
  let start = IPV6_HEADER_LENGTH;
  while (isExtension(protocol)) {
    const length = extensionLength(frame, start, end, protocol);
    if (typeof length !== 'number') return length;
    protocol = frame[start]!;
    start += length;
  }
  return ipv6Packet(frame, protocol, start, end);
}

/** A packet whose headers lead to `start`, and to what `protocol` names. */
export function ipv6Packet(frame: Uint8Array, protocol: number, start: number, end: number): IpPacket {
  const firstWord = int32(frame, 0);
  return {
    kind: 'ip',
    version: 6,
    src: IpAddress.fromBytes(frame, AT.src, 6),
    dst: IpAddress.fromBytes(frame, AT.dst, 6),
    protocol,
    trafficClass: (firstWord >>> 20) & 0xff,
    hopLimit: frame[AT.hopLimit]!,
    flowLabel: firstWord & 0xf_ffff,
    id: 0,
    dontFragment: true,
    bytes: frame,
    start,
    end,
  };
}

/** `writeIpHeader` for IPv6, its checks done. */
export function writeIpv6Header(
  frame: Uint8Array,
  header: IpHeaderFields,
  protocol: number,
  payloadLength: number,
): void {
  const trafficClass = (header.trafficClass ?? 0) & 0xff;
  const flowLabel = (header.flowLabel ?? 0) & 0xf_ffff;
  setUint32(frame, 0, (6 << 28) | (trafficClass << 20) | flowLabel);
  setUint16(frame, AT.payloadLength, payloadLength);
  frame[AT.nextHeader] = protocol;
  frame[AT.hopLimit] = header.hopLimit ?? 64;
  header.src.writeTo(frame, AT.src);
  header.dst.writeTo(frame, AT.dst);
}

/** Whether a Next Header value is one of the headers that are skipped on the way to the upper layer. */
export function isExtension(nextHeader: number): boolean {
  switch (nextHeader) {
    case EXTENSION.hopByHop:
    case EXTENSION.routing:
    case EXTENSION.fragment:
    case EXTENSION.noNextHeader:
    case EXTENSION.destinationOptions:
      return true;
    default:
      return false;
  }
}

/** The length of the extension header at `start`, or why the packet ends there. Its first byte is the next header's number. */
export function extensionLength(
  frame: Uint8Array,
  start: number,
  end: number,
  nextHeader: number,
): number | Malformed {
  // RFC 8200 section 4.7: whatever follows is ignored, so there is nothing to deliver.
  if (nextHeader === EXTENSION.noNextHeader) return MALFORMED['ipv6.no-next-header'];
  if (start + EXTENSION_UNIT > end) return MALFORMED['ipv6.extension-length'];
  if (nextHeader === EXTENSION.fragment) {
    // RFC 6946: offset 0 and no more fragments is a whole packet. The two bits between them are reserved.
    const isAtomic = (uint16(frame, start + 2) & 0xfff9) === 0;
    return isAtomic ? EXTENSION_UNIT : MALFORMED['ipv6.fragment'];
  }
  const length = EXTENSION_UNIT + frame[start + 1]! * EXTENSION_UNIT;
  if (start + length > end) return MALFORMED['ipv6.extension-length'];
  if (nextHeader === EXTENSION.routing) {
    // RFC 8200 section 4.4: no segments left means that we are the last; we know no type that would send it on.
    return frame[start + 3] === 0 ? length : MALFORMED['ipv6.routing'];
  }
  // RFC 8200 section 4.1: hop-by-hop options come first or not at all.
  if (nextHeader === EXTENSION.hopByHop && start !== IPV6_HEADER_LENGTH)
    return MALFORMED['ipv6.extension-order'];
  return checkOptions(frame, start + 2, start + length) ?? length;
}

/** RFC 8200 section 4.2: the two highest bits of an option that we don't know tell whether it may be skipped (00). */
function checkOptions(frame: Uint8Array, start: number, end: number): Malformed | undefined {
  let at = start;
  while (at < end) {
    const type = frame[at]!;
    if (type >>> 6 !== 0) return MALFORMED['ipv6.unknown-option'];
    // Pad1 is the one option without a length.
    if (type === 0) at += 1;
    else if (at + 1 < end) at += 2 + frame[at + 1]!;
    else return MALFORMED['ipv6.extension-length'];
  }
  return at === end ? undefined : MALFORMED['ipv6.extension-length'];
}
