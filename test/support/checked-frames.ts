import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A frame of a capture, and what tshark thinks of it. */
export interface CheckedFrame {
  readonly number: number;
  readonly comment: string;
  /** As seen from the stack. */
  readonly direction: 'in' | 'out';
  /** Malformed, or a checksum is wrong. */
  readonly isBad: boolean;
  /** The text was seen before. */
  readonly isRetransmission: boolean;
  readonly tcpLength: number;
}

/** One pass over the capture, each segment by itself: putting 64 MiB of HTTP together again would take minutes. */
const HOW = [
  ...['-n', '-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'],
  ...['-o', 'tcp.desegment_tcp_streams:FALSE', '--disable-protocol', 'http'],
  ...['-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f'],
];

const FIELDS = [
  'frame.number',
  'frame.packet_flags_direction',
  'tcp.len',
  'tcp.analysis.retransmission',
  'tcp.checksum.ffff',
  'tcp.checksum.status',
  'ip.checksum.status',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
  '_ws.malformed',
  // Lengths that make no sense: tshark looks at no checksum behind them.
  'ip.bogus_ip_length',
  'tcp.bogus_header_length',
  'tcp.short_segment',
  'frame.comment',
] as const;

/** Every frame of a capture, in order. */
export async function checkedFrames(file: string): Promise<CheckedFrame[]> {
  const fields = FIELDS.flatMap((field) => ['-e', field]);
  const { stdout } = await promisify(execFile)('tshark', ['-r', file, ...HOW, ...fields], {
    maxBuffer: 2 ** 28,
  });
  return stdout.split('\n').filter(Boolean).map(checkedFrame);
}

const BAD_CHECKSUM = '0';
const INCOMING = 1;

function checkedFrame(row: string): CheckedFrame {
  const [number, flags, tcpLength, retransmission, isFfff, tcp, ip, icmp, icmpv6, ...rest] = row.split('\t');
  const direction = Number(flags) === INCOMING ? 'in' : 'out';
  const comment = rest.at(-1) ?? '';
  const complaints = rest.slice(0, -1);
  // Linux writes a checksum of 0 as 0xffff in TCP too: one in 65,536 of its frames. The sum is right, and tshark says "bad".
  const tcpIsBad = tcp === BAD_CHECKSUM && !(direction === 'in' && isFfff !== '');
  const isBad =
    tcpIsBad || [ip, icmp, icmpv6].includes(BAD_CHECKSUM) || complaints.some((text) => text !== '');
  return {
    number: Number(number),
    direction,
    tcpLength: Number(tcpLength || 0),
    isRetransmission: retransmission !== '',
    isBad,
    comment,
  };
}
