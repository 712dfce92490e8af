/** The frames of a run as a pcapng file. */

import { nanoseconds, pcapngHeader, pcapngPacket } from '../net/pcapng.ts';
import type { DrillResult } from './result.ts';

/** The bytes of the file. Its times count from the beginning of the script; each packet says what it did or why it was sent. */
export function captureOf({ file, frames }: Pick<DrillResult, 'file' | 'frames'>): Uint8Array {
  const pieces = [pcapngHeader({ interfaceName: file })];
  for (const { frame, timeMs, kind, reason, before, after } of frames) {
    const comment = `${before === after ? after : `${before} → ${after}`}: ${reason}`;
    pieces.push(
      pcapngPacket(frame, nanoseconds(timeMs), { comment, direction: kind === 'sent' ? 'out' : 'in' }),
    );
  }
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
