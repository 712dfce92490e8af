import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeIp,
  decodeTcp,
  encodeTcp,
  FLAG,
  joinTcp,
  NO_OPTIONS,
  splitTcp,
  type TcpSegment,
  tcpFrameLength,
  writeTcp,
} from '../../../src/wire/index.ts';
import { anyIpHeader, tcpOptions } from './arbitraries.ts';
import { packetOf, V4, V6 } from './frames.ts';

const flags = fc
  .subarray([FLAG.FIN, FLAG.PSH, FLAG.ECE, FLAG.CWR, FLAG.AE])
  .map((some) => some.reduce<number>((sum, flag) => sum | flag, FLAG.ACK));

/** A segment of ACK and text, without urgent octets: what is cut up and joined. */
const superSegment: fc.Arbitrary<Omit<TcpSegment, 'kind'>> = fc.record({
  srcPort: fc.nat(0xffff),
  dstPort: fc.nat(0xffff),
  // Often just below the end of the sequence space.
  seq: fc.oneof(fc.nat(0xffff_ffff), fc.integer({ min: 0xffff_ff00, max: 0xffff_ffff })),
  ack: fc.nat(0xffff_ffff),
  flags,
  wnd: fc.nat(0xffff),
  up: fc.constant(0),
  options: tcpOptions,
  text: fc.uint8Array({ minLength: 1, maxLength: 300, size: 'max' }),
});

/** As a sender hands it to a device that cuts segments and completes checksums. */
function partial(header: Parameters<typeof encodeTcp>[0], segment: Omit<TcpSegment, 'kind'>): Uint8Array {
  const frame = new Uint8Array(tcpFrameLength(header, segment));
  writeTcp(frame, header, segment, 'partial');
  return frame;
}

/** Decoded with both checksums verified: a wrong one throws. */
function decoded(frame: Uint8Array): TcpSegment {
  const packet = decodeIp(frame);
  if (packet.kind !== 'ip') throw new Error(packet.reason);
  expect(packet.end).toBe(frame.length);
  const segment = decodeTcp(packet);
  if (segment.kind !== 'tcp') throw new Error(segment.reason);
  return segment;
}

const SEGMENT = {
  srcPort: 1,
  dstPort: 2,
  seq: 1_000,
  ack: 7,
  flags: FLAG.ACK,
  wnd: 500,
  up: 0,
  options: { ...NO_OPTIONS, timestamps: { value: 5, echo: 6 } },
  text: Uint8Array.from({ length: 25 }, (_, index) => index),
};

