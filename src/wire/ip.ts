import type { IpAddress, IpVersion } from './address.ts';
import { decodeIpv4, IPV4_HEADER_LENGTH, writeIpv4Header } from './ipv4.ts';
import { decodeIpv6, IPV6_HEADER_LENGTH, writeIpv6Header } from './ipv6.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

/** Protocol numbers, in IPv4's Protocol and IPv6's Next Header field. */
export const PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** A decoded IP packet: a view of the frame it came in. Its payload is `bytes[start, end)`. */
export interface IpPacket {
  readonly kind: 'ip';
  readonly version: IpVersion;
  readonly src: IpAddress;
  readonly dst: IpAddress;
  /** The upper layer's number: for IPv6 the Next Header behind the extension headers. */
  readonly protocol: number;
  /** Diffserv code point and, in the low two bits, ECN. */
  readonly trafficClass: number;
  readonly hopLimit: number;
  /** 0 for IPv4. */
  readonly flowLabel: number;
  /** 0 for IPv6. */
  readonly id: number;
  /** Always true for IPv6, where routers don't fragment. */
  readonly dontFragment: boolean;
  /** The whole frame, the IP header at its first byte. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What an encoder needs for the IP header when it knows the protocol by itself. */
export interface IpHeaderFields {
  readonly src: IpAddress;
  readonly dst: IpAddress;
  /** Default 0. */
  readonly trafficClass?: number | undefined;
  /** Default 64. */
  readonly hopLimit?: number | undefined;
  /** IPv4 only. Default 0, which RFC 6864 allows because `dontFragment` is the default. */
  readonly id?: number | undefined;
  /** IPv6 only. Default 0. */
  readonly flowLabel?: number | undefined;
  /** IPv4 only. Default true. */
  readonly dontFragment?: boolean | undefined;
}

export interface IpHeader extends IpHeaderFields {
  readonly protocol: number;
}

/**
 * Reads the IP header of a frame, either version. Bytes behind the packet's own end are ignored: links pad short frames.
 *
 * IPv4 options are skipped (RFC 9293 MUST-50), and so are IPv6's hop-by-hop, destination, spent routing and atomic fragment
 * headers. A fragment is no packet: it is refused as one, and `decodeFragment` reads it.
 */
export function decodeIp(frame: Uint8Array): IpPacket | Malformed {
  if (frame.length === 0) return MALFORMED.empty;
  switch (frame[0]! >>> 4) {
    case 4:
      return decodeIpv4(frame);
    case 6:
      return decodeIpv6(frame);
    default:
      return MALFORMED['ip.version'];
  }
}

/** The length of the header that `writeIpHeader` writes. */
export function ipHeaderLength(version: IpVersion): 20 | 40 {
  return version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
}

/**
 * Writes an IP header without options at the frame's first byte, IPv4's checksum included.
 *
 * @returns where the payload begins.
 * @throws TypeError if source and destination are of different versions; RangeError if the frame has no room for header and
 *   payload, or they are longer than the length field can say.
 */
export function writeIpHeader(frame: Uint8Array, header: IpHeader, payloadLength: number): number {
  return writeIpHeaderOf(header.protocol, frame, header, payloadLength);
}

/** `writeIpHeader` for an encoder that knows its protocol, and need not copy the fields to say so. */
export function writeIpHeaderOf(
  protocol: number,
  frame: Uint8Array,
  header: IpHeaderFields,
  payloadLength: number,
): number {
  const { src, dst } = header;
  if (src.version !== dst.version) {
    throw new TypeError(`an IP header from ${src} to ${dst}: both addresses must be of the same version`);
  }
  const headerLength = ipHeaderLength(src.version);
  if (frame.length < headerLength + payloadLength) {
    throw new RangeError(
      `a frame of ${frame.length} bytes has no room for ${headerLength} of IP header and ${payloadLength} of payload`,
    );
  }
  // IPv4's field counts the header too, IPv6's does not.
  if (payloadLength + (src.version === 4 ? headerLength : 0) > 0xffff) {
    throw new RangeError(
      `a payload of ${payloadLength} bytes is longer than an IPv${src.version} header can say`,
    );
  }
  if (src.version === 4) writeIpv4Header(frame, header, protocol, payloadLength);
  else writeIpv6Header(frame, header, protocol, payloadLength);
  return headerLength;
}
