import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StackError } from '../../../src/errors.ts';
import type { Frame } from '../../../src/net/device.ts';
import { originalOf } from '../../../src/net/fates.ts';
import { fatesOf, type Impairments, impair } from '../../../src/net/impairments.ts';
import { pair } from '../../../src/net/pair.ts';
import { seededRandom } from '../../../src/sim/seeded-random.ts';
import { virtualClock } from '../../../src/sim/virtual-clock.ts';
import { bench, numbered, numberOf, trace } from '../../support/impairment-bench.ts';

const everything: Impairments = {
  loss: 5,
  burst: { p: 3, r: 30, loss: 80 },
  delayMs: 7,
  jitterMs: 3,
  reorder: 10,
  duplicate: 10,
  corrupt: 10,
  rate: 5e6,
  queue: 20,
  mtu: 1_000,
};

describe('a device without impairments', () => {
  test('hands frames straight on in both directions, with no step of the clock', () => {
    const { clock, device, bad, arrived, departures } = bench();
    const sent = numbered(1);
    expect(bad.write(sent)).toBe(true);
    expect(device.written[0]!.frame).toBe(sent);
    expect(departures).toEqual([{ frame: sent, original: sent, fates: [] }]);
    const batch = [numbered(2), numbered(3)];
    device.frames$.next(batch);
    expect(arrived[0]!.frames).toBe(batch);
    expect(clock.pending).toBe(0);
    expect([bad.stats.in.passed, bad.stats.out.passed]).toEqual([2, 1]);
  });

  test('keeps the name and the MTU of the device, an impairment of the MTU or not', () => {
    const { bad } = bench({ out: { mtu: 500 } });
    expect([bad.name, bad.mtu]).toEqual(['recorder', 1_500]);
  });

  test('passes on back-pressure', () => {
    const { device, bad } = bench({ out: { duplicate: 1 } });
    let drained = 0;
    bad.drained$.subscribe(() => drained++);
    device.full = true;
    expect(bad.write(numbered(1))).toBe(false);
    device.full = false;
    device.drained$.next();
    expect(drained).toBe(1);
    expect(bad.write(numbered(2))).toBe(true);
  });

  test('listens to its device only while somebody listens to it, and hands everybody the same', () => {
    const clock = virtualClock();
    const [a, b] = pair(clock);
    const bad = impair(b, { clock, random: seededRandom(1) });
    a.write(numbered(1));
    clock.advance(0);
    expect(bad.stats.in.passed).toBe(0);
    const seen: number[] = [];
    const first = bad.frames$.subscribe((frames) => seen.push(...frames.map(numberOf)));
    const second = bad.frames$.subscribe((frames) => seen.push(...frames.map(numberOf)));
    a.write(numbered(2));
    clock.advance(0);
    expect(seen).toEqual([2, 2]);
    expect(bad.stats.in.passed).toBe(1);
    first.unsubscribe();
    second.unsubscribe();
    a.write(numbered(3));
    clock.advance(0);
    expect(bad.stats.in.passed).toBe(1);
  });

  test('ends its frames with those of the device', () => {
    const { device, bad } = bench();
    let ended = false;
    bad.frames$.subscribe({ complete: () => (ended = true) });
    device.frames$.complete();
    expect(ended).toBe(true);
  });
});

describe('closing', () => {
  test('closes the device and leaves no timer behind', () => {
    const { clock, device, bad } = bench({
      out: { delayMs: 10, reorder: 50 },
      in: { delayMs: 10, reorder: 50 },
    });
    for (let number = 0; number < 20; number++) {
      bad.write(numbered(number));
      device.frames$.next([numbered(number)]);
    }
    expect(clock.pending).toBeGreaterThan(0);
    bad.close();
    bad.close();
    bad.write(numbered(99));
    expect(device.closed).toBe(true);
    expect(clock.pending).toBe(0);
    clock.advance(100);
    expect(device.written).toEqual([]);
  });
});

