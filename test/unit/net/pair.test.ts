import { describe, expect, test } from 'vitest';
import type { Device, Frame } from '../../../src/net/device.ts';
import { loopback, pair } from '../../../src/net/pair.ts';
import { virtualClock } from '../../../src/sim/virtual-clock.ts';

const frame = (...bytes: number[]): Frame => Uint8Array.from(bytes);

/** Batches as they arrive: the time, then the first byte of each frame. */
function arrivals(device: Device, now: () => number): string[] {
  const log: string[] = [];
  device.frames$.subscribe((frames) => log.push(`${now()}: ${frames.map((each) => each[0]).join(' ')}`));
  return log;
}

function linked(options: Parameters<typeof pair>[1] = {}) {
  const clock = virtualClock();
  const [a, b] = pair(clock, options);
  return { clock, a, b, atA: arrivals(a, clock.now.bind(clock)), atB: arrivals(b, clock.now.bind(clock)) };
}

describe('a pair', () => {
  test('has an MTU of 1,500 and the names a and b, or what it is given', () => {
    const { a, b } = linked();
    expect([a.name, b.name, a.mtu, b.mtu]).toEqual(['a', 'b', 1_500, 1_500]);
    const named = linked({ mtu: 9_000, names: ['client', 'server'] });
    expect([named.a.name, named.b.name, named.a.mtu]).toEqual(['client', 'server', 9_000]);
  });

  test('hands over the very frame, in both directions', () => {
    const { clock, a, b } = linked();
    const sent = frame(1, 2, 3);
    const received: Frame[] = [];
    b.frames$.subscribe((frames) => received.push(...frames));
    a.write(sent);
    clock.advance(0);
    expect(received[0]).toBe(sent);
  });

  test('delivers what was written at one instant as one batch, in order, and never inside write', () => {
    const { clock, a, b, atA, atB } = linked();
    for (const number of [1, 2, 3]) expect(a.write(frame(number))).toBe(true);
    b.write(frame(9));
    expect(atB).toEqual([]);
    clock.advance(0);
    expect(atB).toEqual(['0: 1 2 3']);
    expect(atA).toEqual(['0: 9']);
  });

  test('delivers answers written while a frame arrives in a step of their own', () => {
    const { clock, a, b, atA, atB } = linked();
    let depth = 0;
    b.frames$.subscribe(([first]) => {
      depth++;
      expect(depth).toBe(1);
      if (first![0]! < 3) b.write(frame(first![0]!));
      depth--;
    });
    a.frames$.subscribe(([first]) => a.write(frame(first![0]! + 1)));
    a.write(frame(1));
    clock.advance(0);
    expect(atB).toEqual(['0: 1', '0: 2', '0: 3']);
    expect(atA).toEqual(['0: 1', '0: 2']);
  });

  test('delivers after the delay exactly', () => {
    const { clock, a, atB } = linked({ delayMs: 10 });
    a.write(frame(1));
    clock.advance(4);
    a.write(frame(2));
    clock.advance(5.999);
    expect(atB).toEqual([]);
    clock.advance(10);
    expect(atB).toEqual(['10: 1', '14: 2']);
  });

  test('takes a frame of the MTU and throws at one above it', () => {
    const { clock, a, b } = linked({ mtu: 100 });
    const lengths: number[] = [];
    b.frames$.subscribe((frames) => lengths.push(...frames.map((each) => each.length)));
    a.write(new Uint8Array(100));
    expect(() => a.write(new Uint8Array(101))).toThrow('a: a frame of 101 bytes is above the MTU of 100');
    clock.advance(0);
    expect(lengths).toEqual([100]);
  });

  test('takes any number of frames without a bound, and never reports drained', () => {
    const { clock, a } = linked();
    let drained = 0;
    a.drained$.subscribe(() => drained++);
    for (let count = 0; count < 10_000; count++) expect(a.write(frame(1))).toBe(true);
    clock.advance(0);
    expect(drained).toBe(0);
  });

  test('reports full at its bound, takes the frame all the same, and reports drained once', () => {
    const { clock, a, b, atB } = linked({ queue: 2, delayMs: 5 });
    const drained: number[] = [];
    a.drained$.subscribe(() => drained.push(clock.now()));
    b.drained$.subscribe(() => drained.push(-1));
    expect(a.write(frame(1))).toBe(true);
    clock.advance(1);
    expect(a.write(frame(2))).toBe(false);
    expect(a.write(frame(3))).toBe(false);
    clock.advance(10);
    expect(atB).toEqual(['5: 1', '6: 2 3']);
    expect(drained).toEqual([6]);
    expect(a.write(frame(4))).toBe(true);
  });

  test('lets frames go that arrive where nobody listens', () => {
    const clock = virtualClock();
    const [a, b] = pair(clock);
    a.write(frame(1));
    clock.advance(0);
    const late = arrivals(b, () => clock.now());
    a.write(frame(2));
    clock.advance(0);
    expect(late).toEqual(['0: 2']);
  });

  test('ends the frames of a closed end, which takes and delivers nothing more', () => {
    const { clock, a, b, atA, atB } = linked({ delayMs: 5 });
    let ended = 0;
    a.frames$.subscribe({ complete: () => ended++ });
    b.frames$.subscribe({ complete: () => ended++ });
    a.write(frame(1));
    b.write(frame(2));
    a.close();
    a.close();
    a.write(frame(3));
    clock.advance(10);
    expect(ended).toBe(1);
    expect(atA).toEqual([]);
    expect(atB).toEqual(['5: 1']);
  });

  test('refuses options out of range', () => {
    const clock = virtualClock();
    expect(() => pair(clock, { mtu: 0 })).toThrow(RangeError);
    expect(() => pair(clock, { delayMs: -1 })).toThrow(RangeError);
    expect(() => pair(clock, { delayMs: Number.NaN })).toThrow(RangeError);
    expect(() => pair(clock, { queue: 0 })).toThrow(RangeError);
  });
});

describe('a loopback', () => {
  test('gives its frames back, in a step of the clock', () => {
    const clock = virtualClock();
    const device = loopback(clock, { delayMs: 1 });
    const log = arrivals(device, () => clock.now());
    device.write(frame(1));
    device.write(frame(2));
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(['1: 1 2']);
    expect(device.name).toBe('loopback');
  });
});
