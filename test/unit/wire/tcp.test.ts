import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksum,
  decodeTcp,
  describeFlags,
  encodeTcp,
  FLAG,
  MALFORMED,
  NO_BYTES,
  NO_OPTIONS,
  PROTOCOL,
  pseudoHeaderSum,
} from '../../../src/wire/index.ts';
import { anyIpHeader, flipBit, tcpSegment, version } from './arbitraries.ts';
import { CAPTURED, frameOf, hex, packetOf, V4, V6 } from './frames.ts';

const SYN = {
  srcPort: 40_464,
  dstPort: 80,
  seq: 0x312d_de8f,
  ack: 0,
  flags: FLAG.SYN,
  wnd: 64_240,
  up: 0,
  options: {
    ...NO_OPTIONS,
    mss: 1460,
    windowScale: 10,
    sackPermitted: true,
    timestamps: { value: 0x184d_63fb, echo: 0 },
  },
  text: NO_BYTES,
};

/** A frame that carries these bytes as a TCP segment, its checksum put right. */
function frameOfSegment(bytes: Uint8Array): Uint8Array {
  const segment = bytes.slice();
  segment.fill(0, 16, 18);
  const sum = pseudoHeaderSum(V4.src, V4.dst, PROTOCOL.tcp, segment.length);
  new DataView(segment.buffer).setUint16(16, checksum(segment, 0, segment.length, sum));
  return frameOf(V4, PROTOCOL.tcp, segment);
}

