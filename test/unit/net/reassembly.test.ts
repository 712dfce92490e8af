import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reassembly, type ReassemblyLimits } from '../../../src/net/index.ts';
import {
  decodeFragment,
  decodeIp,
  type Fragment,
  fragmentDatagram,
  PROTOCOL,
  writeIpHeader,
} from '../../../src/wire/index.ts';
import { cut } from '../../support/fragments.ts';
import { V4, V6 } from '../wire/frames.ts';

/** A datagram of a protocol that needs no header in the first fragment. */
function datagramOf(version: 4 | 6, length: number, id = 7): Uint8Array {
  const addresses = version === 4 ? V4 : V6;
  const frame = new Uint8Array((version === 4 ? 20 : 40) + length);
  const start = writeIpHeader(frame, { ...addresses, protocol: 200, id, dontFragment: false }, length);
  for (let i = start; i < frame.length; i++) frame[i] = (i * 167 + (i >>> 8)) & 0xff;
  return frame;
}

/** One piece of a datagram. */
function piece(datagram: Uint8Array, from: number, to: number, more: boolean): Fragment {
  return read(cut(datagram, { from, to, more }));
}

const read = (frame: Uint8Array): Fragment => decodeFragment(frame)!;

describe('a datagram', () => {
  /** Lengths between cuts, in units of eight octets; the order in which the pieces come, and which of them twice. */
  const split = fc.record({
    version: fc.constantFrom<4 | 6>(4, 6),
    cuts: fc.array(fc.integer({ min: 1, max: 190 }), { minLength: 1, maxLength: 12 }),
    tail: fc.integer({ min: 1, max: 1_200 }),
    order: fc.infiniteStream(fc.nat()),
    again: fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
  });

  it('is given whole, whatever the split, the order and the duplicates', () => {
    fc.assert(
      fc.property(split, ({ version, cuts, tail, order, again }) => {
        const ends = cuts.map((_, i) => cuts.slice(0, i + 1).reduce((a, b) => a + b, 0) * 8);
        const length = ends.at(-1)! + tail;
        const datagram = datagramOf(version, length);
        const pieces = [0, ...ends].map((from, i) =>
          piece(datagram, from, ends[i] ?? length, i < ends.length),
        );
        const arrivals = pieces.flatMap((fragment) =>
          Array.from({ length: again.next().value === 0 ? 2 : 1 }, () => ({
            fragment,
            at: order.next().value as number,
          })),
        );
        arrivals.sort((a, b) => a.at - b.at);
        const reassembly = new Reassembly();
        const seen = new Set<Fragment>();
        let whole: Uint8Array | undefined;
        for (const { fragment } of arrivals) {
          if (whole) break;
          const result = reassembly.arrive(fragment, 0);
          const expected = seen.has(fragment)
            ? 'dropped'
            : seen.size === pieces.length - 1
              ? 'whole'
              : 'held';
          expect(result.kind).toBe(expected);
          seen.add(fragment);
          if (result.kind === 'whole') whole = result.datagram;
        }
        expect(whole).toEqual(datagram);
        expect(reassembly.size).toBe(0);
        expect(reassembly.bytes).toBe(0);
      }),
    );
  });

  it('comes back from the frames that it was cut into, at any MTU', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<4 | 6>(4, 6),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 68, max: 2_000 }),
        (version, length, mtu) => {
          const datagram = datagramOf(version, length);
          const frames = fragmentDatagram(datagram, mtu, 0x1234_5678);
          for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(mtu);
          if (datagram.length <= mtu) {
            expect(frames).toEqual([datagram]);
            return;
          }
          expect(frames.length).toBeGreaterThan(1);
          const reassembly = new Reassembly({ fragments: 10_000 });
          const results = frames.map((frame) => reassembly.arrive(read(frame), 0));
          expect(results.at(-1)).toEqual({ kind: 'whole', datagram });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not mixed with one of another number, protocol, source or version', () => {
    const reassembly = new Reassembly();
    const [one, other] = [datagramOf(4, 16, 1), datagramOf(4, 16, 2)];
    const icmp = datagramOf(4, 16, 1);
    icmp[9] = 1;
    const swapped = piece(one, 0, 8, true);
    const { src, dst } = swapped.packet;
    reassembly.arrive(piece(one, 0, 8, true), 0);
    reassembly.arrive({ ...swapped, packet: { ...swapped.packet, src: dst, dst: src } }, 0);
    reassembly.arrive(piece(icmp, 0, 8, true), 0);
    expect(reassembly.size).toBe(3);
    expect(reassembly.arrive(piece(other, 8, 16, false), 0).kind).toBe('held');
    expect(reassembly.arrive(piece(one, 8, 16, false), 0)).toEqual({ kind: 'whole', datagram: one });
  });

  it('of IPv6 has its protocol from the first fragment, whatever the others say', () => {
    const datagram = datagramOf(6, 16);
    const reassembly = new Reassembly();
    const last = piece(datagram, 8, 16, false);
    reassembly.arrive({ ...last, packet: { ...last.packet, protocol: PROTOCOL.tcp } }, 0);
    expect(reassembly.arrive(piece(datagram, 0, 8, true), 0)).toEqual({ kind: 'whole', datagram });
  });

  it('R3168-8: has the mark of congestion that any of its fragments has', () => {
    for (const version of [4, 6] as const) {
      const datagram = datagramOf(version, 24);
      for (const marked of [0, 1, 2]) {
        const reassembly = new Reassembly();
        const results = [0, 8, 16].map((from, i) => {
          const fragment = piece(datagram, from, from + 8, i < 2);
          const { packet } = fragment;
          // The octets of the header say so as well, as they would on a wire.
          const bytes = packet.bytes.slice();
          bytes[1]! |= (i === marked ? 3 : 2) << (version === 4 ? 0 : 4);
          return reassembly.arrive(
            { ...fragment, packet: { ...packet, bytes, trafficClass: i === marked ? 3 : 2 } },
            0,
          );
        });
        const whole = results.at(-1)!;
        expect(whole.kind === 'whole' && decodeIp(whole.datagram)).toMatchObject({ trafficClass: 3 });
      }
    }
  });
});

