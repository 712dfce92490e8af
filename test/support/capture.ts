/** What tshark says of a capture. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CheckedFrame {
  readonly number: number;
  /** Seen from the stack; undefined where the capture does not say. */
  readonly direction: 'in' | 'out' | undefined;
  /** Malformed, or with a bad checksum of IP or TCP. */
  readonly isBad: boolean;
  /** A TCP retransmission of any kind. */
  readonly isSentAgain: boolean;
  readonly comment: string;
}

/** The comment comes last, since it may hold the separator. */
const FIELDS = [
  'frame.number',
  'frame.packet_flags_direction',
  'ip.version',
  'icmp.type',
  'tcp.srcport',
  '_ws.malformed',
  'ip.checksum.status',
  'tcp.checksum.status',
  'tcp.checksum.ffff',
  'icmp.checksum.status',
  'icmpv6.checksum.status',
  'tcp.analysis.retransmission',
  'frame.comment',
];
const DIRECTIONS: Readonly<Record<string, 'in' | 'out'>> = { '1': 'in', '2': 'out' };

/**
 * Linux writes a TCP checksum of 0 as 0xffff, as if it were UDP's: one in 65,536 of its frames. The sum is right all the
 * same, and tshark says "bad".
 */
const LINUX_WRITES_FFFF = '(tcp.checksum.ffff && frame.packet_flags_direction == 1)';

/** Bad frames, those that the device corrupted, and those that TCP sent again. */
export const REMARKABLE = [
  '_ws.malformed',
  '(ip && !ip.checksum.status)',
  '(tcp && !tcp.checksum.status)',
  'ip.checksum.status == "Bad"',
  `(tcp.checksum.status == "Bad" && !${LINUX_WRITES_FFFF})`,
  'icmp.checksum.status == "Bad"',
  'icmpv6.checksum.status == "Bad"',
  'frame.comment contains "corrupted"',
  'tcp.analysis.retransmission',
].join(' || ');

/**
 * The frames of a capture, or those that a display filter lets through; in one pass, and each by itself: putting 64 MiB of
 * HTTP together again would take minutes.
 */
export async function checkedFrames(file: string, filter?: string): Promise<CheckedFrame[]> {
  const { stdout } = await run(
    'tshark',
    [
      ...['-r', file, '-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'],
      // No protocol above TCP: random text looks like one now and then, and a malformed one.
      ...['-o', 'tcp.desegment_tcp_streams:FALSE', '-d', 'tcp.port==1-65535,data'],
      ...(filter === undefined ? [] : ['-Y', filter]),
      ...['-T', 'fields', '-E', 'separator=|', ...FIELDS.flatMap((field) => ['-e', field])],
    ],
    { maxBuffer: 2 ** 28 },
  );
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [
        number,
        flags,
        version,
        icmpType,
        port,
        malformed,
        ip,
        tcp,
        ffff,
        icmp,
        icmpv6,
        again,
        ...comment
      ] = line.split('|');
      const direction = DIRECTIONS[Number(flags)];
      const isRightAllTheSame = ffff !== '' && direction === 'in';
      // Of what an ICMP error quotes, which is cut short, no TCP checksum can be told.
      const isTcp = port !== '' && icmpType === '';
      return {
        number: Number(number),
        direction,
        // Status 0 is "bad", 1 "good". None at all: a header whose lengths can't be, so that tshark gave up before.
        isBad:
          malformed !== '' ||
          [ip, icmp, icmpv6].includes('0') ||
          (version === '4' && ip === '') ||
          (isTcp && tcp === '') ||
          (isTcp && tcp === '0' && !isRightAllTheSame),
        isSentAgain: again !== '',
        comment: comment.join('|'),
      };
    });
}

/** The numbers of the frames that are bad, and of those whose comment says that the device corrupted them. */
export function badAndCorrupted(frames: readonly CheckedFrame[]): { bad: number[]; corrupted: number[] } {
  const numbers = (where: (frame: CheckedFrame) => boolean): number[] =>
    frames.filter(where).map(({ number }) => number);
  return {
    bad: numbers(({ isBad }) => isBad),
    corrupted: numbers(({ comment }) => comment.includes('corrupted')),
  };
}
