import { IpAddress, type IpVersion } from './address.ts';
import { uint16, uint32 } from './bytes.ts';
import type { IcmpError } from './icmp.ts';
import { IPV4_HEADER_LENGTH } from './ipv4.ts';
import { extensionLength, IPV6_HEADER_LENGTH, isExtension } from './ipv6.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

/** Whose packet an ICMP error is about. Ports and sequence number are read as TCP has them; for other protocols, disregard. */
export interface QuotedSegment {
  readonly kind: 'quoted';
  readonly src: IpAddress;
  readonly dst: IpAddress;
  readonly protocol: number;
  /** How long the whole datagram was, by its own header. */
  readonly length: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
}

/** What every error message quotes of the upper layer at least (RFC 792): just the ports and SEG.SEQ. */
const QUOTED_LENGTH = 8;

/**
 * Reads the datagram quoted in an ICMP error: its IP header and the first 8 bytes behind it. Lengths and checksums are not held
 * against it: the quote is cut short, and routers on its way have changed the header.
 *
 * @returns `icmp.quoted` if it is of the other version, too short, or a fragment that does not begin with the upper layer's header.
 */
export function decodeQuoted(message: IcmpError): QuotedSegment | Malformed {
  const { quoted, version } = message;
  if (quoted.length === 0 || quoted[0]! >>> 4 !== version) return MALFORMED['icmp.quoted'];
  return version === 4 ? decodeQuotedIpv4(quoted) : decodeQuotedIpv6(quoted);
}

function decodeQuotedIpv4(quoted: Uint8Array): QuotedSegment | Malformed {
  const start = (quoted[0]! & 0x0f) << 2;
  if (start < IPV4_HEADER_LENGTH || start + QUOTED_LENGTH > quoted.length) return MALFORMED['icmp.quoted'];
  const fragmentOffset = uint16(quoted, 6) & 0x1fff;
  if (fragmentOffset !== 0) return MALFORMED['icmp.quoted'];
  return segmentAt(quoted, start, 4, 12, quoted[9]!);
}

function decodeQuotedIpv6(quoted: Uint8Array): QuotedSegment | Malformed {
  if (quoted.length < IPV6_HEADER_LENGTH) return MALFORMED['icmp.quoted'];
  let protocol = quoted[6]!;
  let start = IPV6_HEADER_LENGTH;
  while (isExtension(protocol)) {
    const length = extensionLength(quoted, start, quoted.length, protocol);
    if (typeof length !== 'number') return MALFORMED['icmp.quoted'];
    protocol = quoted[start]!;
    start += length;
  }
  if (start + QUOTED_LENGTH > quoted.length) return MALFORMED['icmp.quoted'];
  return segmentAt(quoted, start, 6, 8, protocol);
}

function segmentAt(
  quoted: Uint8Array,
  start: number,
  version: IpVersion,
  addressesAt: number,
  protocol: number,
): QuotedSegment {
  return {
    kind: 'quoted',
    src: IpAddress.fromBytes(quoted, addressesAt, version),
    dst: IpAddress.fromBytes(quoted, addressesAt + (version === 4 ? 4 : 16), version),
    protocol,
    length: version === 4 ? uint16(quoted, 2) : IPV6_HEADER_LENGTH + uint16(quoted, 4),
    srcPort: uint16(quoted, start),
    dstPort: uint16(quoted, start + 2),
    seq: uint32(quoted, start + 4),
  };
}
