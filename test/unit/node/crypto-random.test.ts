import { describe, expect, it } from 'vitest';
import { cryptoRandom } from '../../../src/node/crypto-random.ts';
import { below } from '../../../src/random.ts';

describe('cryptoRandom', () => {
  it('draws integers from 0 to 2^32 - 1 over the whole range', () => {
    const random = cryptoRandom();
    const drawn = Array.from({ length: 10_000 }, () => random.uint32());
    expect(drawn.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
    // That a sixteenth of the range stays empty has a chance of 10^-279.
    expect(new Set(drawn.map((word) => word >>> 28)).size).toBe(16);
  });

  it('repeats neither itself nor another', () => {
    const one = cryptoRandom();
    const other = cryptoRandom();
    const draw = (random: typeof one) => Array.from({ length: 64 }, () => random.uint32()).join();
    expect(new Set([draw(one), draw(one), draw(other), draw(other)]).size).toBe(4);
  });

  it('goes on being random after the words that were fetched at once', () => {
    const random = cryptoRandom();
    const drawn = Array.from({ length: 1_024 }, () => random.uint32());
    expect(drawn.filter((word) => word === 0).length).toBeLessThan(3);
    expect(new Set(drawn).size).toBeGreaterThan(1_000);
  });

  it('serves as a Random', () => {
    expect(below(cryptoRandom(), 1)).toBe(0);
  });
});
