import { describe, expect, test } from 'vitest';
import type { Impairments } from '../../../src/net/impairments.ts';
import { bench, numbered, numberOf } from '../../support/impairment-bench.ts';

/** Which of `count` frames were lost. */
function lost(impairments: Impairments, count: number, seed: number | string = 1): number[] {
  const { bad, losses } = bench({ out: impairments }, seed);
  for (let number = 0; number < count; number++) bad.write(numbered(number));
  return losses.map(({ frame }) => numberOf(frame));
}

/** The lengths of runs of consecutive numbers. */
function runs(numbers: number[]): number[] {
  const lengths: number[] = [];
  for (const [index, number] of numbers.entries()) {
    if (index > 0 && numbers[index - 1] === number - 1) lengths[lengths.length - 1]!++;
    else lengths.push(1);
  }
  return lengths;
}

const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe('loss', () => {
  test('of 0 loses nothing, of 100 everything', () => {
    expect(lost({ loss: 0 }, 1_000)).toEqual([]);
    expect(lost({ loss: 100 }, 1_000)).toHaveLength(1_000);
  });

  test.each([0.5, 2, 30])('of %d percent loses about that', (loss) => {
    const expected = 100 * loss;
    expect(lost({ loss }, 10_000).length).toBeGreaterThan(0.75 * expected);
    expect(lost({ loss }, 10_000).length).toBeLessThan(1.25 * expected);
  });

  test('is the same on every machine', () => {
    expect(lost({ loss: 2 }, 500, 1)).toEqual([54, 61, 151, 204, 321, 340, 342, 343, 387, 484]);
  });

  test('is told of, with its direction and why, and counted', () => {
    const { device, bad, losses } = bench({ in: { loss: 100 } });
    const frame = numbered(1);
    device.frames$.next([frame]);
    expect(losses).toEqual([{ frame, direction: 'in', why: 'lost' }]);
    expect(bad.stats.in).toMatchObject({ lost: 1, passed: 0 });
    expect(bad.stats.out).toMatchObject({ lost: 0, passed: 0 });
  });

  test('leaves the rest of a batch in one batch', () => {
    const setup = bench({ in: { loss: 30 } });
    setup.device.frames$.next(Array.from({ length: 20 }, (_, number) => numbered(number)));
    expect(setup.arrived).toHaveLength(1);
    expect(setup.arrived[0]!.frames.length).toBe(20 - setup.losses.length);
    expect(setup.losses.length).toBeGreaterThan(0);
  });

  test('looks like success to the writer', () => {
    const { bad } = bench({ out: { loss: 100 } });
    expect(bad.write(numbered(1))).toBe(true);
  });
});

describe('burst loss', () => {
  test('loses p / (p + r) of the frames in runs of 100 / r', () => {
    const numbers = lost({ burst: { p: 1, r: 25 } }, 50_000);
    expect(numbers.length / 50_000).toBeGreaterThan(0.75 / 26);
    expect(numbers.length / 50_000).toBeLessThan(1.25 / 26);
    expect(mean(runs(numbers))).toBeGreaterThan(3.5);
    expect(mean(runs(numbers))).toBeLessThan(4.5);
  });

  test('with r of 100 loses single frames, with r of 0 all from the first on', () => {
    expect(Math.max(...runs(lost({ burst: { p: 5, r: 100 } }, 5_000)))).toBe(1);
    const forever = lost({ burst: { p: 5, r: 0 } }, 5_000);
    expect(runs(forever)).toEqual([5_000 - forever[0]!]);
  });

  test('with p of 0 never begins', () => {
    expect(lost({ burst: { p: 0, r: 10 } }, 5_000)).toEqual([]);
  });

  test('loses only its share in the bad state', () => {
    expect(lost({ burst: { p: 100, r: 0, loss: 0 } }, 1_000)).toEqual([]);
    const numbers = lost({ burst: { p: 100, r: 0, loss: 50 } }, 10_000);
    expect(numbers.length).toBeGreaterThan(4_700);
    expect(numbers.length).toBeLessThan(5_300);
  });

  test('is counted apart from other loss', () => {
    const { bad, losses } = bench({ out: { loss: 10, burst: { p: 10, r: 50 } } });
    for (let number = 0; number < 1_000; number++) bad.write(numbered(number));
    const { lost: single, 'burst-lost': burst, passed } = bad.stats.out;
    expect(Math.min(single, burst)).toBeGreaterThan(0);
    expect(single + burst + passed).toBe(1_000);
    expect(losses.filter(({ why }) => why === 'burst-lost')).toHaveLength(burst);
  });
});

describe('a small MTU', () => {
  test('takes frames of its size and loses longer ones without a word', () => {
    const { bad, device, losses } = bench({ out: { mtu: 200 } });
    expect(bad.write(numbered(1, 200))).toBe(true);
    expect(bad.write(numbered(2, 201))).toBe(true);
    expect(device.written).toHaveLength(1);
    expect(losses.map(({ frame, why }) => [numberOf(frame), why])).toEqual([[2, 'too-big']]);
    expect(bad.stats.out['too-big']).toBe(1);
  });
});

describe('a scripted drop', () => {
  const isEven = (frame: Uint8Array) => numberOf(frame) % 2 === 0;

  test('loses the first frame that it picks and then no more', () => {
    const { bad, out, losses, clock } = bench();
    bad.dropNext('out', isEven);
    for (let number = 1; number <= 4; number++) bad.write(numbered(number));
    expect(out()).toEqual(['1@0', '3@0', '4@0']);
    expect(losses.map(({ why, direction }) => [why, direction])).toEqual([['scripted', 'out']]);
    expect(bad.stats.out.scripted).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('loses as many as told, in the direction told', () => {
    const setup = bench();
    setup.bad.dropNext('in', isEven, 2);
    setup.bad.write(numbered(2));
    setup.device.frames$.next([1, 2, 3, 4, 5, 6].map((number) => numbered(number)));
    expect(setup.in()).toEqual(['1 3 5 6@0']);
    expect(setup.out()).toEqual(['2@0']);
  });

  test('can be taken back', () => {
    const { bad, out } = bench();
    const cancel = bad.dropNext('out', isEven, 2);
    bad.write(numbered(2));
    cancel();
    bad.write(numbered(4));
    expect(out()).toEqual(['4@0']);
  });

  test('stands beside others, each with its own count', () => {
    const { bad, out } = bench();
    bad.dropNext('out', (frame) => numberOf(frame) === 3);
    bad.dropNext('out', isEven);
    for (let number = 1; number <= 4; number++) bad.write(numbered(number));
    expect(out()).toEqual(['1@0', '4@0']);
  });

  test('leaves the choices of chance as they were', () => {
    const lostByChance = (scripted: boolean) => {
      const { bad, losses } = bench({ out: { loss: 10 } }, 'script');
      if (scripted) bad.dropNext('out', isEven, 5);
      for (let number = 0; number < 300; number++) bad.write(numbered(number));
      return losses
        .filter(({ frame, why }) => why === 'lost' && numberOf(frame) > 10)
        .map(({ frame }) => numberOf(frame));
    };
    expect(lostByChance(true)).toEqual(lostByChance(false));
  });
});
