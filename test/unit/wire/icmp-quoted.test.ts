import { describe, expect, it } from 'vitest';
import {
  decodeIcmp,
  decodeQuoted,
  encodeUnreachable,
  type IcmpError,
  MALFORMED,
  PROTOCOL,
} from '../../../src/wire/index.ts';
import { CAPTURED, frameOf, hex, packetOf, V4, V6 } from './frames.ts';

function errorQuoting(version: 4 | 6, quoted: Uint8Array): IcmpError {
  return { kind: 'icmp', version, type: 3, code: 0, what: 'unreachable', mtu: 0, quoted };
}

const SEGMENT_V4 = {
  kind: 'quoted',
  ...V4,
  protocol: PROTOCOL.tcp,
  length: CAPTURED.synV4.length,
  srcPort: 40_464,
  dstPort: 80,
  seq: 0x312d_de8f,
};
const SEGMENT_V6 = {
  kind: 'quoted',
  ...V6,
  protocol: PROTOCOL.tcp,
  length: CAPTURED.synV6.length,
  srcPort: 33_650,
  dstPort: 80,
  seq: 0x2958_4b0d,
};

describe('the packet quoted in an ICMP error', () => {
  it.each([
    [4, CAPTURED.synV4, SEGMENT_V4],
    [6, CAPTURED.synV6, SEGMENT_V6],
  ] as const)('over IPv%d tells whose segment it was', (_, syn, segment) => {
    const message = decodeIcmp(packetOf(encodeUnreachable(packetOf(syn), 0)));
    expect(message).toMatchObject({ kind: 'icmp', what: 'unreachable' });
    expect(decodeQuoted(message as IcmpError)).toEqual(segment);
  });

  it('needs 8 bytes behind the IP header, and not one more', () => {
    expect(decodeQuoted(errorQuoting(4, CAPTURED.synV4.subarray(0, 28)))).toEqual(SEGMENT_V4);
    expect(decodeQuoted(errorQuoting(4, CAPTURED.synV4.subarray(0, 27)))).toBe(MALFORMED['icmp.quoted']);
    expect(decodeQuoted(errorQuoting(6, CAPTURED.synV6.subarray(0, 48)))).toEqual(SEGMENT_V6);
    expect(decodeQuoted(errorQuoting(6, CAPTURED.synV6.subarray(0, 47)))).toBe(MALFORMED['icmp.quoted']);
  });

  it('may have a header that routers on its way have changed', () => {
    const quoted = CAPTURED.synV4.slice();
    quoted.fill(0, 8, 9);
    quoted.fill(0, 10, 12);
    expect(decodeQuoted(errorQuoting(4, quoted))).toEqual(SEGMENT_V4);
  });

  it('is read through IPv4 options and IPv6 extension headers', () => {
    const withOptions = Uint8Array.from([
      ...CAPTURED.synV4.subarray(0, 20),
      ...hex('94040000'),
      ...CAPTURED.synV4.subarray(20),
    ]);
    withOptions[0] = 0x46;
    expect(decodeQuoted(errorQuoting(4, withOptions))).toEqual(SEGMENT_V4);
    const padding = hex('0600010400000000');
    const extended = frameOf(V6, 60, Uint8Array.from([...padding, ...CAPTURED.synV6.subarray(40)]));
    expect(decodeQuoted(errorQuoting(6, extended))).toEqual({
      ...SEGMENT_V6,
      length: SEGMENT_V6.length + padding.length,
    });
  });

  it('may be the first fragment but no later one', () => {
    const fragment = CAPTURED.synV4.slice();
    fragment.set(hex('2000'), 6);
    expect(decodeQuoted(errorQuoting(4, fragment))).toEqual(SEGMENT_V4);
    fragment.set(hex('0001'), 6);
    expect(decodeQuoted(errorQuoting(4, fragment))).toBe(MALFORMED['icmp.quoted']);
  });

  it.each([
    ['is missing', 4, hex('')],
    ['is of the other version', 4, CAPTURED.synV6],
    ['is of the other version', 6, CAPTURED.synV4],
    ['has an impossible header length', 4, Uint8Array.of(0x44, ...CAPTURED.synV4.subarray(1))],
    ['ends in its options', 4, Uint8Array.of(0x4f, ...CAPTURED.synV4.subarray(1, 60))],
    ['ends in its IPv6 header', 6, CAPTURED.synV6.subarray(0, 39)],
    ['ends in an extension header', 6, frameOf(V6, 60, hex('06010104000000000000'))],
    ['has nothing behind its headers', 6, frameOf(V6, 59, hex('0000000000000000'))],
  ] as const)('is refused if it %s', (_, version, quoted) => {
    expect(decodeQuoted(errorQuoting(version, quoted))).toBe(MALFORMED['icmp.quoted']);
  });
});
