import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksum,
  decodeIp,
  ipHeaderLength,
  MALFORMED,
  PROTOCOL,
  writeIpHeader,
} from '../../../src/wire/index.ts';
import { flipBit, ipHeader, text } from './arbitraries.ts';
import { CAPTURED, frameOf, hex, packetOf, V4, V6 } from './frames.ts';

/** Puts the header's checksum right after a change to the header. */
function repaired(frame: Uint8Array): Uint8Array {
  const headerLength = (frame[0]! & 15) * 4;
  frame.fill(0, 10, 12);
  new DataView(frame.buffer, frame.byteOffset).setUint16(10, checksum(frame, 0, headerLength));
  return frame;
}

function changed(at: number, ...bytes: number[]): Uint8Array {
  const frame = CAPTURED.synV4.slice();
  frame.set(bytes, at);
  return repaired(frame);
}

describe('an IPv4 packet', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(ipHeader(4), fc.nat(255), text, (header, protocol, payload) => {
        const frame = new Uint8Array(20 + payload.length);
        const start = writeIpHeader(frame, { ...header, protocol }, payload.length);
        frame.set(payload, start);
        const expected = {
          kind: 'ip',
          version: 4,
          ...header,
          protocol,
          bytes: frame,
          start: 20,
          end: frame.length,
        };
        expect(decodeIp(frame)).toEqual(expected);
      }),
    );
  });

  it('that Linux sent is read field by field', () => {
    expect(decodeIp(CAPTURED.synV4)).toEqual({
      kind: 'ip',
      version: 4,
      ...V4,
      protocol: PROTOCOL.tcp,
      trafficClass: 0,
      hopLimit: 64,
      flowLabel: 0,
      id: 0x05c5,
      dontFragment: true,
      bytes: CAPTURED.synV4,
      start: 20,
      end: 60,
    });
  });

  it('is written with hop limit 64, no id and no fragmentation unless told otherwise', () => {
    const { hopLimit, id, dontFragment, trafficClass } = packetOf(frameOf(V4, PROTOCOL.udp, hex('01')));
    expect({ hopLimit, id, dontFragment, trafficClass }).toEqual({
      hopLimit: 64,
      id: 0,
      dontFragment: true,
      trafficClass: 0,
    });
  });

  it('ends where its total length says, whatever the link padded', () => {
    const padded = new Uint8Array(80);
    padded.set(CAPTURED.synV4);
    expect(packetOf(padded)).toMatchObject({ start: 20, end: 60 });
  });

  it('has its options skipped (MUST-50)', () => {
    const frame = new Uint8Array(24 + 40);
    frame.set(CAPTURED.synV4.subarray(0, 20));
    frame.set(hex('94040000'), 20);
    frame.set(CAPTURED.synV4.subarray(20), 24);
    frame[0] = 0x46;
    frame[3] = frame.length;
    expect(packetOf(repaired(frame))).toMatchObject({ start: 24, end: 64, protocol: PROTOCOL.tcp });
  });

  it('may have no payload at all', () => {
    expect(packetOf(frameOf(V4, PROTOCOL.tcp, new Uint8Array(0)))).toMatchObject({ start: 20, end: 20 });
  });

  it('is refused if one bit of its header is wrong', () => {
    // In the first byte version and header length are wrong before the checksum can be.
    for (let bit = 0; bit < 8; bit++) {
      expect(decodeIp(flipBit(CAPTURED.synV4, bit))).toMatchObject({ kind: 'malformed' });
    }
    for (let bit = 8; bit < 160; bit++) {
      expect(decodeIp(flipBit(CAPTURED.synV4, bit))).toBe(MALFORMED['ipv4.checksum']);
    }
  });

  it.each([
    ['is empty', new Uint8Array(0), 'empty'],
    ['is of version 5', hex('55'), 'ip.version'],
    ['is of version 0', new Uint8Array(40), 'ip.version'],
    ['ends in its header', CAPTURED.synV4.subarray(0, 19), 'ipv4.truncated'],
    ['says that its header is of 16 bytes', changed(0, 0x44), 'ipv4.header-length'],
    ['ends in its options', Uint8Array.of(0x4f, ...CAPTURED.synV4.subarray(1, 59)), 'ipv4.truncated'],
    ['is shorter than its total length', CAPTURED.synV4.subarray(0, 59), 'ipv4.truncated'],
    ['says that it ends in its header', changed(2, 0, 19), 'ipv4.total-length'],
    ['is a first fragment', changed(6, 0x20, 0x00), 'ipv4.fragment'],
    ['is a last fragment', changed(6, 0x00, 0x01), 'ipv4.fragment'],
    ['is a middle fragment that must not be fragmented', changed(6, 0x7f, 0xff), 'ipv4.fragment'],
  ] as const)('is refused if it %s', (_, frame, reason) => {
    expect(decodeIp(frame)).toBe(MALFORMED[reason]);
  });
});

describe('writeIpHeader', () => {
  const room = new Uint8Array(70_000);

  it('says where the payload begins', () => {
    expect(writeIpHeader(room, { ...V4, protocol: 6 }, 0)).toBe(20);
    expect(writeIpHeader(room, { ...V6, protocol: 6 }, 0)).toBe(40);
    expect([ipHeaderLength(4), ipHeaderLength(6)]).toEqual([20, 40]);
  });

  it('takes the longest payload that the length field can say, and not one byte more', () => {
    expect(writeIpHeader(room, { ...V4, protocol: 6 }, 65_515)).toBe(20);
    expect(() => writeIpHeader(room, { ...V4, protocol: 6 }, 65_516)).toThrow(RangeError);
    expect(writeIpHeader(room, { ...V6, protocol: 6 }, 65_535)).toBe(40);
    expect(() => writeIpHeader(room, { ...V6, protocol: 6 }, 65_536)).toThrow(RangeError);
  });

  it('throws if the frame has no room', () => {
    expect(() => writeIpHeader(new Uint8Array(29), { ...V4, protocol: 6 }, 10)).toThrow(
      /29 bytes has no room/,
    );
  });

  it('throws if the addresses are of two versions', () => {
    expect(() => writeIpHeader(room, { src: V4.src, dst: V6.dst, protocol: 6 }, 0)).toThrow(TypeError);
  });
});