describe('the seed', () => {
  function run(seed: number | string): string {
    const setup = bench({ in: everything, out: { ...everything, rate: 2e6 } }, seed);
    for (let number = 0; number < 500; number++) {
      setup.bad.write(numbered(number, 40 + ((number * 37) % 990)));
      setup.device.frames$.next([numbered(2 * number), numbered(2 * number + 1)]);
      setup.clock.advance((number % 5) / 2);
    }
    return trace(setup);
  }

  test('fixes every fate, time and byte', () => {
    expect(run(42)).toBe(run(42));
    expect(run(42)).not.toBe(run(43));
  });

  test('keeps the directions apart: traffic in one changes nothing in the other', () => {
    const outbound = (alsoIn: boolean) => {
      const { clock, device, bad, out } = bench({ in: everything, out: everything }, 'apart');
      for (let number = 0; number < 300; number++) {
        bad.write(numbered(number));
        if (alsoIn) device.frames$.next([numbered(number)]);
        clock.advance(1);
      }
      clock.advance(1_000);
      return out();
    };
    expect(outbound(true)).toEqual(outbound(false));
  });

  test('keeps the faults apart: one that is added leaves the choices of the others', () => {
    const lost = (more: Impairments) => {
      const { bad, losses } = bench({ out: { loss: 10, ...more } }, 'apart');
      for (let number = 0; number < 500; number++) bad.write(numbered(number));
      return losses.filter(({ why }) => why === 'lost').map(({ frame }) => numberOf(frame));
    };
    const alone = lost({});
    expect(alone.length).toBeGreaterThan(20);
    expect(lost({ duplicate: 30, corrupt: 20, burst: { p: 10, r: 20 }, reorder: 5 })).toEqual(alone);
  });

  test('is not needed: a source of chance without forks serves too', () => {
    const clock = virtualClock();
    const [a] = pair(clock);
    const bad = impair(a, { clock, random: { uint32: () => 0 }, out: { loss: 0.1 } });
    bad.write(numbered(1));
    expect(bad.stats.out.lost).toBe(1);
  });
});

