import { describe, expect, test } from 'vitest';
import { below, unit } from '../../../src/random.ts';
import { seededRandom } from '../../../src/sim/seeded-random.ts';

const draw = (random: { uint32(): number }, count: number) =>
  Array.from({ length: count }, () => random.uint32());

describe('seeded randomness', () => {
  // The expected numbers come from a second implementation, in a language with integers of any length.
  test.each([
    ['1', [0x5c8cc2b8, 0x7ed12a86, 0x8eca7e53, 0xd92459b2]],
    ['a longer seed', [0x34d873c7, 0x400c22ab, 0x031beefd, 0x740cc782]],
  ])('gives the numbers of sfc32 for the seed %j', (seed, expected) => {
    expect(draw(seededRandom(seed), 4)).toEqual(expected);
  });

  test('takes a number and its digits for the same seed', () => {
    expect(draw(seededRandom(1), 4)).toEqual(draw(seededRandom('1'), 4));
  });

  test('gives neighbouring seeds different numbers', () => {
    const firsts = Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed).uint32());
    expect(new Set(firsts).size).toBe(1_000);
  });

  test('is spread evenly: mean, bits and bytes', () => {
    const random = seededRandom('spread');
    const bytes = new Array<number>(256).fill(0);
    const bits = new Array<number>(32).fill(0);
    let sum = 0;
    for (let count = 0; count < 65_536; count++) {
      const number = random.uint32();
      sum += number;
      bytes[number >>> 24]!++;
      for (let bit = 0; bit < 32; bit++) bits[bit]! += (number >>> bit) & 1;
    }
    expect(sum / 65_536 / 2 ** 32).toBeCloseTo(0.5, 2);
    // Five standard deviations around 256 and around 32,768.
    for (const count of bytes) expect(Math.abs(count - 256)).toBeLessThan(80);
    for (const count of bits) expect(Math.abs(count - 32_768)).toBeLessThan(640);
  });

  test('stays in range through unit and below', () => {
    const random = seededRandom(7);
    for (let count = 0; count < 1_000; count++) {
      const number = random.uint32();
      expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true);
      expect(unit(random)).toBeLessThan(1);
      expect([0, 1, 2]).toContain(below(random, 3));
    }
  });
});

const portsOfOne = [0xcae5ee22, 0xb26f8477, 0x0dd0fe51, 0xa18de8ba];

describe('a fork', () => {
  test('depends on the seed and its label, not on what was drawn', () => {
    const fresh = seededRandom(1);
    const used = seededRandom(1);
    draw(used, 100);
    draw(used.fork('other'), 100);
    expect(draw(used.fork('ports'), 4)).toEqual(portsOfOne);
    expect(draw(fresh.fork('ports'), 4)).toEqual(portsOfOne);
  });

  test('takes nothing from its parent', () => {
    const parent = seededRandom(1);
    draw(parent.fork('ports'), 10);
    expect(draw(parent, 4)).toEqual(draw(seededRandom(1), 4));
  });

  test('differs by label, by seed, by depth and from its parent', () => {
    const streams = [
      seededRandom(1),
      seededRandom(1).fork('a'),
      seededRandom(1).fork('b'),
      seededRandom(1).fork('a').fork('b'),
      seededRandom(1).fork('ab'),
      seededRandom(2).fork('a'),
      seededRandom('1a'),
    ];
    expect(new Set(streams.map((stream) => draw(stream, 2).join())).size).toBe(streams.length);
  });
});
