/**
 * Frames: those that a script injects, made from its lines, and those that the stack sends, read as scripts write them.
 */

import {
  checksum,
  decodeIp,
  decodeTcp,
  FLAG,
  type IpPacket,
  ipHeaderLength,
  PROTOCOL,
  pseudoHeaderSum,
  TCP_HEADER_LENGTH,
  writeIpHeader,
} from '../wire/index.ts';
import type { IpInfo, ScriptSegment } from './ast.ts';
import type { Flow } from './flow.ts';
import { decodeOptions, encodeOptions, type WireTcpOption } from './tcp-options.ts';

/** A segment as scripts write it: in the flow's own small numbers when it has been translated. */
export interface ShownSegment {
  readonly flags: number;
  readonly seq: number;
  readonly length: number;
  readonly ack: number;
  readonly wnd: number;
  readonly up: number;
  readonly options: readonly WireTcpOption[];
}

/** A segment of the stack's, as it was on the wire. */
export interface LiveSegment extends ShownSegment {
  readonly kind: 'tcp';
  readonly timeMs: number;
  readonly packet: IpPacket;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly text: Uint8Array;
  /** The three bits between data offset and flags. */
  readonly reserved: number;
  /** Of how many segments it was put together. */
  readonly pieces: number;
}

/** What the stack sent and is no segment: undefined fields were not understood. */
export interface LiveOther {
  readonly kind: 'icmp' | 'other';
  readonly timeMs: number;
  readonly packet: IpPacket | undefined;
  readonly what: string;
  readonly type: number;
  readonly code: number;
}

export type LivePacket = LiveSegment | LiveOther;

const ECN_BITS = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const;

/** As the original sends it. */
const INJECTED_HOP_LIMIT = 255;

/** The traffic class of an injected packet. */
export function trafficClassOf(ip: IpInfo): number {
  return ip.tos ?? (ip.ecn ? ECN_BITS[ip.ecn] : 0);
}

/** The bits that an ACE field of three bits stands for: AE, CWR, ECE. */
export function aceFlags(ace: number): number {
  return (ace & 4 ? FLAG.AE : 0) | (ace & 2 ? FLAG.CWR : 0) | (ace & 1 ? FLAG.ECE : 0);
}

/**
 * The frame of an inbound segment. Its text are zeros.
 *
 * @param echo the TS echo on the wire, where the script's one is a name
 * @throws RangeError if it is longer than IP can say
 */
export function encodeSegment(segment: ScriptSegment, flow: Flow, echo: number | undefined): Uint8Array {
  const flags = segment.flags | aceFlags(segment.ace ?? 0);
  const wanted = segment.options === 'any' ? [] : segment.options;
  const wire = flow.toWire({ flags, seq: segment.seq, ack: segment.ack, options: wanted });
  const options = encodeOptions(
    wire.options.map((option) => (option.kind === 'TS' && echo !== undefined ? { ...option, echo } : option)),
  );
  const headerLength = TCP_HEADER_LENGTH + options.length;
  const length = headerLength + segment.length;
  const frame = new Uint8Array(ipHeaderLength(flow.local.version) + length);
  const start = writeIpHeader(frame, { ...headerOf(segment.ip, flow), protocol: PROTOCOL.tcp }, length);
  const view = new DataView(frame.buffer, start);
  view.setUint16(0, segment.ports?.source ?? flow.remotePort);
  view.setUint16(2, segment.ports?.destination ?? flow.localPort ?? 0);
  view.setUint32(4, wire.seq);
  view.setUint32(8, wire.ack);
  view.setUint16(12, ((headerLength >>> 2) << 12) | flags);
  view.setUint16(14, segment.wnd ?? 0);
  view.setUint16(18, segment.up);
  frame.set(options, start + TCP_HEADER_LENGTH);
  const pseudo = pseudoHeaderSum(flow.remote, flow.local, PROTOCOL.tcp, length);
  view.setUint16(16, checksum(frame, start, frame.length, pseudo));
  return frame;
}

/** The IP header of a packet from the peer. */
export function headerOf(ip: IpInfo, flow: Pick<Flow, 'local' | 'remote'>) {
  return {
    src: flow.remote,
    dst: flow.local,
    trafficClass: trafficClassOf(ip),
    hopLimit: ip.ttl ?? INJECTED_HOP_LIMIT,
    flowLabel: ip.flowLabel ?? 0,
  };
}

/** Reads a frame of the stack's. What is wrong with it is in `what` of a packet of kind `other`. */
export function decodeFrame(frame: Uint8Array, timeMs: number): LivePacket {
  const packet = decodeIp(frame);
  const other = (what: string, ip?: IpPacket): LiveOther => ({
    kind: 'other',
    timeMs,
    packet: ip,
    what,
    type: 0,
    code: 0,
  });
  if (packet.kind !== 'ip') return other(packet.reason);
  const { bytes, start, end } = packet;
  if (packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6) {
    return {
      kind: 'icmp',
      timeMs,
      packet,
      what: 'icmp',
      type: bytes[start] ?? 0,
      code: bytes[start + 1] ?? 0,
    };
  }
  if (packet.protocol !== PROTOCOL.tcp) return other(`IP protocol ${packet.protocol}`, packet);
  const segment = decodeTcp(packet);
  if (segment.kind !== 'tcp') return other(segment.reason, packet);
  if (end !== bytes.length) return other(`${bytes.length - end} bytes behind the packet's own end`, packet);
  const headerLength = (bytes[start + 12]! >>> 4) << 2;
  const options = decodeOptions(bytes.subarray(start + TCP_HEADER_LENGTH, start + headerLength));
  if (!options) return other('TCP options with a length that leads nowhere', packet);
  return {
    kind: 'tcp',
    timeMs,
    packet,
    sourcePort: segment.srcPort,
    destinationPort: segment.dstPort,
    flags: segment.flags,
    seq: segment.seq,
    ack: segment.ack,
    wnd: segment.wnd,
    up: segment.up,
    options,
    text: segment.text,
    length: segment.text.length,
    reserved: (bytes[start + 12]! >>> 1) & 7,
    pieces: 1,
  };
}

/** The same segment in the script's numbers, and with its names for timestamps. */
export function shown(segment: LiveSegment, flow: Flow): ShownSegment {
  const { flags, seq, ack, options } = flow.toScript(segment);
  return {
    flags,
    seq,
    ack,
    length: segment.length,
    wnd: segment.wnd,
    up: segment.up,
    options: options.map((option) =>
      option.kind === 'TS' ? { ...option, value: flow.nameOfTimestamp(option.value) } : option,
    ),
  };
}