describe('a hostile fragment', () => {
  const datagram = datagramOf(4, 64);

  it.each([
    ['begins within another', [0, 16], [8, 24]],
    ['ends within another', [16, 32], [8, 24]],
    ['holds another', [16, 24], [8, 40]],
    ['lies within another', [8, 40], [16, 24]],
  ] as const)(
    'that %s ends the datagram, what comes later of it included',
    (_, [from, end], [from2, end2]) => {
      for (const version of [4, 6] as const) {
        const whole = datagramOf(version, 64);
        const reassembly = new Reassembly();
        expect(reassembly.arrive(piece(whole, from, end, true), 0).kind).toBe('held');
        const dropped = { kind: 'dropped', reason: 'ip.fragment-overlap' };
        expect(reassembly.arrive(piece(whole, from2, end2, true), 0)).toEqual(dropped);
        for (const [a, b] of [
          [0, 8],
          [8, 56],
          [56, 64],
        ] as const)
          expect(reassembly.arrive(piece(whole, a, b, b < 64), 1)).toEqual(dropped);
        // It is gone in silence, and its name is free again after its time.
        expect(reassembly.expire(60_000)).toEqual([]);
        expect(reassembly.size).toBe(0);
        expect(reassembly.arrive(piece(whole, 0, 8, true), 60_000).kind).toBe('held');
      }
    },
  );

  it('that repeats others’ octets with other ones is no duplicate', () => {
    const reassembly = new Reassembly();
    const honest = piece(datagram, 0, 16, true);
    reassembly.arrive(honest, 0);
    expect(reassembly.arrive(honest, 0)).toEqual({ kind: 'dropped', reason: 'ip.fragment-duplicate' });
    const bytes = honest.packet.bytes.slice();
    bytes[25]! ^= 1;
    const forged = { ...honest, packet: { ...honest.packet, bytes } };
    expect(reassembly.arrive(forged, 0)).toEqual({ kind: 'dropped', reason: 'ip.fragment-overlap' });
  });

  it.each([
    ['a second end', [56, 64, false], [24, 32, false]],
    ['an end before what is here', [24, 32, true], [8, 16, false]],
    ['more behind the end', [24, 32, false], [40, 48, true]],
    ['more at the very end', [24, 32, false], [32, 40, true]],
    ['the end again, as if more came', [24, 32, false], [24, 32, true]],
  ] as const)('that tells of %s ends the datagram', (_, one, other) => {
    const reassembly = new Reassembly();
    expect(reassembly.arrive(piece(datagram, one[0], one[1], one[2]), 0).kind).toBe('held');
    const result = reassembly.arrive(piece(datagram, other[0], other[1], other[2]), 0);
    expect(result).toEqual({ kind: 'dropped', reason: 'ip.fragment-overlap' });
  });

  it('of a length that is no multiple of eight is dropped unless it is the last, and one of nothing always', () => {
    for (const version of [4, 6] as const) {
      const whole = datagramOf(version, 64);
      const reassembly = new Reassembly();
      const problem = version === 6 ? { problem: { code: 0, pointer: 4 } } : {};
      expect(reassembly.arrive(piece(whole, 8, 15, true), 0)).toEqual({
        kind: 'dropped',
        reason: 'ip.fragment-length',
        ...problem,
      });
      for (const more of [true, false])
        expect(reassembly.arrive(piece(whole, 8, 8, more), 0)).toMatchObject({
          reason: 'ip.fragment-length',
        });
      expect(reassembly.size).toBe(0);
      expect(reassembly.arrive(piece(whole, 8, 15, false), 0).kind).toBe('held');
    }
  });

  it('may end at 65,535 octets of datagram, and not behind them', () => {
    for (const [version, offset, fits] of [
      [4, 65_512, 3],
      [6, 65_528, 7],
    ] as const) {
      const datagram = datagramOf(version, 8);
      const at = (to: number): Fragment => read(cut(datagram, { from: 0, to, offset, more: false }));
      const reassembly = new Reassembly();
      expect(reassembly.arrive(at(fits), 0).kind).toBe('held');
      expect(reassembly.arrive(at(fits + 1), 0)).toEqual({
        kind: 'dropped',
        reason: 'ip.fragment-too-long',
        ...(version === 6 ? { problem: { code: 0, pointer: 42 } } : {}),
      });
    }
  });

  it('may not be so many that a datagram never ends', () => {
    const reassembly = new Reassembly({ fragments: 3 });
    const whole = datagramOf(4, 80);
    for (const from of [0, 8, 16]) reassembly.arrive(piece(whole, from, from + 8, true), 0);
    const dropped = { kind: 'dropped', reason: 'ip.fragment-too-many' };
    expect(reassembly.arrive(piece(whole, 24, 32, true), 0)).toEqual(dropped);
    expect(reassembly.arrive(piece(whole, 32, 40, true), 0)).toEqual(dropped);
    expect(reassembly.expire(60_000)).toEqual([]);
  });
});