describe('whatever the impairments', () => {
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const impairments = fc
    .record({
      loss: some(percent),
      burst: some(fc.record({ p: percent, r: percent, loss: percent })),
      delayMs: some(fc.double({ min: 0, max: 50, noNaN: true })),
      jitterMs: some(fc.double({ min: 0, max: 50, noNaN: true })),
      reorder: some(percent),
      duplicate: some(percent),
      corrupt: some(percent),
      rate: some(fc.integer({ min: 10_000, max: 1e9 })),
      queue: some(fc.integer({ min: 1, max: 30 })),
      mtu: some(fc.integer({ min: 20, max: 1_500 })),
    })
    .map(
      (values) =>
        Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined)) as Impairments,
    );
  const sendings = fc.array(
    fc.record({ length: fc.integer({ min: 4, max: 1_500 }), thenMs: fc.constantFrom(0, 0, 0.5, 3, 11) }),
    { maxLength: 80 },
  );

  test('what comes out is what was sent, less what was lost, and the copies', () => {
    fc.assert(
      fc.property(impairments, impairments, sendings, fc.nat(), (inward, outward, frames, seed) => {
        const { clock, device, bad, departures, arrived, losses } = bench({ in: inward, out: outward }, seed);
        const sent = frames.map(({ length }, number) => numbered(number, length));
        const copies = sent.map((frame) => new Uint8Array(frame));
        for (const [index, frame] of sent.entries()) {
          bad.write(frame);
          device.frames$.next([new Uint8Array(frame)]);
          clock.advance(frames[index]!.thenMs);
        }
        clock.advance(1e6);
        expect(clock.pending).toBe(0);
        expect(sent).toEqual(copies);

        const numbers = (list: readonly Frame[]) => list.map((frame) => numberOf(originalOf(frame)));
        const isCopy = (frame: Frame) => fatesOf(frame).includes('duplicated');
        const cameOut = {
          in: arrived.flatMap((batch) => batch.frames),
          out: departures.map(({ frame }) => frame),
        };
        for (const direction of ['in', 'out'] as const) {
          const lostFrames = losses.filter((loss) => loss.direction === direction).map(({ frame }) => frame);
          const ended = [...cameOut[direction], ...lostFrames];
          expect(numbers(ended.filter((frame) => !isCopy(frame))).sort((a, b) => a - b)).toEqual(
            numbers(sent),
          );
          const counts = bad.stats[direction];
          expect(ended.filter(isCopy)).toHaveLength(counts.duplicated);
          expect(counts.passed).toBe(sent.length + counts.duplicated - lostFrames.length);
          const reasons = ['lost', 'burst-lost', 'queue-dropped', 'too-big', 'scripted'] as const;
          expect(reasons.reduce((sum, reason) => sum + counts[reason], 0)).toBe(lostFrames.length);
        }
        expect(departures).toHaveLength(device.written.length);
        expect(departures.every(({ frame }, index) => frame === device.written[index]!.frame)).toBe(true);
        for (const { frame, original, fates } of departures) {
          expect(fates).toBe(fatesOf(frame));
          if (!fates.some((fate) => fate.startsWith('corrupted'))) expect(frame).toEqual(original);
        }
        for (const { frames: batch } of arrived) expect(batch.length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  test('frames keep their order unless they are reordered', () => {
    fc.assert(
      fc.property(impairments, sendings, fc.nat(), (faults, frames, seed) => {
        const { reorder: _, corrupt: __, ...inOrder } = faults;
        const { clock, bad, device } = bench({ out: inOrder }, seed);
        for (const [number, { length, thenMs }] of frames.entries()) {
          bad.write(numbered(number, length));
          clock.advance(thenMs);
        }
        clock.advance(1e6);
        const numbers = device.written.map(({ frame }) => numberOf(frame));
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }),
    );
  });
});

describe('changing impairments while frames are on their way', () => {
  test('lets no later frame overtake', () => {
    const { clock, bad, out } = bench({ out: { delayMs: 10 } });
    bad.write(numbered(1));
    bad.set('out', {});
    bad.write(numbered(2));
    expect(out()).toEqual([]);
    clock.advance(10);
    bad.write(numbered(3));
    expect(out()).toEqual(['1@10', '2@10', '3@10']);
  });

  test('applies to one direction alone', () => {
    const { device, bad, arrived } = bench();
    bad.set('out', { loss: 100 });
    bad.write(numbered(1));
    device.frames$.next([numbered(2)]);
    expect(device.written).toEqual([]);
    expect(arrived).toHaveLength(1);
    bad.set('out', {});
    bad.write(numbered(3));
    expect(device.written).toHaveLength(1);
  });

  test('starts a new rate where the old one was busy until', () => {
    const { clock, bad, out } = bench({ out: { rate: 8_000 } });
    bad.write(numbered(1, 100));
    bad.set('out', { rate: 80_000 });
    bad.write(numbered(2, 100));
    clock.advance(1_000);
    expect(out()).toEqual(['1@100', '2@110']);
  });
});

describe('impairments out of range', () => {
  test.each<[Impairments, string]>([
    [{ loss: 100.1 }, 'loss'],
    [{ loss: -1 }, 'loss'],
    [{ reorder: Number.NaN }, 'reorder'],
    [{ duplicate: 101 }, 'duplicate'],
    [{ corrupt: Number.POSITIVE_INFINITY }, 'corrupt'],
    [{ burst: { p: 101, r: 1 } }, 'burst.p'],
    [{ burst: { p: 1, r: -1 } }, 'burst.r'],
    [{ burst: { p: 1, r: 1, loss: 200 } }, 'burst.loss'],
    [{ delayMs: -1 }, 'delayMs'],
    [{ jitterMs: Number.POSITIVE_INFINITY }, 'jitterMs'],
    [{ rate: 0 }, 'rate'],
    [{ queue: 0 }, 'queue'],
    [{ queue: 1.5 }, 'queue'],
    [{ mtu: 0 }, 'mtu'],
  ])('are refused: %j', (impairments, name) => {
    const { bad } = bench();
    expect(() => bench({ in: impairments })).toThrow(StackError);
    expect(() => bad.set('out', impairments)).toThrow(`impairment ${name} is`);
  });

  test('are refused as EINVAL, while the bounds themselves are taken', () => {
    const { bad } = bench();
    expect(() => bad.set('in', { loss: 101 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    bad.set('in', {
      loss: 100,
      reorder: 0,
      burst: { p: 0, r: 100 },
      delayMs: 0,
      jitterMs: 0,
      queue: 1,
      mtu: 1,
    });
    bad.set('in', { rate: Number.POSITIVE_INFINITY });
  });
});
