import { NO_BYTES, setUint16, setUint32, uint16, uint32 } from './bytes.ts';
import { checksum, fold, onesSum, pseudoHeaderSum } from './checksum.ts';
import { type IpHeaderFields, type IpPacket, ipHeaderLength, PROTOCOL, writeIpHeaderOf } from './ip.ts';
import { MALFORMED, type Malformed } from './malformed.ts';
import { Slab } from './slab.ts';
import {
  decodeTcpOptions,
  encodedTcpOptionsLength,
  type TcpOptions,
  writeTcpOptions,
} from './tcp-options.ts';

/** The control bits of RFC 9293 section 3.1, with ECE and CWR of RFC 3168 and AE of RFC 9768 (the former NS). */
export const FLAG = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ECE: 64,
  CWR: 128,
  AE: 256,
} as const;

/** A TCP segment as it is on the wire: sequence numbers absolute, window and urgent pointer as sent. */
export interface TcpSegment {
  readonly kind: 'tcp';
  readonly srcPort: number;
  readonly dstPort: number;
  /** SEG.SEQ, from 0 to 2^32 − 1. */
  readonly seq: number;
  /** SEG.ACK, from 0 to 2^32 − 1; without meaning unless ACK is among the flags. */
  readonly ack: number;
  /** A sum of `FLAG` values. */
  readonly flags: number;
  /** The window field: 16 bits, before any scaling. */
  readonly wnd: number;
  /** The urgent pointer field: 16 bits, without meaning unless URG is among the flags. */
  readonly up: number;
  readonly options: TcpOptions;
  /** The text: a view of the frame's bytes, not a copy. */
  readonly text: Uint8Array;
}

/** Without options. */
export const TCP_HEADER_LENGTH = 20;

/** Field offsets of RFC 9293 section 3.1. */
export const TCP_AT = {
  srcPort: 0,
  dstPort: 2,
  seq: 4,
  ack: 8,
  dataOffset: 12,
  flags: 13,
  wnd: 14,
  checksum: 16,
  up: 18,
} as const;

/**
 * Reads the TCP segment that an IP packet carries.
 *
 * @param verify false if the link vouches for the bytes, and the checksum need not be right.
 */
export function decodeTcp(packet: IpPacket, verify = true): TcpSegment | Malformed {
  const { bytes, start, end } = packet;
  const length = end - start;
  if (length < TCP_HEADER_LENGTH) return MALFORMED['tcp.truncated'];
  // RFC 9293 MUST-3. Before anything in the header is believed: damage is counted as damage.
  if (verify) {
    const initial = pseudoHeaderSum(packet.src, packet.dst, PROTOCOL.tcp, length);
    if (fold(onesSum(bytes, start, end, initial)) !== 0xffff) return MALFORMED['tcp.checksum'];
  }
  const headerLength = (bytes[start + TCP_AT.dataOffset]! >>> 4) << 2;
  if (headerLength < TCP_HEADER_LENGTH || headerLength > length) return MALFORMED['tcp.data-offset'];
  const textStart = start + headerLength;
  const options = decodeTcpOptions(bytes, start + TCP_HEADER_LENGTH, textStart);
  if ('kind' in options) return options;
  return {
    kind: 'tcp',
    srcPort: uint16(bytes, start + TCP_AT.srcPort),
    dstPort: uint16(bytes, start + TCP_AT.dstPort),
    seq: uint32(bytes, start + TCP_AT.seq),
    ack: uint32(bytes, start + TCP_AT.ack),
    flags: uint16(bytes, start + TCP_AT.dataOffset) & 0x1ff,
    wnd: uint16(bytes, start + TCP_AT.wnd),
    up: uint16(bytes, start + TCP_AT.up),
    options,
    text: textStart === end ? NO_BYTES : bytes.subarray(textStart, end),
  };
}

const slab = new Slab();

/**
 * Makes the whole frame of a segment: IP header, TCP header, options and text, both checksums included.
 *
 * @throws TypeError or RangeError as `writeIpHeader` does.
 * @example
 * ```ts
 * const syn = encodeTcp({ src, dst }, {
 *   srcPort: 49152, dstPort: 80, seq: iss, ack: 0, flags: FLAG.SYN, wnd: 65535, up: 0,
 *   options: { ...NO_OPTIONS, mss: 1460 }, text: NO_BYTES,
 * });
 * ```
 */
export function encodeTcp(header: IpHeaderFields, segment: Omit<TcpSegment, 'kind'>): Uint8Array {
  const frame = slab.take(tcpFrameLength(header, segment));
  writeTcp(frame, header, segment, 'complete');
  return frame;
}

/** How long a segment's frame is. */
export function tcpFrameLength(
  header: IpHeaderFields,
  { options, text }: Pick<TcpSegment, 'options' | 'text'>,
): number {
  return (
    ipHeaderLength(header.src.version) + TCP_HEADER_LENGTH + encodedTcpOptionsLength(options) + text.length
  );
}

/**
 * As {@link encodeTcp}, into a frame of that very length, whatever is in it.
 *
 * @param checksums `partial` puts the sum of the pseudo-header in the checksum's place, and leaves the rest to the device.
 */
export function writeTcp(
  frame: Uint8Array,
  header: IpHeaderFields,
  segment: Omit<TcpSegment, 'kind'>,
  checksums: 'complete' | 'partial',
): void {
  const { options, text } = segment;
  const headerLength = TCP_HEADER_LENGTH + encodedTcpOptionsLength(options);
  const length = headerLength + text.length;
  const start = writeIpHeaderOf(PROTOCOL.tcp, frame, header, length);
  setUint16(frame, start + TCP_AT.srcPort, segment.srcPort);
  setUint16(frame, start + TCP_AT.dstPort, segment.dstPort);
  setUint32(frame, start + TCP_AT.seq, segment.seq);
  setUint32(frame, start + TCP_AT.ack, segment.ack);
  // The header's length in 32-bit words, in the top four of 16 bits; the flags in the low nine.
  setUint16(frame, start + TCP_AT.dataOffset, ((headerLength >>> 2) << 12) | (segment.flags & 0x1ff));
  setUint16(frame, start + TCP_AT.wnd, segment.wnd);
  setUint16(frame, start + TCP_AT.up, segment.up);
  writeTcpOptions(frame, start + TCP_HEADER_LENGTH, options);
  frame.set(text, start + headerLength);
  const initial = pseudoHeaderSum(header.src, header.dst, PROTOCOL.tcp, length);
  setUint16(frame, start + TCP_AT.checksum, checksums === 'partial' ? fold(initial) : 0);
  if (checksums === 'complete')
    setUint16(frame, start + TCP_AT.checksum, checksum(frame, start, frame.length, initial));
}

const FLAG_NAMES = ['SYN', 'FIN', 'RST', 'PSH', 'URG', 'ECE', 'CWR', 'AE', 'ACK'] as const;

/** The flags' names as ladders show them: `SYN,ACK`, `FIN,ACK`, `PSH,ACK`; ACK always last. `none` if there are none. */
export function describeFlags(flags: number): string {
  const names = FLAG_NAMES.filter((name) => (flags & FLAG[name]) !== 0);
  return names.length === 0 ? 'none' : names.join(',');
}