describe('memory', () => {
  const flood = (limits: Partial<ReassemblyLimits>, count: number): Reassembly => {
    const reassembly = new Reassembly(limits);
    for (let id = 1; id <= count; id++)
      reassembly.arrive(piece(datagramOf(4, 1_024, id), 0, 1_000, true), id);
    return reassembly;
  };

  it('is bounded by the number of datagrams: the oldest makes room for the newest', () => {
    const reassembly = flood({ datagrams: 10 }, 10);
    expect(reassembly.size).toBe(10);
    expect(reassembly.arrive(piece(datagramOf(4, 64, 11), 0, 8, true), 11)).toMatchObject({ evicted: 1 });
    expect(reassembly.size).toBe(10);
    expect(reassembly.arrive(piece(datagramOf(4, 1_024, 2), 1_000, 1_024, false), 12).kind).toBe('whole');
    expect(reassembly.arrive(piece(datagramOf(4, 1_024, 1), 1_000, 1_024, false), 12).kind).toBe('held');
  });

  it('is bounded in bytes, tiny fragments counted as what they cost', () => {
    const reassembly = flood({ bytes: 20_000 }, 500);
    expect(reassembly.bytes).toBeLessThanOrEqual(20_000);
    expect(reassembly.size).toBeGreaterThan(5);
    const tiny = new Reassembly({ bytes: 20_000 });
    for (let id = 1; id <= 500; id++) tiny.arrive(piece(datagramOf(4, 64, id), 0, 8, true), 0);
    expect(tiny.bytes).toBeLessThanOrEqual(20_000);
    expect(tiny.size).toBeLessThan(50);
  });

  it('is bounded by default under a flood of fragments that are never completed', () => {
    const reassembly = new Reassembly();
    const first = piece(datagramOf(4, 1_480), 0, 1_472, true);
    for (let id = 0; id < 20_000; id++) reassembly.arrive({ ...first, id }, id / 1_000);
    expect(reassembly.size).toBeLessThanOrEqual(256);
    expect(reassembly.bytes).toBeLessThanOrEqual(1_048_576);
    // And an honest datagram gets through meanwhile.
    const datagram = datagramOf(6, 3_000);
    const results = fragmentDatagram(datagram, 1_280, 5).map((frame) => reassembly.arrive(read(frame), 20));
    expect(results.at(-1)).toEqual({ kind: 'whole', datagram });
  });

  it('is let go after the lifetime, and those with a first fragment are told', () => {
    const reassembly = new Reassembly();
    expect(reassembly.dueMs).toBeUndefined();
    const one = piece(datagramOf(4, 64, 1), 0, 8, true);
    reassembly.arrive(one, 100);
    reassembly.arrive(piece(datagramOf(4, 64, 2), 8, 16, true), 200);
    // What comes later does not put it off.
    reassembly.arrive(piece(datagramOf(4, 64, 1), 8, 16, true), 50_000);
    expect(reassembly.dueMs).toBe(60_100);
    expect(reassembly.expire(60_099)).toEqual([]);
    expect(reassembly.expire(60_100)).toEqual([one]);
    expect(reassembly.dueMs).toBe(60_200);
    expect(reassembly.expire(60_200)).toEqual([undefined]);
    expect([reassembly.size, reassembly.bytes, reassembly.dueMs]).toEqual([0, 0, undefined]);
  });
});
