/** A frame as viewers get it: its fields in words and numbers, and as much of its bytes as may be seen. */

import type { Frame } from '../net/device.ts';
import type { Tcb } from '../tcp/index.ts';
import {
  decodeFragment,
  decodeIcmp,
  decodeIp,
  decodeTcp,
  describeFlags,
  FLAG,
  type Fragment,
  fragmentLength,
  type IpPacket,
  PROTOCOL,
  type TcpOptions,
  type TcpSegment,
} from '../wire/index.ts';
import { toBase64 } from './base64.ts';
import type { Payload } from './log.ts';
import { headerLength } from './mask.ts';
import type { FrameSummary, SegmentSummary } from './protocol.ts';

export interface FrameView {
  readonly summary: FrameSummary;
  readonly length: number;
  readonly bytes: string;
  readonly masked: number;
}

/** @param tcb of the connection that the frame belongs to, if it is known: it tells how windows are scaled */
export function viewFrame(
  frame: Frame,
  direction: 'in' | 'out',
  tcb: Tcb | undefined,
  payload: Payload,
): FrameView {
  const shown = payload === 'shown' ? frame.length : headerLength(frame);
  return {
    summary: summarize(frame, direction, tcb),
    length: frame.length,
    bytes: toBase64(shown === frame.length ? frame : frame.subarray(0, shown)),
    masked: frame.length - shown,
  };
}

/** @returns the segment that a frame carries, damaged or not; undefined if it carries none */
export function segmentOf(frame: Frame): TcpSegment | undefined {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return undefined;
  const segment = decodeTcp(packet, false);
  return segment.kind === 'malformed' ? undefined : segment;
}

function summarize(frame: Frame, direction: 'in' | 'out', tcb: Tcb | undefined): FrameSummary {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed') {
    const fragment = decodeFragment(frame);
    if (fragment) return summarizeFragment(fragment);
    return { protocol: 'other', src: null, dst: null, words: `not decodable: ${packet.reason}` };
  }
  const { protocol } = packet;
  const src = packet.src.toString();
  const dst = packet.dst.toString();
  if (protocol === PROTOCOL.tcp) {
    const segment = decodeTcp(packet, false);
    if (segment.kind !== 'malformed') return summarizeSegment(segment, src, dst, direction, tcb);
    return { protocol: 'other', src, dst, words: `TCP, not decodable: ${segment.reason}` };
  }
  if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6) {
    return { protocol: 'icmp', src, dst, words: describeIcmp(packet) };
  }
  return { protocol: 'other', src, dst, words: `IP protocol ${protocol}` };
}

function summarizeFragment(fragment: Fragment): FrameSummary {
  const { packet, offset, more } = fragment;
  const octets = `octets ${offset} to ${offset + fragmentLength(fragment) - 1}`;
  const words = `fragment of IP protocol ${packet.protocol}, ${octets}${more ? '' : ', the last'}`;
  return { protocol: 'other', src: packet.src.toString(), dst: packet.dst.toString(), words };
}

function summarizeSegment(
  segment: TcpSegment,
  src: string,
  dst: string,
  direction: 'in' | 'out',
  tcb: Tcb | undefined,
): SegmentSummary {
  const { srcPort, dstPort, seq, ack, flags, wnd, up, text, options } = segment;
  return {
    protocol: 'tcp',
    src,
    dst,
    srcPort,
    dstPort,
    seq,
    ack,
    flags: describeFlags(flags),
    wnd,
    window: windowBytes(segment, direction, tcb),
    up,
    text: text.length,
    options: describeOptions(options),
  };
}

/** RFC 7323 section 2.2: the window of a SYN is never scaled. */
function windowBytes(
  { flags, wnd }: TcpSegment,
  direction: 'in' | 'out',
  tcb: Tcb | undefined,
): number | null {
  if ((flags & FLAG.SYN) !== 0) return wnd;
  if (tcb === undefined) return null;
  return wnd * 2 ** (direction === 'in' ? tcb.snd.shift : tcb.rcv.shift);
}

function describeOptions(options: TcpOptions): SegmentSummary['options'] {
  const { mss, windowScale, sackPermitted, sack, timestamps, userTimeout } = options;
  return {
    ...(mss === undefined ? {} : { mss }),
    ...(windowScale === undefined ? {} : { windowScale }),
    ...(sackPermitted ? { sackPermitted } : {}),
    ...(sack.length === 0 ? {} : { sack }),
    ...(timestamps === undefined ? {} : { timestamps }),
    ...(userTimeout === undefined ? {} : { userTimeout }),
  };
}

function describeIcmp(packet: IpPacket): string {
  const message = decodeIcmp(packet);
  if (message.kind === 'malformed') return `not decodable: ${message.reason}`;
  switch (message.what) {
    case 'echo-request':
    case 'echo-reply':
      return `${message.what} ${message.id}/${message.sequence}, ${message.data.length} bytes`;
    case 'packet-too-big':
      return `packet-too-big, MTU ${message.mtu}`;
    case 'other':
      return `type ${message.type}, code ${message.code}`;
    default:
      return `${message.what}, code ${message.code}`;
  }
}
