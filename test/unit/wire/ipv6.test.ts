import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIp, decodeTcp, MALFORMED, PROTOCOL, writeIpHeader } from '../../../src/wire/index.ts';
import { flipBit, ipHeader, text } from './arbitraries.ts';
import { CAPTURED, frameOf, hex, packetOf, V6 } from './frames.ts';

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const NO_NEXT_HEADER = 59;
const DESTINATION = 60;

/** The captured SYN, behind the given headers; each is written without its next header's number. */
function behind(...extensions: [number: number, withoutFirstByte: string][]): Uint8Array {
  const numbers = [...extensions.map(([number]) => number), PROTOCOL.tcp];
  const headers = extensions.flatMap(([, bytes], i) => [numbers[i + 1]!, ...hex(bytes)]);
  return frameOf(V6, numbers[0]!, Uint8Array.from([...headers, ...CAPTURED.synV6.subarray(40)]));
}

describe('an IPv6 packet', () => {
  it('is read back as it was written', () => {
    const upperLayer = fc.nat(255).filter((protocol) => ![0, 43, 44, 59, 60].includes(protocol));
    fc.assert(
      fc.property(ipHeader(6), upperLayer, text, (header, protocol, payload) => {
        const frame = new Uint8Array(40 + payload.length);
        frame.set(payload, writeIpHeader(frame, { ...header, protocol }, payload.length));
        const expected = {
          kind: 'ip',
          version: 6,
          ...header,
          protocol,
          bytes: frame,
          start: 40,
          end: frame.length,
        };
        expect(decodeIp(frame)).toEqual(expected);
      }),
    );
  });

  it('that Linux sent is read field by field', () => {
    expect(decodeIp(CAPTURED.synV6)).toEqual({
      kind: 'ip',
      version: 6,
      ...V6,
      protocol: PROTOCOL.tcp,
      trafficClass: 0,
      hopLimit: 64,
      flowLabel: 0x91c9b,
      id: 0,
      dontFragment: true,
      bytes: CAPTURED.synV6,
      start: 40,
      end: 80,
    });
  });

  it('ends where its payload length says, whatever the link padded', () => {
    const padded = new Uint8Array(100);
    padded.set(CAPTURED.synV6);
    expect(packetOf(padded)).toMatchObject({ start: 40, end: 80 });
  });

  it.each([
    ['hop-by-hop options of padding', behind([HOP_BY_HOP, '00 01 04 00000000']), 48],
    ['hop-by-hop options of single bytes of padding', behind([HOP_BY_HOP, '00 00 00 00 00 00 00']), 48],
    ['a router alert', behind([HOP_BY_HOP, '00 05 02 0000 01 00']), 48],
    ['destination options of 16 bytes', behind([DESTINATION, '01 01 0c 000000000000000000000000']), 56],
    ['an unknown destination option that may be skipped', behind([DESTINATION, '00 1e 04 deadbeef']), 48],
    ['a routing header with no segments left', behind([ROUTING, '00 00 00 00000000']), 48],
    ['an atomic fragment header, its reserved bits set', behind([FRAGMENT, 'ff 0006 12345678']), 48],
    [
      'all of them in a row',
      behind(
        [HOP_BY_HOP, '00 01 04 00000000'],
        [DESTINATION, '00 01 04 00000000'],
        [ROUTING, '00 04 00 00000000'],
        [FRAGMENT, '00 0000 12345678'],
        [DESTINATION, '00 01 04 00000000'],
      ),
      80,
    ],
  ])('is read through %s', (_, frame, start) => {
    const packet = packetOf(frame);
    expect(packet).toMatchObject({ protocol: PROTOCOL.tcp, start, end: frame.length });
    expect(decodeTcp(packet)).toMatchObject({ kind: 'tcp', srcPort: 33_650, dstPort: 80 });
  });

  it.each([
    ['ends in its header', CAPTURED.synV6.subarray(0, 39), 'ipv6.truncated'],
    ['is shorter than its payload length', CAPTURED.synV6.subarray(0, 79), 'ipv6.truncated'],
    ['has no next header', frameOf(V6, NO_NEXT_HEADER, hex('0102')), 'ipv6.no-next-header'],
    ['ends before an extension header', frameOf(V6, DESTINATION, hex('')), 'ipv6.extension-length'],
    [
      'ends in the first 8 bytes of an extension header',
      frameOf(V6, DESTINATION, hex('06000104000000')),
      'ipv6.extension-length',
    ],
    [
      'ends one byte before an extension header does',
      frameOf(V6, ROUTING, hex(`0601${'00'.repeat(13)}`)),
      'ipv6.extension-length',
    ],
    ['ends in a fragment header', frameOf(V6, FRAGMENT, hex('06000000000000')), 'ipv6.extension-length'],
    [
      'has an option that ends behind its header',
      behind([DESTINATION, '00 01 05 00000000']),
      'ipv6.extension-length',
    ],
    ['has an option without a length', behind([DESTINATION, '00 01 03 000000 01']), 'ipv6.extension-length'],
    [
      'has an unknown option that must not be skipped',
      behind([DESTINATION, '00 40 04 00000000']),
      'ipv6.unknown-option',
    ],
    ['has a jumbo payload option', behind([HOP_BY_HOP, '00 c2 04 00010000']), 'ipv6.unknown-option'],
    ['has segments left to be routed', behind([ROUTING, '00 00 01 00000000']), 'ipv6.routing'],
    [
      'has hop-by-hop options in second place',
      behind([DESTINATION, '00 01 04 00000000'], [HOP_BY_HOP, '00 01 04 00000000']),
      'ipv6.extension-order',
    ],
    ['is a first fragment', behind([FRAGMENT, '00 0001 12345678']), 'ipv6.fragment'],
    ['is a last fragment', behind([FRAGMENT, '00 0008 12345678']), 'ipv6.fragment'],
  ] as const)('is refused if it %s', (_, frame, reason) => {
    expect(decodeIp(frame)).toBe(MALFORMED[reason]);
  });

  it('has no checksum, but TCP notices one wrong bit in an address', () => {
    for (let bit = 8 * 8; bit < 40 * 8; bit++) {
      expect(decodeTcp(packetOf(flipBit(CAPTURED.synV6, bit)))).toBe(MALFORMED['tcp.checksum']);
    }
  });
});
