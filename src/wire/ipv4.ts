import { IpAddress } from './address.ts';
import { int32, setUint16, uint16 } from './bytes.ts';
import { checksum, fold, onesSum } from './checksum.ts';
import type { IpHeaderFields, IpPacket } from './ip.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

/** Without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Field offsets of RFC 791 section 3.1. */
const AT = {
  trafficClass: 1,
  totalLength: 2,
  id: 4,
  fragment: 6,
  hopLimit: 8,
  protocol: 9,
  checksum: 10,
  src: 12,
  dst: 16,
} as const;

const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

/** `decodeIp` for a frame whose first nibble is 4. */
export function decodeIpv4(frame: Uint8Array): IpPacket | Malformed {
  if (frame.length < IPV4_HEADER_LENGTH) return MALFORMED['ipv4.truncated'];
  const headerLength = (frame[0]! & 0x0f) << 2;
  if (headerLength < IPV4_HEADER_LENGTH) return MALFORMED['ipv4.header-length'];
  if (headerLength > frame.length) return MALFORMED['ipv4.truncated'];
  // RFC 1122 section 3.2.1.2. Before the lengths are believed: a damaged length is a checksum failure.
  if (fold(onesSum(frame, 0, headerLength, 0)) !== 0xffff) return MALFORMED['ipv4.checksum'];
  const totalLength = uint16(frame, AT.totalLength);
  if (totalLength < headerLength) return MALFORMED['ipv4.total-length'];
  if (totalLength > frame.length) return MALFORMED['ipv4.truncated'];
  const fragment = uint16(frame, AT.fragment);
  if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) return MALFORMED['ipv4.fragment'];
  return ipv4Packet(frame, headerLength, totalLength);
}

/** The fields of a header that is known to be right. */
export function ipv4Packet(frame: Uint8Array, start: number, end: number): IpPacket {
  return {
    kind: 'ip',
    version: 4,
    src: IpAddress.v4(int32(frame, AT.src)),
    dst: IpAddress.v4(int32(frame, AT.dst)),
    protocol: frame[AT.protocol]!,
    trafficClass: frame[AT.trafficClass]!,
    hopLimit: frame[AT.hopLimit]!,
    flowLabel: 0,
    id: uint16(frame, AT.id),
    dontFragment: (uint16(frame, AT.fragment) & DONT_FRAGMENT) !== 0,
    bytes: frame,
    start,
    end,
  };
}

/** `writeIpHeader` for IPv4, its checks done. */
export function writeIpv4Header(
  frame: Uint8Array,
  header: IpHeaderFields,
  protocol: number,
  payloadLength: number,
): void {
  frame[0] = 0x45;
  frame[AT.trafficClass] = header.trafficClass ?? 0;
  setUint16(frame, AT.totalLength, IPV4_HEADER_LENGTH + payloadLength);
  setUint16(frame, AT.id, header.id ?? 0);
  setUint16(frame, AT.fragment, (header.dontFragment ?? true) ? DONT_FRAGMENT : 0);
  frame[AT.hopLimit] = header.hopLimit ?? 64;
  frame[AT.protocol] = protocol;
  setUint16(frame, AT.checksum, 0);
  header.src.writeTo(frame, AT.src);
  header.dst.writeTo(frame, AT.dst);
  setUint16(frame, AT.checksum, checksum(frame, 0, IPV4_HEADER_LENGTH));
}
