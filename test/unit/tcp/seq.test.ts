import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, distance, ge, gt, le, lt, max, min, seq } from '../../../src/tcp/index.ts';

const number = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 2, 2 ** 32 - 1),
);
/** Less than half the space away: where an order is defined. */
const offset = fc.oneof(
  fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
  fc.constantFrom(-1, 0, 1, 2 ** 31 - 1, -(2 ** 31) + 1),
);

describe('sequence numbers', () => {
  it('stay within 32 bits, whatever is added (R9293-3)', () => {
    fc.assert(
      fc.property(number, offset, (from, by) => {
        const to = add(seq(from), by);
        expect(to).toBe((((from + by) % 2 ** 32) + 2 ** 32) % 2 ** 32);
      }),
    );
  });

  it('lie as far apart as was added, across 2^32 too', () => {
    fc.assert(fc.property(number, offset, (from, by) => distance(add(seq(from), by), seq(from)) === by));
  });

  it('are ordered by the sign of their distance', () => {
    fc.assert(
      fc.property(number, offset, (from, by) => {
        const a = seq(from);
        const b = add(a, by);
        expect([lt(b, a), le(b, a), gt(b, a), ge(b, a)]).toEqual([by < 0, by <= 0, by > 0, by >= 0]);
        expect([lt(a, b), le(a, b), gt(a, b), ge(a, b)]).toEqual([by > 0, by >= 0, by < 0, by <= 0]);
        expect(max(a, b)).toBe(by >= 0 ? b : a);
        expect(min(a, b)).toBe(by <= 0 ? b : a);
      }),
    );
  });

  it('go from 2^32 − 1 to 0', () => {
    expect(add(seq(2 ** 32 - 1), 1)).toBe(0);
    expect(lt(seq(2 ** 32 - 1), seq(0))).toBe(true);
    expect(seq(2 ** 32)).toBe(0);
    expect(seq(-1)).toBe(2 ** 32 - 1);
  });
});
