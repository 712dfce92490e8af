/** The frames of a run as a pcapng file. */

import { nanoseconds, pcapngHeader, pcapngPacket } from '../net/pcapng.ts';
import { describeEffect } from './describe.ts';
import type { DrillResult } from './result.ts';

/** The bytes of the file. Its times count from the beginning of the script; each packet says what it did or why it was sent. */
export function captureOf({ file, frames }: Pick<DrillResult, 'file' | 'frames'>): Uint8Array {
  const pieces = [pcapngHeader({ interfaceName: file })];
  for (const played of frames) {
    const comment = describeEffect(played);
    const direction = played.kind === 'sent' ? 'out' : 'in';
    pieces.push(
      pcapngPacket(played.frame, nanoseconds(played.timeMs), {
        direction,
        ...(comment === '' ? {} : { comment }),
      }),
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
