import { describe, expect, it } from 'vitest';
import { duplicateIn } from '../../../../src/tcp/recovery/duplicates.ts';
import type { Segment } from '../../../../src/tcp/segment.ts';
import { FLAG, NO_OPTIONS } from '../../../../src/wire/index.ts';

/** What an ACK with such blocks reports as having come twice, as [left, right]. */
function reported(ack: number, ...blocks: readonly (readonly [number, number])[]) {
  const sack = blocks.map(([left, right]) => ({ left, right }));
  const segment = { seq: 0, ack, flags: FLAG.ACK, options: { ...NO_OPTIONS, sack } } as unknown as Segment;
  const found = duplicateIn(segment);
  return found && [found.left, found.right];
}

describe('what came twice', () => {
  it('R2883-4: is the first block, below the ACK of its own segment or within the second block', () => {
    expect(reported(5_000, [3_000, 4_000])).toEqual([3_000, 4_000]);
    expect(reported(5_000, [4_000, 5_000])).toEqual([4_000, 5_000]);
    expect(reported(5_000, [7_000, 8_000], [6_000, 9_000])).toEqual([7_000, 8_000]);
    expect(reported(5_000, [6_000, 9_000], [6_000, 9_000])).toEqual([6_000, 9_000]);
  });

  it('R2883-4: is not a block above the ACK, whatever has been acknowledged since by others', () => {
    // An ACK that was overtaken: SND.UNA may be at 9,000 by now.
    expect(reported(5_000, [6_000, 8_000])).toBeUndefined();
    expect(reported(5_000, [4_500, 5_500])).toBeUndefined();
    expect(reported(5_000, [6_000, 8_000], [6_500, 9_000])).toBeUndefined();
    expect(reported(5_000, [10_000, 11_000], [6_000, 8_000])).toBeUndefined();
    expect(reported(5_000)).toBeUndefined();
  });

  it('is told apart where sequence numbers begin anew', () => {
    const top = 2 ** 32;
    expect(reported(500, [top - 1_000, 200])).toEqual([top - 1_000, 200]);
    expect(reported(top - 500, [top - 200, 300])).toBeUndefined();
  });
});
