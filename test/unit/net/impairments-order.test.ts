import { describe, expect, test } from 'vitest';
import { fatesOf } from '../../../src/net/impairments.ts';
import { bench, numbered, numberOf } from '../../support/impairment-bench.ts';

describe('a reordered frame', () => {
  /** Frame 1 is held; what comes later is not. */
  function holding() {
    const setup = bench({ out: { reorder: 100 } });
    setup.bad.write(numbered(1));
    setup.bad.set('out', {});
    return setup;
  }

  test('goes on right after the third later one, at the same instant', () => {
    const { bad, out, clock } = holding();
    bad.write(numbered(2));
    bad.write(numbered(3));
    expect(out()).toEqual(['2@0', '3@0']);
    clock.advance(5);
    bad.write(numbered(4));
    expect(out()).toEqual(['2@0', '3@0', '4@5', '1@5']);
    expect(clock.pending).toBe(0);
  });

  test('goes on after 10 ms when fewer have passed, and not before', () => {
    const { bad, out, clock } = holding();
    bad.write(numbered(2));
    bad.write(numbered(3));
    clock.advance(9.999);
    expect(out()).toEqual(['2@0', '3@0']);
    clock.advance(0.001);
    expect(out()).toEqual(['2@0', '3@0', '1@10']);
    bad.write(numbered(4));
    expect(out()).toEqual(['2@0', '3@0', '1@10', '4@10']);
  });

  test('is not passed by lost frames', () => {
    const { bad, out, clock } = holding();
    bad.dropNext('out', (frame) => numberOf(frame) === 3);
    for (const number of [2, 3, 4]) bad.write(numbered(number));
    expect(out()).toEqual(['2@0', '4@0']);
    bad.write(numbered(5));
    expect(out()).toEqual(['2@0', '4@0', '5@0', '1@0']);
    expect(clock.pending).toBe(0);
  });

  test('counts a frame and its copy as one', () => {
    const { bad, out } = holding();
    bad.set('out', { duplicate: 100 });
    for (const number of [2, 3, 4]) bad.write(numbered(number));
    expect(out().map((each) => each[0])).toEqual(['2', '2', '3', '3', '4', '4', '1']);
  });

  test('of several waits for its own three, and its own 10 ms', () => {
    const { bad, out, clock } = holding();
    clock.advance(4);
    bad.write(numbered(2));
    bad.set('out', { reorder: 100 });
    bad.write(numbered(3));
    bad.set('out', {});
    clock.advance(6);
    expect(out()).toEqual(['2@4', '1@10']);
    clock.advance(3.999);
    expect(out()).toHaveLength(2);
    clock.advance(0.001);
    expect(out()).toEqual(['2@4', '1@10', '3@14']);
  });

  test('of several, each goes when its own third has passed', () => {
    const { bad, out } = holding();
    bad.write(numbered(2));
    bad.set('out', { reorder: 100 });
    bad.write(numbered(3));
    bad.set('out', {});
    for (const number of [4, 5, 6]) bad.write(numbered(number));
    expect(out().map((each) => each[0])).toEqual(['2', '4', '5', '1', '6', '3']);
  });

  test('is marked and counted; those that pass it are not', () => {
    const { bad, departures, clock } = holding();
    bad.write(numbered(2));
    clock.advance(10);
    expect(departures.map(({ frame, fates }) => [numberOf(frame), fates])).toEqual([
      [2, []],
      [1, ['reordered']],
    ]);
    expect(fatesOf(departures[1]!.frame)).toEqual(['reordered']);
    expect(bad.stats.out).toMatchObject({ reordered: 1, passed: 2 });
  });

  test('when all are held, goes on after 10 ms', () => {
    const { bad, out, clock } = bench({ out: { reorder: 100 } });
    for (const number of [1, 2, 3, 4, 5]) bad.write(numbered(number));
    clock.advance(10);
    expect(out()).toEqual(['1@10', '2@10', '3@10', '4@10', '5@10']);
  });

  test('comes up to the stack in the batch of the third later one', () => {
    const setup = bench({ in: { reorder: 100 } });
    setup.device.frames$.next([numbered(1)]);
    setup.bad.set('in', {});
    setup.device.frames$.next([2, 3, 4, 5].map((number) => numbered(number)));
    expect(setup.in()).toEqual(['2 3 4 1 5@0']);
  });
});

