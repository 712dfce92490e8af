/**
 * What of a frame or an event may be seen. Headers may; octets that users send each other may not, unless they are to be
 * shown. Where a frame does not decode, only what can't be text counts as header.
 */

import type { EventObject } from 'xstate';
import { decodeIp, decodeTcp, describeFlags, type IpPacket, PROTOCOL } from '../wire/index.ts';

/** ICMP's own header, and what errors quote at least: an IPv4 header without options and 8 bytes. */
const ICMP_HEADER = 8;
const ICMP_QUOTE = 28;
/** A TCP header without options: what of a damaged segment is surely no text. */
const TCP_HEADER = 20;

/** How many of the frame's first bytes are header, and may be seen. */
export function headerLength(frame: Uint8Array): number {
  const packet = decodeIp(frame);
  // Its lengths can't be trusted; the shortest IP header is no text.
  if (packet.kind === 'malformed') return Math.min(frame.length, 20);
  return packet.start + upperHeaderLength(packet);
}

function upperHeaderLength(packet: IpPacket): number {
  const { protocol, start, end } = packet;
  const length = end - start;
  if (protocol === PROTOCOL.tcp) {
    const segment = decodeTcp(packet);
    return segment.kind === 'malformed' ? Math.min(length, TCP_HEADER) : length - segment.text.length;
  }
  if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6) {
    return Math.min(length, isIcmpError(packet) ? ICMP_HEADER + ICMP_QUOTE : ICMP_HEADER);
  }
  return 0;
}

function isIcmpError({ version, bytes, start }: IpPacket): boolean {
  const type = bytes[start] ?? 0;
  return version === 4 ? [3, 11, 12].includes(type) : type < 128;
}

/** An event as it may be told: text and segments are summed up, all else that holds bytes or actors is left out. */
export function describeEvent(event: EventObject & Readonly<Record<string, unknown>>): EventObject {
  const { type } = event;
  switch (type) {
    case 'segment.arrives':
      return { type, segment: describeSegment(event.segment as SegmentLike) } as EventObject;
    case 'rcv.SYN': {
      const arrival = event.arrival as { readonly id: string; readonly segment: SegmentLike } | undefined;
      return arrival === undefined
        ? { type }
        : ({ type, id: arrival.id, segment: describeSegment(arrival.segment) } as EventObject);
    }
    case 'send':
      return {
        type,
        octets: (event.bytes as Uint8Array).length,
        urgent: event.urgent,
      } as EventObject;
    default:
      return Object.fromEntries(Object.entries(event).filter(([, value]) => isPlain(value))) as EventObject;
  }
}

interface SegmentLike {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly wnd: number;
  readonly text: Uint8Array;
}

function describeSegment({ seq, ack, flags, wnd, text }: SegmentLike) {
  return { seq, ack, flags: describeFlags(flags), wnd, text: text.length };
}

/** What a JSON line can hold, two levels deep: settings, an ICMP error. */
function isPlain(value: unknown, depth = 2): boolean {
  if (value === null) return true;
  if (typeof value === 'object') {
    if (depth === 0 || Object.getPrototypeOf(value) !== Object.prototype) return false;
    return Object.values(value).every((inner) => isPlain(inner, depth - 1));
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
