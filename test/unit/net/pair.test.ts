import { describe, expect, test } from 'vitest';
import type { Device, Frame, OffloadedFrame } from '../../../src/net/device.ts';
import { loopback, pair } from '../../../src/net/pair.ts';
import { virtualClock } from '../../../src/sim/virtual-clock.ts';
import {
  encodeTcp,
  NO_OPTIONS,
  parseAddress,
  splitTcp,
  verifiesTcp,
  writeTcp,
} from '../../../src/wire/index.ts';

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

describe('a pair with offload', () => {
  const offloaded = (frame: Frame, segmentSize = 0): OffloadedFrame => ({
    frame,
    segmentSize,
    checksum: 'complete',
  });

  test('hands super-segments over as they are by the second door, and plain frames by the first', () => {
    const { clock, a, b } = linked({ offload: { largest: 9_000 } });
    const second: OffloadedFrame[] = [];
    const first: Frame[] = [];
    b.offload!.frames$.subscribe((frames) => second.push(...frames));
    b.frames$.subscribe((frames) => first.push(...frames));
    const header = { src: parseAddress('198.18.0.1')!, dst: parseAddress('198.18.0.2')! };
    const fields = { srcPort: 1, dstPort: 2, seq: 0, ack: 0, flags: 16, wnd: 0, up: 0, options: NO_OPTIONS };
    const large = encodeTcp(header, { ...fields, text: new Uint8Array(4_000) });
    a.offload!.write(offloaded(large, 1_460));
    a.write(frame(1));
    clock.advance(0);
    expect(second).toEqual([offloaded(large, 1_460), offloaded(frame(1))]);
    expect(first.map(({ length }) => length)).toEqual([1_500, 1_500, 1_120, 1]);
  });

  test('takes nothing above the MTU that is one segment, and nothing above what it advertises', () => {
    const { a } = linked({ offload: { largest: 9_000 } });
    expect(() => a.offload!.write(offloaded(new Uint8Array(1_501)))).toThrow(RangeError);
    expect(() => a.offload!.write(offloaded(new Uint8Array(9_001), 1_460))).toThrow(RangeError);
    expect(a.offload!.write(offloaded(new Uint8Array(1_500)))).toBe(true);
  });

  test('advertises the MTU where it is only for checksums, and never less', () => {
    expect(linked({ offload: {} }).a.offload).toMatchObject({ largest: 1_500, checksums: true });
    expect(linked().a.offload).toBeUndefined();
    expect(() => linked({ offload: { largest: 1_499 } })).toThrow(RangeError);
    expect(() => linked({ offload: { largest: 65_536 } })).toThrow(RangeError);
  });

  test('gives room for a frame of the length that is asked for', () => {
    const { a } = linked({ offload: { largest: 9_000 } });
    expect(a.offload!.room(7_000).length).toBe(7_000);
  });
});

describe('a pair that joins', () => {
  const header = { src: parseAddress('198.18.0.1')!, dst: parseAddress('198.18.0.2')!, dontFragment: true };
  const fields = { srcPort: 1, dstPort: 2, seq: 0, ack: 0, flags: 16, wnd: 0, up: 0, options: NO_OPTIONS };
  const large = encodeTcp(header, { ...fields, text: Uint8Array.from({ length: 4_000 }, (_, at) => at) });
  const written = (checksum: 'complete' | 'partial'): OffloadedFrame => ({
    frame: large.slice(),
    segmentSize: 1_460,
    checksum,
  });

  test('carries frames within the MTU with right checksums, and hands over what was written', () => {
    const { clock, a, b } = linked({ joins: true });
    const first: Frame[] = [];
    const second: OffloadedFrame[] = [];
    b.frames$.subscribe((frames) => first.push(...frames));
    b.offload!.frames$.subscribe((frames) => second.push(...frames));
    a.offload!.write(written('partial'));
    clock.advance(0);
    expect(first.map((each) => Buffer.from(each))).toEqual(
      splitTcp(large, 1_460).map((each) => Buffer.from(each)),
    );
    expect(first.every(verifiesTcp)).toBe(true);
    expect(second).toEqual([expect.objectContaining({ segmentSize: 1_460, checksum: 'verified' })]);
    expect(splitTcp(second[0]!.frame, 1_460)).toEqual(first);
  });

  test('completes the checksum of a frame that needs no cutting', () => {
    const { clock, a, b } = linked({ joins: true });
    const first: Frame[] = [];
    b.frames$.subscribe((frames) => first.push(...frames));
    const small = a.offload!.room(41);
    writeTcp(small, header, { ...fields, text: Uint8Array.of(7) }, 'partial');
    a.offload!.write({ frame: small, segmentSize: 0, checksum: 'partial' });
    clock.advance(0);
    expect(first.map(verifiesTcp)).toEqual([true]);
  });

  test('joins nothing that is damaged: it is left to the stack, which counts it', () => {
    const { clock, a, b } = linked({ joins: true });
    const second: OffloadedFrame[] = [];
    b.offload!.frames$.subscribe((frames) => second.push(...frames));
    const [one, two, three] = splitTcp(large, 1_460) as [Frame, Frame, Frame];
    two[100]! ^= 1;
    for (const each of [one, two, three]) a.write(each);
    clock.advance(0);
    expect(second.map(({ checksum }) => checksum)).toEqual(['complete', 'complete', 'complete']);
  });

  test('computes no checksum where the pair vouches for the bytes, and shows right ones all the same', () => {
    const { clock, a, b } = linked({ joins: true, offload: {} });
    const first: Frame[] = [];
    const second: OffloadedFrame[] = [];
    b.frames$.subscribe((frames) => first.push(...frames));
    b.offload!.frames$.subscribe((frames) => second.push(...frames));
    a.offload!.write(written('partial'));
    clock.advance(0);
    expect(second).toEqual([expect.objectContaining({ segmentSize: 1_460, checksum: 'verified' })]);
    expect(first.map((each) => Buffer.from(each))).toEqual(
      splitTcp(large, 1_460).map((each) => Buffer.from(each)),
    );
  });

  test('has no frames above the MTU: who asks for both is told', () => {
    expect(() => linked({ joins: true, offload: { largest: 9_000 } })).toThrow(/offload\.largest/);
  });
});