describe('delay', () => {
  test('is exact, and keeps batches together', () => {
    const setup = bench({ in: { delayMs: 20 } });
    setup.device.frames$.next([numbered(1), numbered(2)]);
    setup.device.frames$.next([numbered(3)]);
    setup.clock.advance(1);
    setup.device.frames$.next([numbered(4)]);
    setup.clock.advance(18.999);
    expect(setup.in()).toEqual([]);
    setup.clock.advance(10);
    expect(setup.in()).toEqual(['1 2 3@20', '4@21']);
  });

  test('with jitter stays within it on both sides', () => {
    const { bad, device, clock } = bench({ out: { delayMs: 50, jitterMs: 20 } });
    for (let number = 0; number < 500; number++) {
      bad.write(numbered(number));
      clock.advance(100);
    }
    const delays = device.written.map(({ timeMs, frame }) => timeMs - 100 * numberOf(frame));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(30);
    expect(Math.min(...delays)).toBeLessThan(33);
    expect(Math.max(...delays)).toBeLessThanOrEqual(70);
    expect(Math.max(...delays)).toBeGreaterThan(67);
  });

  test('with jitter above it never comes before its cause', () => {
    const { bad, device, clock } = bench({ out: { jitterMs: 20 } });
    for (let number = 0; number < 200; number++) {
      bad.write(numbered(number));
      clock.advance(100);
    }
    const delays = device.written.map(({ timeMs, frame }) => timeMs - 100 * numberOf(frame));
    expect(Math.min(...delays)).toBe(0);
    expect(Math.max(...delays)).toBeGreaterThan(15);
  });
});

describe('the rate', () => {
  test('sends frames one after the other, each for as long as its bits take', () => {
    const { bad, out, clock } = bench({ out: { rate: 1e6 } });
    bad.write(numbered(1, 1_250));
    bad.write(numbered(2, 125));
    clock.advance(100);
    bad.write(numbered(3, 125));
    clock.advance(100);
    expect(out()).toEqual(['1@10', '2@11', '3@101']);
  });

  test('gathers no rounding error over 10,000 frames', () => {
    const { bad, device, clock } = bench({ out: { rate: 20e6, queue: 10_000 } });
    for (let number = 0; number < 10_000; number++) bad.write(numbered(number, 1_500));
    clock.advance(1e5);
    expect(device.written.every(({ timeMs }, index) => timeMs === ((index + 1) * 12_000) / 20_000)).toBe(
      true,
    );
    expect(device.written[9_999]!.timeMs).toBe(6_000);
  });

  test('comes before the delay', () => {
    const { bad, out, clock } = bench({ out: { rate: 1e6, delayMs: 30 } });
    bad.write(numbered(1, 1_250));
    bad.write(numbered(2, 1_250));
    clock.advance(100);
    expect(out()).toEqual(['1@40', '2@50']);
  });

  test('limits each direction by itself', () => {
    const setup = bench({ in: { rate: 1e6 }, out: { rate: 1e5 } });
    setup.bad.write(numbered(1, 1_250));
    setup.device.frames$.next([numbered(2, 1_250), numbered(3, 1_250)]);
    setup.clock.advance(1_000);
    expect(setup.out()).toEqual(['1@100']);
    expect(setup.in()).toEqual(['2@10', '3@20']);
  });
});

describe('the queue', () => {
  test('takes as many frames as it has places, loses the next, and has room again after one has left', () => {
    const { bad, out, clock, losses } = bench({ out: { rate: 8_000, queue: 3 } });
    for (let number = 1; number <= 5; number++) expect(bad.write(numbered(number, 100))).toBe(true);
    expect(losses.map(({ frame, why }) => [numberOf(frame), why])).toEqual([
      [4, 'queue-dropped'],
      [5, 'queue-dropped'],
    ]);
    clock.advance(100);
    bad.write(numbered(6, 100));
    clock.advance(1_000);
    expect(out()).toEqual(['1@100', '2@200', '3@300', '6@400']);
    expect(bad.stats.out).toMatchObject({ 'queue-dropped': 2, passed: 4 });
  });

  test('has 1,000 places by default, behind a delay too', () => {
    const { bad, clock } = bench({ out: { delayMs: 10 } });
    for (let number = 0; number < 1_001; number++) bad.write(numbered(number));
    expect(bad.stats.out['queue-dropped']).toBe(1);
    clock.advance(10);
    expect(bad.stats.out.passed).toBe(1_000);
  });

  test('bounds the frames held back for reordering', () => {
    const { bad, clock } = bench({ out: { reorder: 100, queue: 2 } });
    for (let number = 0; number < 3; number++) bad.write(numbered(number));
    clock.advance(10);
    expect(bad.stats.out).toMatchObject({ 'queue-dropped': 1, passed: 2, reordered: 2 });
  });

  test('loses nothing where nothing waits', () => {
    const { bad } = bench({ out: { queue: 1 } });
    for (let number = 0; number < 10; number++) bad.write(numbered(number));
    expect(bad.stats.out.passed).toBe(10);
  });
});