describe('a TCP segment', () => {
  it('is read back as it was written, over both versions of IP', () => {
    fc.assert(
      fc.property(anyIpHeader, tcpSegment, (header, segment) => {
        const packet = packetOf(encodeTcp(header, segment));
        expect(packet).toMatchObject(header);
        expect(decodeTcp(packet)).toEqual({ kind: 'tcp', ...segment });
      }),
      { numRuns: 500 },
    );
  });

  it('that Linux sent over IPv4 is read, and written again byte for byte', () => {
    expect(decodeTcp(packetOf(CAPTURED.synV4))).toEqual({ kind: 'tcp', ...SYN });
    expect(encodeTcp({ ...V4, id: 0x05c5 }, SYN)).toEqual(CAPTURED.synV4);
  });

  it('that Linux sent over IPv6 is read, and written again byte for byte', () => {
    const segment = {
      ...SYN,
      srcPort: 33_650,
      seq: 0x2958_4b0d,
      wnd: 64_800,
      options: { ...SYN.options, mss: 1440, timestamps: { value: 0x8312_1728, echo: 0 } },
    };
    expect(decodeTcp(packetOf(CAPTURED.synV6))).toEqual({ kind: 'tcp', ...segment });
    expect(encodeTcp({ ...V6, flowLabel: 0x91c9b }, segment)).toEqual(CAPTURED.synV6);
  });

  it('is refused if any one bit of it is wrong', () => {
    fc.assert(
      fc.property(anyIpHeader, tcpSegment, fc.nat(), (header, segment, at) => {
        const frame = encodeTcp(header, segment);
        const { start } = packetOf(frame);
        const bit = start * 8 + (at % ((frame.length - start) * 8));
        expect(decodeTcp(packetOf(flipBit(frame, bit)))).toBe(MALFORMED['tcp.checksum']);
      }),
      { numRuns: 500 },
    );
  });

  it('is refused if it is not meant for these addresses', () => {
    const packet = packetOf(CAPTURED.synV4);
    expect(decodeTcp({ ...packet, dst: V6.dst })).toBe(MALFORMED['tcp.checksum']);
    expect(decodeTcp({ ...packet, end: packet.end - 2 })).toBe(MALFORMED['tcp.checksum']);
  });

  it('has a right checksum with text of every odd and even length', () => {
    const bytes = Uint8Array.from({ length: 600 }, (_, i) => 255 - (i % 251));
    const read = Array.from({ length: 601 }, (_, length) => {
      const segment = decodeTcp(packetOf(encodeTcp(V4, { ...SYN, text: bytes.subarray(0, length) })));
      return segment.kind === 'tcp' ? segment.text.length : segment.reason;
    });
    expect(read).toEqual([...read.keys()]);
  });

  it('need not have a right checksum where the link vouches for it', () => {
    const damaged = flipBit(CAPTURED.synV4, 8 * 36);
    expect(decodeTcp(packetOf(damaged), false)).toMatchObject({ kind: 'tcp', dstPort: 80 });
    expect(decodeTcp(packetOf(damaged), true)).toBe(MALFORMED['tcp.checksum']);
  });

  it('does not take the padding of the link for text', () => {
    const padded = new Uint8Array(64).fill(0xee);
    padded.set(encodeTcp(V4, { ...SYN, text: hex('abcdef') }).subarray(0, 63));
    expect(decodeTcp(packetOf(padded))).toMatchObject({ text: hex('abcdef') });
  });

  it('shows its text without a copy', () => {
    const frame = encodeTcp(V4, { ...SYN, text: hex('0102') });
    const segment = decodeTcp(packetOf(frame));
    expect(segment).toMatchObject({ kind: 'tcp' });
    if (segment.kind === 'tcp') expect(segment.text.buffer).toBe(frame.buffer);
  });

  it('is written from a copy of its text', () => {
    const text = hex('0102');
    const frame = encodeTcp(V4, { ...SYN, text });
    text.fill(0xff);
    expect(decodeTcp(packetOf(frame))).toMatchObject({ text: hex('0102') });
  });

  it('is written with reserved bits of zero, and read whatever they are', () => {
    const frame = encodeTcp(V4, { ...SYN, flags: 0xffff });
    expect(frame[32]! & 0x0e).toBe(0);
    const reserved = CAPTURED.synV4.slice(20);
    reserved[12]! |= 0x0e;
    expect(decodeTcp(packetOf(frameOfSegment(reserved)))).toEqual({ kind: 'tcp', ...SYN });
  });

  it.each([
    ['is empty', frameOf(V4, PROTOCOL.tcp, NO_BYTES), 'tcp.truncated'],
    ['is of 19 bytes', frameOf(V4, PROTOCOL.tcp, new Uint8Array(19)), 'tcp.truncated'],
    [
      'says that its header is of 16 bytes',
      frameOfSegment(hex(`${'00'.repeat(12)}4002${'00'.repeat(6)}`)),
      'tcp.data-offset',
    ],
    [
      'says that its header ends behind it',
      frameOfSegment(hex(`${'00'.repeat(12)}6002${'00'.repeat(6)}`)),
      'tcp.data-offset',
    ],
    [
      'has an option of length 0',
      frameOfSegment(hex(`${'00'.repeat(12)}6002${'00'.repeat(6)}08000000`)),
      'tcp.option-length',
    ],
  ] as const)('is refused if it %s', (_, frame, reason) => {
    expect(decodeTcp(packetOf(frame))).toBe(MALFORMED[reason]);
  });

  it('may be a bare header of 20 bytes', () => {
    const bare = frameOfSegment(hex(`${'00'.repeat(12)}5010${'00'.repeat(6)}`));
    expect(decodeTcp(packetOf(bare))).toMatchObject({ flags: FLAG.ACK, options: NO_OPTIONS, text: NO_BYTES });
  });

  it('throws when it is written longer than IP can carry', () => {
    const longest = new Uint8Array(65_515 - 20);
    const segment = { ...SYN, options: NO_OPTIONS };
    expect(packetOf(encodeTcp(V4, { ...segment, text: longest })).end).toBe(65_535);
    expect(() => encodeTcp(V4, { ...segment, text: new Uint8Array(longest.length + 1) })).toThrow(RangeError);
  });

  it('is the same over both versions but for addresses and checksum', () => {
    fc.assert(
      fc.property(version, tcpSegment, (v, segment) => {
        const frame = encodeTcp(v === 4 ? V4 : V6, segment).slice(v === 4 ? 20 : 40);
        const other = encodeTcp(v === 4 ? V6 : V4, segment).slice(v === 4 ? 40 : 20);
        frame.fill(0, 16, 18);
        other.fill(0, 16, 18);
        expect(frame).toEqual(other);
      }),
    );
  });
});

describe('describeFlags', () => {
  it.each([
    [FLAG.SYN, 'SYN'],
    [FLAG.SYN | FLAG.ACK, 'SYN,ACK'],
    [FLAG.FIN | FLAG.ACK, 'FIN,ACK'],
    [FLAG.RST | FLAG.ACK, 'RST,ACK'],
    [FLAG.PSH | FLAG.URG | FLAG.ACK, 'PSH,URG,ACK'],
    [0x1ff, 'SYN,FIN,RST,PSH,URG,ECE,CWR,AE,ACK'],
    [0, 'none'],
  ])('spells %d as %s', (flags, names) => {
    expect(describeFlags(flags)).toBe(names);
  });
});
