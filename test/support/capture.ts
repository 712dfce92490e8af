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
  'tcp.srcport',
  '_ws.malformed',
  'ip.checksum.status',
  'tcp.checksum.status',
  'tcp.analysis.retransmission',
  'frame.comment',
];
const DIRECTIONS: Readonly<Record<string, 'in' | 'out'>> = { '1': 'in', '2': 'out' };

/** Bad frames, those that the device corrupted, and those that TCP sent again. */
export const REMARKABLE =
  '_ws.malformed || (ip && !ip.checksum.status) || (tcp && !tcp.checksum.status) || ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || ' +
  'frame.comment contains "corrupted" || tcp.analysis.retransmission';

/**
 * The frames of a capture, or those that a display filter lets through; in one pass, and each by itself: putting 64 MiB of
 * HTTP together again would take minutes.
 */
export async function checkedFrames(file: string, filter?: string): Promise<CheckedFrame[]> {
  const { stdout } = await run(
    'tshark',
    [
      ...['-r', file, '-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE'],
      ...['-o', 'tcp.desegment_tcp_streams:FALSE', '--disable-protocol', 'http'],
      ...(filter === undefined ? [] : ['-Y', filter]),
      ...['-T', 'fields', '-E', 'separator=|', ...FIELDS.flatMap((field) => ['-e', field])],
    ],
    { maxBuffer: 2 ** 28 },
  );
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [number, direction, version, port, malformed, ip, tcp, again, ...comment] = line.split('|');
      return {
        number: Number(number),
        direction: DIRECTIONS[Number(direction)],
        // Status 0 is "bad", 1 "good". None at all: a header whose lengths can't be, so that tshark gave up before.
        isBad:
          malformed !== '' ||
          ip === '0' ||
          tcp === '0' ||
          noStatus(version === '4', ip) ||
          noStatus(port !== '', tcp),
        isSentAgain: again !== '',
        comment: comment.join('|'),
      };
    });
}

function noStatus(isThere: boolean, status: string | undefined): boolean {
  return isThere && status === '';
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
