import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fatesOf } from '../../../src/net/impairments.ts';
import { bench, numbered } from '../../support/impairment-bench.ts';

/** The numbers of the bits in which two frames of one length differ, the first byte's highest bit being 0. */
function differingBits(a: Uint8Array, b: Uint8Array): number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < 8 * a.length; bit++) {
    const mask = 0x80 >> (bit & 7);
    if ((a[bit >> 3]! & mask) !== (b[bit >> 3]! & mask)) bits.push(bit);
  }
  return bits;
}

describe('a corrupted frame', () => {
  test('differs in exactly the one bit that its fate names, never in the first byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 200 }), fc.nat(), (bytes, seed) => {
        const { bad, departures, device } = bench({ out: { corrupt: 100 } }, seed);
        const before = new Uint8Array(bytes);
        bad.write(bytes);
        const [{ frame, original, fates }] = departures as [(typeof departures)[0]];
        expect(device.written[0]!.frame).toBe(frame);
        expect(original).toBe(bytes);
        expect(bytes).toEqual(before);
        const [bit, ...others] = differingBits(frame, original);
        expect(others).toEqual([]);
        expect(bit).toBeGreaterThanOrEqual(8);
        expect(fates).toEqual([`corrupted (bit ${bit})`]);
        expect(fatesOf(original)).toEqual([]);
        expect(bad.stats.out).toMatchObject({ corrupted: 1, passed: 1 });
      }),
    );
  });

  test('may have any of its other bits flipped, the first and the last included', () => {
    const { bad, departures } = bench({ out: { corrupt: 100 } });
    const hit = new Set<number>();
    for (let count = 0; count < 500; count++) bad.write(new Uint8Array(4));
    for (const { frame, original } of departures) hit.add(differingBits(frame, original)[0]!);
    expect([...hit].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, index) => index + 8));
  });

  test('is passed on whole when it has but one byte', () => {
    const { bad, departures } = bench({ out: { corrupt: 100 } });
    bad.write(Uint8Array.of(0x45));
    expect(departures[0]!.fates).toEqual([]);
    expect(bad.stats.out.corrupted).toBe(0);
  });

  test('is a part of its own memory even where the frame is a view into a larger buffer', () => {
    const { device, bad, arrived } = bench({ in: { corrupt: 100 } });
    const buffer = new Uint8Array(300).fill(0xaa);
    device.frames$.next([buffer.subarray(100, 200)]);
    expect(arrived[0]!.frames[0]!.length).toBe(100);
    expect(buffer).toEqual(new Uint8Array(300).fill(0xaa));
    expect(bad.stats.in.corrupted).toBe(1);
  });
});

describe('a duplicated frame', () => {
  test('goes out twice in a row, the copy marked and in memory of its own', () => {
    const { bad, departures, device } = bench({ out: { duplicate: 100 } });
    const sent = numbered(1);
    bad.write(sent);
    expect(device.written.map(({ frame }) => frame)).toEqual([sent, sent]);
    const [first, second] = departures;
    expect(first).toEqual({ frame: sent, original: sent, fates: [] });
    expect(second!.fates).toEqual(['duplicated']);
    expect(second!.original).toBe(sent);
    expect(second!.frame.buffer).not.toBe(sent.buffer);
    expect(bad.stats.out).toMatchObject({ duplicated: 1, passed: 2 });
  });

  test('that was corrupted first is corrupted twice alike, and both know the original', () => {
    const { bad, departures } = bench({ out: { duplicate: 100, corrupt: 100, reorder: 100 } });
    const sent = numbered(1);
    bad.write(sent);
    bad.set('out', {});
    for (const number of [2, 3, 4]) bad.write(numbered(number));
    const [first, second] = departures.slice(3);
    expect(first!.frame).toEqual(second!.frame);
    expect(first!.original).toBe(sent);
    expect(second!.original).toBe(sent);
    const corrupted = expect.stringMatching(/^corrupted \(bit \d+\)$/);
    expect(first!.fates).toEqual([corrupted, 'reordered']);
    expect(second!.fates).toEqual([corrupted, 'duplicated', 'reordered']);
  });

  test('comes up to the stack in one batch with its copy', () => {
    const setup = bench({ in: { duplicate: 100 } });
    setup.device.frames$.next([numbered(1), numbered(2)]);
    expect(setup.in()).toEqual(['1 1 2 2@0']);
    expect(setup.arrived[0]!.frames.map(fatesOf)).toEqual([[], ['duplicated'], [], ['duplicated']]);
  });
});
