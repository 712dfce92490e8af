import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beyond,
  firstLost,
  inOrder,
  lastSackedBefore,
  lostIn,
  type Mark,
  marked,
  rangeAt,
  rangeFrom,
  sackedIn,
  type Tree,
} from '../../../../src/tcp/recovery/ranges.ts';

const SIZE = 60;
const marks: (Mark | undefined)[] = ['sacked', 'lost', 'lost again', 'resent', undefined];

type Change = { readonly start: number; readonly length: number; readonly mark: Mark | undefined };
const changes = fc.array(
  fc.record({
    start: fc.nat(SIZE - 1),
    length: fc.integer({ min: 1, max: 20 }),
    mark: fc.constantFrom(...marks),
  }),
  { maxLength: 60 },
);

/** What the tree stands for, octet by octet. */
function octets(tree: Tree): (Mark | undefined)[] {
  const all: (Mark | undefined)[] = Array.from({ length: SIZE + 20 }, () => undefined);
  for (const { start, end, mark } of inOrder(tree)) all.fill(mark, start, end);
  return all;
}

function apply(list: readonly Change[]): { tree: Tree; expected: (Mark | undefined)[] } {
  let tree: Tree;
  const expected: (Mark | undefined)[] = Array.from({ length: SIZE + 20 }, () => undefined);
  for (const { start, length, mark } of list) {
    tree = marked(tree, start, start + length, mark);
    expected.fill(mark, start, start + length);
  }
  return { tree, expected };
}

/** The longest way from the root; a balanced tree of n ranges has one of O(log n). */
function depth(tree: Tree): number {
  return tree === undefined ? 0 : 1 + Math.max(depth(tree.left), depth(tree.right));
}

describe('ranges with marks', () => {
  it('hold what an array of octets holds, whatever is marked over what', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const { tree, expected } = apply(list);
        expect(octets(tree)).toEqual(expected);
        const count = (...which: Mark[]) => expected.filter((mark) => mark && which.includes(mark)).length;
        expect(sackedIn(tree)).toBe(count('sacked'));
        expect(lostIn(tree)).toBe(count('lost', 'lost again'));
      }),
    );
  });

  it('are in order, without overlap, and neighbours with one mark are one range', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const ranges = [...inOrder(apply(list).tree)];
        for (const [index, range] of ranges.entries()) {
          expect(range.start).toBeLessThan(range.end);
          const next = ranges[index + 1];
          if (!next) continue;
          expect(range.end).toBeLessThanOrEqual(next.start);
          if (range.end === next.start) expect(range.mark).not.toBe(next.mark);
        }
      }),
    );
  });

  it('are found by position, by loss and by report', () => {
    fc.assert(
      fc.property(changes, fc.nat(SIZE), (list, position) => {
        const { tree } = apply(list);
        const ranges = [...inOrder(tree)];
        const startOf = (range: { start: number } | undefined) => range?.start;
        expect(startOf(rangeAt(tree, position))).toBe(
          startOf(ranges.filter(({ start }) => start <= position).at(-1)),
        );
        expect(startOf(rangeFrom(tree, position))).toBe(
          startOf(ranges.find(({ start }) => start >= position)),
        );
        expect(startOf(firstLost(tree))).toBe(startOf(ranges.find(({ mark }) => mark.startsWith('lost'))));
        expect(startOf(lastSackedBefore(tree, position))).toBe(
          startOf(ranges.filter(({ start, mark }) => mark === 'sacked' && start < position).at(-1)),
        );
      }),
    );
  });

  it('lose what lies below a position, and nothing else', () => {
    fc.assert(
      fc.property(changes, fc.nat(SIZE + 20), (list, position) => {
        const { tree, expected } = apply(list);
        expect(octets(beyond(tree, position))).toEqual(expected.fill(undefined, 0, position));
      }),
    );
  });

  it('leave older versions as they were', () => {
    fc.assert(
      fc.property(changes, changes, (list, more) => {
        const { tree, expected } = apply(list);
        let next = tree;
        for (const { start, length, mark } of more) next = marked(next, start, start + length, mark);
        expect(octets(tree)).toEqual(expected);
      }),
    );
  });

  it('stay balanced: 2^15 ranges lie no deeper than 2.5 times 15', () => {
    let tree: Tree;
    for (let index = 0; index < 2 ** 15; index++) tree = marked(tree, 2 * index, 2 * index + 1, 'sacked');
    expect(depth(tree)).toBeLessThanOrEqual(37);
    tree = beyond(tree, 2 ** 15);
    expect(tree?.size).toBe(2 ** 14);
    expect(depth(tree)).toBeLessThanOrEqual(37);
  });
});
