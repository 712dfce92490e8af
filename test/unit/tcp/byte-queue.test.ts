import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../../src/tcp/index.ts';
import { pattern } from '../../support/peer.ts';

const size = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 140_000 }) },
);

/** What to do to which of the versions made so far, both as fractions of what there is. */
const change = fc.record({
  version: fc.nat(),
  what: fc.constantFrom(
    'append' as const,
    'appendCopy' as const,
    'drop' as const,
    'keep' as const,
    'concat' as const,
  ),
  size,
  other: fc.nat(),
});

interface Version {
  readonly queue: ByteQueue;
  readonly octets: Uint8Array;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((octet, index) => octet === right[index]);
}

function changed(
  versions: readonly Version[],
  step: typeof change extends fc.Arbitrary<infer T> ? T : never,
): Version {
  const { queue, octets } = versions[step.version % versions.length]!;
  const other = versions[step.other % versions.length]!;
  switch (step.what) {
    case 'append': {
      const bytes = pattern(step.other, step.size);
      return { queue: queue.append(bytes), octets: joined(octets, bytes) };
    }
    case 'appendCopy': {
      const bytes = pattern(step.other, step.size);
      const version = { queue: queue.appendCopy(bytes), octets: joined(octets, bytes.slice()) };
      // The caller may write to its own buffer again.
      bytes.fill(0xee);
      return version;
    }
    case 'drop':
      return { queue: queue.drop(step.size), octets: octets.slice(step.size) };
    case 'keep':
      return { queue: queue.keep(step.size), octets: octets.slice(0, step.size) };
    case 'concat':
      if (octets.length + other.octets.length > 500_000) return { queue, octets };
      return { queue: queue.concat(other.queue), octets: joined(octets, other.octets) };
  }
}

describe('a byte queue', () => {
  it('holds what an array would, in each version ever made', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (steps, draws) => {
        const versions: Version[] = [{ queue: ByteQueue.empty, octets: new Uint8Array(0) }];
        for (const step of steps) versions.push(changed(versions, step));
        for (const { queue, octets } of versions) {
          expect(queue.length).toBe(octets.length);
          expect(same(queue.slice(0, queue.length), octets)).toBe(true);
          const pieces = [...queue.pieces()];
          expect(pieces.reduce((sum, piece) => sum + piece.length, 0)).toBe(octets.length);
          expect(queue.firstPiece).toBe(pieces[0]?.length ?? 0);
          const offset = draws.next().value! % (octets.length + 1);
          const count = draws.next().value! % (octets.length - offset + 1);
          expect(same(queue.slice(offset, count), octets.slice(offset, offset + count))).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('refuses a slice beyond its ends, and gives the very last octet', () => {
    const queue = ByteQueue.empty.appendCopy(pattern(0, 10));
    expect(queue.slice(9, 1)).toEqual(pattern(9, 1));
    expect(() => queue.slice(9, 2)).toThrow(RangeError);
    expect(() => queue.slice(-1, 2)).toThrow(RangeError);
    expect(queue.slice(10, 0).length).toBe(0);
  });

  it('lets two heirs of one version grow apart', () => {
    const base = ByteQueue.empty.appendCopy(pattern(0, 10));
    const left = base.appendCopy(new Uint8Array([1, 2, 3]));
    const right = base.appendCopy(new Uint8Array([7, 8]));
    expect([...left.slice(10, 3)]).toEqual([1, 2, 3]);
    expect([...right.slice(10, 2)]).toEqual([7, 8]);
    expect(base.length).toBe(10);
  });

  it('packs a million small appends into few pieces, and stays small while it is drained', () => {
    let queue = ByteQueue.empty;
    for (let i = 0; i < 1_000_000; i++) queue = queue.appendCopy(pattern(i, 1));
    expect([...queue.pieces()].length).toBeLessThan(100);
    expect(
      same(
        queue.slice(999_000, 1_000),
        pattern(999_000, 1_000).map((_, i) => pattern(999_000 + i, 1)[0]!),
      ),
    ).toBe(true);

    // As a long connection does: what comes in goes out, for ever.
    let flowing = ByteQueue.empty;
    let from = 0;
    for (let i = 0; i < 300_000; i++) {
      flowing = flowing.append(pattern(i * 7, 7));
      if (flowing.length > 700) {
        expect(flowing.slice(0, 1)[0]).toBe(pattern(from, 1)[0]);
        flowing = flowing.drop(350);
        from += 350;
      }
    }
    expect([...flowing.pieces()].length).toBeLessThanOrEqual(101);
  });
});
