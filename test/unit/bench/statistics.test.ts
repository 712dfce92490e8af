/** What the benchmark makes of several values. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { geometric, jain, median, quantile, ratio, spread } from '../../bench/statistics.ts';

const positive = fc.double({ min: 1e-3, max: 1e9, noNaN: true });

describe('a quantile', () => {
  it('is the middle value, or lies between the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([10, 20, 30, 40, 50], 0.99)).toBeCloseTo(49.6);
  });

  it('is the least at 0 and the greatest at 1, and leaves the values as they were', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1 }), (values) => {
        const before = [...values];
        expect(quantile(values, 0)).toBe(Math.min(...values));
        expect(quantile(values, 1)).toBe(Math.max(...values));
        expect(values).toEqual(before);
      }),
    );
  });

  it('is refused of nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a spread', () => {
  it('is half of the range as a share of the median', () => {
    expect(spread([90, 100, 110])).toBeCloseTo(0.1);
    expect(spread([7])).toBe(0);
    expect(spread([0, 0])).toBe(0);
  });
});

describe('a ratio', () => {
  it('compares what was measured in the same round, so a slow round does not count', () => {
    expect(ratio([50, 5, 52], [100, 10, 104])).toBe(0.5);
  });

  it('leaves rounds out that only one of both has', () => {
    expect(ratio([1, 1, 900], [2, 2])).toBe(0.5);
  });
});

describe("Jain's index", () => {
  it('is 1 when all have the same, and 1/n when one has everything', () => {
    expect(jain([5, 5, 5, 5])).toBe(1);
    expect(jain([8, 0, 0, 0])).toBe(0.25);
    expect(jain([0, 0])).toBe(1);
  });

  it('lies between the two whatever the shares, and their scale does not matter', () => {
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1 }), (shares) => {
        const index = jain(shares);
        expect(index).toBeGreaterThanOrEqual(1 / shares.length - 1e-9);
        expect(index).toBeLessThanOrEqual(1 + 1e-9);
        expect(jain(shares.map((share) => share * 3))).toBeCloseTo(index);
      }),
    );
  });
});

describe('a geometric mean', () => {
  it('takes half and double for nothing, and says how sure it is', () => {
    const { mean, low, high } = geometric([0.5, 2]);
    expect(mean).toBeCloseTo(1);
    expect(low).toBeCloseTo(1 / high);
    expect(geometric([1.1, 1.1, 1.1])).toMatchObject({ low: expect.closeTo(1.1), high: expect.closeTo(1.1) });
  });

  it("uses Student's t of 2.093 for 20 ratios", () => {
    const ratios = Array.from({ length: 20 }, (_, index) => Math.exp(index % 2 === 0 ? 0.1 : -0.1));
    // The standard deviation is 0.1 × √(20/19); the mean's is that over √20.
    const half = (2.093 * 0.1 * Math.sqrt(20 / 19)) / Math.sqrt(20);
    expect(geometric(ratios).high).toBeCloseTo(Math.exp(half), 6);
  });

  it('needs two ratios', () => {
    expect(() => geometric([1])).toThrow(RangeError);
  });
});
