/**
 * What is wrong with an IPv6 packet whose headers can't be processed, in the terms of an ICMPv6 parameter problem
 * (RFC 4443 section 3.4). A second and slower look at packets that `decodeIp` refused, or whose protocol nobody takes.
 */

import { uint16 } from './bytes.ts';
import type { IpPacket } from './ip.ts';
import { EXTENSION, IPV6_HEADER_LENGTH, ipv6Packet, isExtension } from './ipv6.ts';

export interface Ipv6Problem {
  /** The packet as far as it could be read; `protocol` is the first header's that is none of the known extensions. */
  readonly packet: IpPacket;
  /** 0: a field that is wrong. 1: a next header that is not known. 2: an option that is not known. */
  readonly code: 0 | 1 | 2;
  /** Where in the packet, in bytes. */
  readonly pointer: number;
}

const NEXT_HEADER_AT = 6;

/** Undefined for a packet that nothing is wrong with, is cut short, or wants to be dropped in silence. */
export function ipv6Problem(frame: Uint8Array): Ipv6Problem | undefined {
  if (frame.length < IPV6_HEADER_LENGTH || frame[0]! >>> 4 !== 6) return undefined;
  const end = IPV6_HEADER_LENGTH + uint16(frame, 4);
  if (end > frame.length) return undefined;
  let found: Omit<Ipv6Problem, 'packet'> | undefined;
  let namedAt = NEXT_HEADER_AT;
  let start = IPV6_HEADER_LENGTH;
  let protocol = frame[namedAt]!;
  while (isExtension(protocol)) {
    if (protocol === EXTENSION.noNextHeader || start + 8 > end) return undefined;
    const length = protocol === EXTENSION.fragment ? 8 : 8 + frame[start + 1]! * 8;
    if (start + length > end) return undefined;
    if (protocol === EXTENSION.hopByHop && start !== IPV6_HEADER_LENGTH)
      found ??= { code: 1, pointer: namedAt };
    else if (protocol === EXTENSION.routing && frame[start + 3] !== 0)
      found ??= { code: 0, pointer: start + 2 };
    else if (protocol === EXTENSION.hopByHop || protocol === EXTENSION.destinationOptions) {
      const option = unknownOption(frame, start + 2, start + length);
      if (option !== undefined && frame[option]! >>> 6 === SILENTLY) return undefined;
      if (option !== undefined) found ??= { code: 2, pointer: option };
    }
    namedAt = start;
    protocol = frame[start]!;
    start += length;
  }
  found ??= { code: 1, pointer: namedAt };
  return { ...found, packet: ipv6Packet(frame, protocol, start, end) };
}

/** The two highest bits of an option (RFC 8200 section 4.2) that say: discard the packet, and don't answer. */
const SILENTLY = 0b01;

/** Where the first option stands that may not be skipped. */
function unknownOption(frame: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; at += frame[at] === 0 ? 1 : 2 + (frame[at + 1] ?? 0)) {
    if (frame[at]! >>> 6 !== 0) return at;
  }
  return undefined;
}