describe('a super-segment', () => {
  it('that is cut up and joined again is the same, byte for byte', () => {
    fc.assert(
      fc.property(anyIpHeader, superSegment, fc.integer({ min: 1, max: 320 }), (header, segment, size) => {
        const frame = partial(header, segment);
        const frames = splitTcp(frame, size);
        const joined = joinTcp(frames);
        expect(joined?.frame).toEqual(frame);
        expect(joined?.segmentSize).toBe(Math.min(size, segment.text.length));
      }),
      { numRuns: 500 },
    );
  });

  it('becomes frames with right checksums, of the size that is asked for, and with the same octets in order', () => {
    fc.assert(
      fc.property(anyIpHeader, superSegment, fc.integer({ min: 1, max: 320 }), (header, segment, size) => {
        const frames = splitTcp(partial(header, segment), size);
        const segments = frames.map(decoded);
        expect(frames).toHaveLength(Math.ceil(segment.text.length / size));
        expect(segments.slice(0, -1).every(({ text }) => text.length === size)).toBe(true);
        expect(Buffer.concat(segments.map(({ text }) => text))).toEqual(Buffer.from(segment.text));
        segments.forEach((each, index) => {
          expect(each.seq).toBe((segment.seq + index * size) % 2 ** 32);
          expect(each.options).toEqual(segment.options);
          expect([each.ack, each.wnd, each.srcPort, each.dstPort]).toEqual([
            segment.ack,
            segment.wnd,
            segment.srcPort,
            segment.dstPort,
          ]);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('has its FIN and PSH on the last segment and its CWR on the first, ECE and AE on all', () => {
    const all = FLAG.ACK | FLAG.FIN | FLAG.PSH | FLAG.CWR | FLAG.ECE | FLAG.AE;
    const segments = splitTcp(partial(V4, { ...SEGMENT, flags: all }), 10).map(decoded);
    const common = FLAG.ACK | FLAG.ECE | FLAG.AE;
    expect(segments.map((segment) => segment.flags)).toEqual([
      common | FLAG.CWR,
      common,
      common | FLAG.FIN | FLAG.PSH,
    ]);
  });

  it('counts IPv4 identifications up, beyond 65,535 too, and keeps the timestamps of each segment', () => {
    const packets = splitTcp(partial({ ...V4, id: 65_535, dontFragment: false }, SEGMENT), 10).map(packetOf);
    expect(packets.map(({ id }) => id)).toEqual([65_535, 0, 1]);
    expect(packets.every(({ dontFragment }) => !dontFragment)).toBe(true);
    const segments = splitTcp(partial(V6, SEGMENT), 10).map(decoded);
    expect(segments.map(({ options }) => options.timestamps)).toEqual(
      Array.from({ length: 3 }, () => ({ value: 5, echo: 6 })),
    );
  });

  it('points at the same urgent octet from each segment before it, and from none behind', () => {
    const urgent = { ...SEGMENT, flags: FLAG.ACK | FLAG.URG, up: 12 };
    const segments = splitTcp(partial(V4, urgent), 10).map(decoded);
    expect(segments.map(({ flags, up }) => [(flags & FLAG.URG) !== 0, up])).toEqual([
      [true, 12],
      [true, 2],
      [false, 0],
    ]);
  });

  it('of no more text than one segment only gets its checksum', () => {
    for (const header of [V4, V6])
      expect(splitTcp(partial(header, SEGMENT), 25)).toEqual([encodeTcp(header, SEGMENT)]);
    const ack = { ...SEGMENT, text: new Uint8Array(0) };
    expect(splitTcp(partial(V4, ack), 1_460)).toEqual([encodeTcp(V4, ack)]);
  });

  it('is left alone where it is none: not TCP, or no packet at all', () => {
    const udp = encodeTcp(V4, SEGMENT);
    udp[9] = 17;
    for (const frame of [udp, new Uint8Array(0), Uint8Array.of(0x45, 1, 2)])
      expect(splitTcp(frame, 10)[0]).toBe(frame);
  });
});

describe('segments', () => {
  const cut = (): Uint8Array[] => splitTcp(partial(V4, SEGMENT), 10);
  const changed = (index: number, change: Partial<TcpSegment>, header: object = {}): Uint8Array[] => {
    const frames = cut();
    const segment = decoded(frames[index]!);
    const packet = packetOf(frames[index]!);
    frames[index] = encodeTcp({ ...V4, id: packet.id, ...header }, { ...segment, ...change });
    return frames;
  };

  it('are joined as they are', () => {
    expect(joinTcp(changed(1, {}))).toBeDefined();
  });

  it.each([
    ['a hole', changed(1, { seq: 1_011 })],
    ['another ACK', changed(1, { ack: 8 })],
    ['another window', changed(2, { wnd: 501 })],
    ['another timestamp', changed(1, { options: { ...NO_OPTIONS, timestamps: { value: 6, echo: 6 } } })],
    ['no timestamp', changed(1, { options: NO_OPTIONS })],
    ['a PSH in the middle', changed(1, { flags: FLAG.ACK | FLAG.PSH })],
    ['a FIN in the middle', changed(1, { flags: FLAG.ACK | FLAG.FIN })],
    ['a CWR behind the first', changed(1, { flags: FLAG.ACK | FLAG.CWR })],
    ['a RST', changed(2, { flags: FLAG.ACK | FLAG.RST })],
    ['urgent octets', changed(0, { flags: FLAG.ACK | FLAG.URG, up: 1 })],
    ['a longer last one', changed(2, { text: new Uint8Array(11) })],
    ['a shorter one in the middle', changed(1, { text: new Uint8Array(9) })],
    ['another port', changed(1, { srcPort: 9 })],
    ['another host', changed(1, {}, { src: V4.dst })],
    ['another traffic class', changed(1, {}, { trafficClass: 3 })],
    ['another hop limit', changed(2, {}, { hopLimit: 9 })],
    ['another identification', changed(1, {}, { id: 77 })],
  ])('are not joined with %s among them', (_, frames) => {
    expect(joinTcp(frames)).toBeUndefined();
  });

  it('are not joined to more than an IP header can say', () => {
    const text = new Uint8Array(33_000);
    const two = [0, 1].map((index) =>
      encodeTcp({ ...V4, id: index }, { ...SEGMENT, seq: 1_000 + index * 33_000, text }),
    );
    expect(joinTcp(two)).toBeUndefined();
    expect(joinTcp([])).toBeUndefined();
  });
});
