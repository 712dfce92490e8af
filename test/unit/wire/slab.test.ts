import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slab } from '../../../src/wire/slab.ts';

describe('a slab', () => {
  it('gives arrays of zeros that share no octet, at multiples of four', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 60 }), (lengths) => {
        const slab = new Slab();
        const pieces = lengths.map((length, index) => {
          const piece = slab.take(length);
          expect(piece.length).toBe(length);
          expect(piece.byteOffset % 4).toBe(0);
          expect(piece.every((octet) => octet === 0)).toBe(true);
          return piece.fill(index + 1);
        });
        for (const [index, piece] of pieces.entries())
          expect(piece.every((octet) => octet === index + 1)).toBe(true);
      }),
    );
  });

  it('copies, so that the original may be written to again', () => {
    const slab = new Slab();
    for (const length of [0, 1, 1_500, 4_096, 4_097, 65_536]) {
      const original = new Uint8Array(65_536).fill(7);
      const copy = slab.copy(original, length);
      original.fill(8);
      expect(copy.length).toBe(length);
      expect(copy.every((octet) => octet === 7)).toBe(true);
    }
  });

  it('keeps no more than 16 KiB alive for one short array, and only a long one for itself', () => {
    const slab = new Slab();
    expect(slab.take(1_500).buffer.byteLength).toBe(16_384);
    expect(slab.take(4_097).buffer.byteLength).toBe(4_097);
  });
});
