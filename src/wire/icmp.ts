/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443). Both lay a message out alike: type, code, checksum, four bytes that depend on the type,
 * then data or the quoted datagram. What differs is in icmpv4.ts and icmpv6.ts, and that only ICMPv6 has a pseudo-header.
 */

import type { IpAddress, IpVersion } from './address.ts';
import { setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum, fold, onesSum, pseudoHeaderSum } from './checksum.ts';
import {
  ICMPV4_FRAGMENTATION_NEEDED,
  ICMPV4_MAX_ERROR_LENGTH,
  ICMPV4_TYPE,
  icmpv4ErrorOf,
  isIcmpv4ErrorType,
} from './icmpv4.ts';
import { ICMPV6_MAX_ERROR_LENGTH, ICMPV6_TYPE, icmpv6ErrorOf, isIcmpv6ErrorType } from './icmpv6.ts';
import { type IpHeaderFields, type IpPacket, ipHeaderLength, PROTOCOL, writeIpHeaderOf } from './ip.ts';
import { MALFORMED, type Malformed } from './malformed.ts';

interface IcmpBase {
  readonly kind: 'icmp';
  readonly version: IpVersion;
  readonly type: number;
  readonly code: number;
}

export interface IcmpEcho extends IcmpBase {
  readonly what: 'echo-request' | 'echo-reply';
  readonly id: number;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface IcmpError extends IcmpBase {
  /** IPv4's unreachable message with code 4, fragmentation needed, is `packet-too-big` as well. */
  readonly what: 'unreachable' | 'packet-too-big' | 'time-exceeded' | 'parameter-problem';
  /** The MTU of the next hop in a `packet-too-big`; 0 if it is not told, and in other messages. */
  readonly mtu: number;
  /** The first bytes of the datagram that is complained about, for `decodeQuoted`. */
  readonly quoted: Uint8Array;
}

/** Any other type: redirects, neighbour discovery, multicast listeners … */
export interface IcmpOther extends IcmpBase {
  readonly what: 'other';
}

export type IcmpMessage = IcmpEcho | IcmpError | IcmpOther;

/** Codes of unreachable messages; the two versions number them apart. ICMPv6 has a parameter problem for the protocol. */
export const UNREACHABLE_CODE = {
  4: { network: 0, host: 1, protocol: 2, port: 3, prohibited: 13 },
  6: { network: 0, host: 3, port: 4, prohibited: 1 },
} as const;

/** No message defined for either version is shorter. */
const HEADER_LENGTH = 8;

/** Offsets behind the start of the message; `rest` are the four bytes that depend on the type. */
const AT = { type: 0, code: 1, checksum: 2, rest: 4 } as const;

/** Reads the ICMP message of an IPv4 packet, or the ICMPv6 message of an IPv6 packet; the checksum is verified. */
export function decodeIcmp(packet: IpPacket): IcmpMessage | Malformed {
  const { version, bytes, start, end } = packet;
  if (packet.protocol !== protocolOf(version)) return MALFORMED['icmp.version'];
  if (end - start < HEADER_LENGTH) return MALFORMED['icmp.truncated'];
  const initial = pseudoSumOf(packet.src, packet.dst, end - start);
  if (fold(onesSum(bytes, start, end, initial)) !== 0xffff) return MALFORMED['icmp.checksum'];
  const type = bytes[start + AT.type]!;
  const code = bytes[start + AT.code]!;
  const body = bytes.subarray(start + HEADER_LENGTH, end);
  const { echoRequest, echoReply } = typesOf(version);
  if (type === echoRequest || type === echoReply) {
    const what = type === echoRequest ? 'echo-request' : 'echo-reply';
    const id = uint16(bytes, start + AT.rest);
    return {
      kind: 'icmp',
      version,
      type,
      code,
      what,
      id,
      sequence: uint16(bytes, start + AT.rest + 2),
      data: body,
    };
  }
  const what = version === 4 ? icmpv4ErrorOf(type, code) : icmpv6ErrorOf(type);
  if (what === undefined) return { kind: 'icmp', version, type, code, what: 'other' };
  const mtu = what === 'packet-too-big' ? mtuAt(bytes, start, version) : 0;
  return { kind: 'icmp', version, type, code, what, mtu, quoted: body };
}

/**
 * The frame of an echo request. Identifier and sequence are 16 bits.
 *
 * @throws TypeError or RangeError as `writeIpHeader` does.
 */
export function encodeEchoRequest(
  src: IpAddress,
  dst: IpAddress,
  id: number,
  sequence: number,
  data: Uint8Array,
): Uint8Array {
  return encodeIcmp({ src, dst }, typesOf(src.version).echoRequest, 0, (id << 16) | sequence, data);
}

/**
 * The frame that answers an echo request: identifier, sequence and data as they came (RFC 792, RFC 4443 section 4.2), from the
 * address that was asked. A request to a multicast address needs another `source`.
 */
export function encodeEchoReply(request: IpPacket, message: IcmpEcho, source = request.dst): Uint8Array {
  const header = {
    src: source,
    dst: request.src,
    // RFC 1122 section 3.2.2.6 keeps the type of service; the ECN bits are of the path that the request took.
    trafficClass: request.trafficClass & 0xfc,
    // A request that may be fragmented gets such a reply. Its id is then unique because the request's is (RFC 6864).
    id: request.id,
    dontFragment: request.dontFragment,
  };
  const rest = (message.id << 16) | message.sequence;
  return encodeIcmp(header, typesOf(request.version).echoReply, 0, rest, message.data);
}

/**
 * The frame that tells a packet's sender that its destination can't be reached; `code` as in `UNREACHABLE_CODE`. Ask
 * `mayAnswerWithIcmpError` first. It comes from the packet's destination, or from `source` if a router sends it.
 */
export function encodeUnreachable(offending: IpPacket, code: number, source = offending.dst): Uint8Array {
  return encodeError(offending, source, typesOf(offending.version).unreachable, code, 0);
}

/** The frame that tells of a hop limit gone (`code` 0), or of a reassembly given up (`code` 1). */
export function encodeTimeExceeded(offending: IpPacket, code = 0, source = offending.dst): Uint8Array {
  return encodeError(offending, source, typesOf(offending.version).timeExceeded, code, 0);
}

/** The frame that tells of a next hop with an MTU too small: for IPv4 "fragmentation needed" (RFC 1191). */
export function encodePacketTooBig(offending: IpPacket, mtu: number, source = offending.dst): Uint8Array {
  return offending.version === 4
    ? encodeError(
        offending,
        source,
        ICMPV4_TYPE.unreachable,
        ICMPV4_FRAGMENTATION_NEEDED,
        Math.min(mtu, 0xffff),
      )
    : encodeError(offending, source, ICMPV6_TYPE.packetTooBig, 0, mtu);
}

/** The frame that tells of a header that can't be processed: `code` and `pointer` as `ipv6Problem` gives them. */
export function encodeParameterProblem(
  offending: IpPacket,
  code: number,
  pointer: number,
  source = offending.dst,
): Uint8Array {
  return encodeError(offending, source, ICMPV6_TYPE.parameterProblem, code, pointer);
}

/**
 * Whether RFC 1122 section 3.2.2 and RFC 4443 section 2.4(e) let a host answer this packet with an error message: not if it came
 * from or went to more than one host, and not if it is an error message itself.
 */
export function mayAnswerWithIcmpError(packet: IpPacket): boolean {
  const { src, dst, version, protocol, bytes, start, end } = packet;
  if (src.isUnspecified || src.isMulticast || src.isBroadcast || dst.isMulticast || dst.isBroadcast)
    return false;
  if (protocol !== protocolOf(version)) return true;
  if (start === end) return false;
  const type = bytes[start + AT.type]!;
  return version === 4 ? !isIcmpv4ErrorType(type) : !isIcmpv6ErrorType(type);
}

function encodeError(
  offending: IpPacket,
  src: IpAddress,
  type: number,
  code: number,
  rest: number,
): Uint8Array {
  const { version, bytes, end } = offending;
  const room = maxErrorLength(version) - ipHeaderLength(version) - HEADER_LENGTH;
  return encodeIcmp({ src, dst: offending.src }, type, code, rest, bytes.subarray(0, Math.min(end, room)));
}

function encodeIcmp(
  header: IpHeaderFields,
  type: number,
  code: number,
  rest: number,
  body: Uint8Array,
): Uint8Array {
  const { src, dst } = header;
  const length = HEADER_LENGTH + body.length;
  const frame = new Uint8Array(ipHeaderLength(src.version) + length);
  const start = writeIpHeaderOf(protocolOf(src.version), frame, header, length);
  frame[start + AT.type] = type;
  frame[start + AT.code] = code;
  setUint32(frame, start + AT.rest, rest);
  frame.set(body, start + HEADER_LENGTH);
  setUint16(frame, start + AT.checksum, checksum(frame, start, frame.length, pseudoSumOf(src, dst, length)));
  return frame;
}

function typesOf(version: IpVersion): typeof ICMPV4_TYPE | typeof ICMPV6_TYPE {
  return version === 4 ? ICMPV4_TYPE : ICMPV6_TYPE;
}

function protocolOf(version: IpVersion): number {
  return version === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6;
}

function maxErrorLength(version: IpVersion): number {
  return version === 4 ? ICMPV4_MAX_ERROR_LENGTH : ICMPV6_MAX_ERROR_LENGTH;
}

/** Only ICMPv6 covers a pseudo-header (RFC 4443 section 2.3). */
function pseudoSumOf(src: IpAddress, dst: IpAddress, length: number): number {
  return src.version === 4 ? 0 : pseudoHeaderSum(src, dst, PROTOCOL.icmpv6, length);
}

/** RFC 1191 section 4 has 16 bits for it, behind 16 unused ones; RFC 4443 section 3.2 has all 32. */
function mtuAt(bytes: Uint8Array, start: number, version: IpVersion): number {
  return version === 4 ? uint16(bytes, start + AT.rest + 2) : uint32(bytes, start + AT.rest);
}
