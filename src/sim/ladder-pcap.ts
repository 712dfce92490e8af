import { nanoseconds, pcapngHeader, pcapngPacket } from '../net/index.ts';
import type { Ladder, Passage } from './ladder.ts';
import { moments } from './ladder-explain.ts';

/**
 * A capture of everything that crossed the wire in a scene, as A's side saw it leave or arrive: each frame as it was sent,
 * those that were lost included, with both ends' states and reasons as its comment.
 */
export function captureOf(ladder: Ladder): Uint8Array {
  const passages = ladder.parts
    .flatMap((part) => part.passages)
    .map((passage) => ({ passage, timeMs: timeOf(passage) }))
    .sort((one, other) => one.timeMs - other.timeMs);
  const blocks = [
    pcapngHeader({ interfaceName: ladder.scene }),
    ...passages.map(({ passage, timeMs }) =>
      pcapngPacket(passage.frame, nanoseconds(timeMs), {
        direction: passage.src === 'A' ? 'out' : 'in',
        comment: moments(passage),
      }),
    ),
  ];
  const capture = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    capture.set(block, at);
    at += block.length;
  }
  return capture;
}

function timeOf({ departure, arrival }: Passage): number {
  return (departure ?? arrival)?.timeMs ?? 0;
}
