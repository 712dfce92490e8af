/** What the scoreboard alone says to be lost, without times (RFC 6675 sections 4 and 5). */

import { lastSackedBefore } from './ranges.ts';
import { lostBelow, type Scoreboard, type TellLost } from './scoreboard.ts';

const DUPLICATE_THRESHOLD = 3;

/**
 * Marks what IsLost () holds for, and, at the third duplicate ACK, the first segment (section 5, steps 1 and 2).
 *
 * @param duplicates ACKs that reported something new and acknowledged nothing, in a row
 */
export function detectLossByReports(
  board: Scoreboard,
  mss: number,
  duplicates: number,
  tell?: TellLost,
): Scoreboard {
  const limit = boundary(board, mss);
  if (limit > 0) return lostBelow(board, limit, tell);
  if (duplicates < DUPLICATE_THRESHOLD) return board;
  const lowest = lowestReport(board);
  return lowest === undefined ? board : lostBelow(board, Math.min(board.base + mss, lowest), tell);
}

/**
 * The position below which everything is lost: DupThresh separate runs that the peer has reported lie above it, or more than
 * (DupThresh − 1) SMSS octets. 0: there is none.
 */
function boundary({ marks }: Scoreboard, mss: number): number {
  let octets = 0;
  let runs = 0;
  let below = Number.POSITIVE_INFINITY;
  for (;;) {
    const run = lastSackedBefore(marks, below);
    if (!run) return 0;
    octets += run.end - run.start;
    runs++;
    if (runs >= DUPLICATE_THRESHOLD || octets > (DUPLICATE_THRESHOLD - 1) * mss) return run.start;
    below = run.start;
  }
}

function lowestReport({ marks }: Scoreboard): number | undefined {
  // Fewer than three runs lie above: else there would be a boundary.
  let lowest: number | undefined;
  for (let run = lastSackedBefore(marks, Number.POSITIVE_INFINITY); run; ) {
    lowest = run.start;
    run = lastSackedBefore(marks, run.start);
  }
  return lowest;
}
