/** What an ACK costs with 50,000 segments outstanding: counted, not timed. */

import { describe, expect, it } from 'vitest';
import type { Ranges, Tree } from '../../../../src/tcp/recovery/ranges.ts';
import {
  acknowledged,
  emptyScoreboard,
  lostBelow,
  newIn,
  reported,
  type Scoreboard,
  transmitted,
} from '../../../../src/tcp/recovery/scoreboard.ts';
import { seq } from '../../../../src/tcp/seq.ts';

const SEGMENTS = 50_000;
const MSS = 1_460;

function nodesOf(tree: Tree, into = new Set<Ranges>()): Set<Ranges> {
  if (!tree) return into;
  into.add(tree);
  nodesOf(tree.left, into);
  nodesOf(tree.right, into);
  return into;
}

/** How many nodes of a tree are not those of the one before: what the change has made. */
function made(tree: Tree, before: ReadonlySet<Ranges>): number {
  if (!tree || before.has(tree)) return 0;
  return 1 + made(tree.left, before) + made(tree.right, before);
}

/** Every other segment has been reported, and what lies between is lost: the most ranges that there can be. */
function striped(): Scoreboard {
  let board = emptyScoreboard(seq(0));
  for (let index = 0; index < SEGMENTS; index++) {
    board = transmitted(board, index * MSS, (index + 1) * MSS, index * MSS, index);
  }
  for (let index = 1; index < SEGMENTS; index += 2) board = reported(board, index * MSS, (index + 1) * MSS);
  return lostBelow(board, (SEGMENTS - 1) * MSS);
}

describe('the scoreboard', () => {
  const board = striped();
  const before = nodesOf(board.marks);
  // A weight-balanced tree of n nodes is no deeper than 2.5 log2 n; a mark takes out and puts in up to four ranges.
  const bound = 8 * 2.5 * Math.log2(SEGMENTS);

  it('makes O(log n) nodes for a report, a retransmission and an ACK, with 50,000 segments outstanding', () => {
    expect(before.size).toBe(SEGMENTS);
    const middle = 2 * Math.floor(SEGMENTS / 4) * MSS;
    const changes = [
      reported(board, middle, middle + MSS),
      transmitted(board, middle, middle + MSS, SEGMENTS * MSS, SEGMENTS),
      acknowledged(board, seq(2 * MSS)),
    ];
    for (const { marks } of changes) {
      expect(made(marks, before)).toBeGreaterThan(0);
      expect(made(marks, before)).toBeLessThan(bound);
    }
  });

  it('shares the list of transmissions and the marks with the version before where nothing changes', () => {
    const again = acknowledged(board, seq(0));
    expect(made(again.marks, before)).toBe(0);
    expect(again.sent.length).toBe(SEGMENTS);
  });

  it('looks at nothing that was reported before when a report grows by a segment', () => {
    let told = 0;
    newIn(reported(board, MSS, (SEGMENTS - 2) * MSS), MSS, (SEGMENTS - 1) * MSS, () => {
      told++;
    });
    expect(told).toBe(1);
  });

  it('is empty once all is acknowledged', () => {
    const { sent, again, marks } = acknowledged(board, seq(SEGMENTS * MSS));
    expect([sent.length, again.length, marks]).toEqual([0, 0, undefined]);
  });
});
