import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeFragment,
  decodeIp,
  type Fragment,
  joinFragments,
  lacksHeaders,
  PROTOCOL,
} from '../../../src/wire/index.ts';
import { cut } from '../../support/fragments.ts';
import { address, flipBit } from './arbitraries.ts';
import { CAPTURED, frameOf, hex, packetOf, V4, V6 } from './frames.ts';

const read = (frame: Uint8Array): Fragment => decodeFragment(frame)!;

/** The IPv6 frame with extension headers in front of its payload; the last byte pair of each pair chains to the next. */
function extended(first: number, headers: string, payload: Uint8Array): Uint8Array {
  return frameOf(V6, first, Uint8Array.from([...hex(headers), ...payload]));
}

describe('a fragment', () => {
  const octets = Uint8Array.from({ length: 64 }, (_, i) => i);

  it('says where its octets stand in which datagram', () => {
    const four = frameOf(V4, PROTOCOL.udp, octets);
    four[4] = 0xab;
    four[5] = 0xcd;
    expect(read(cut(four, { from: 16, to: 40 }))).toMatchObject({
      packet: { version: 4, protocol: PROTOCOL.udp, start: 20, end: 44, ...V4 },
      id: 0xabcd,
      offset: 16,
      more: true,
      headerEnd: 20,
    });
    expect(read(cut(frameOf(V6, PROTOCOL.udp, octets), { from: 40, to: 64 }, 0xfedc_ba98))).toMatchObject({
      packet: { version: 6, protocol: PROTOCOL.udp, start: 48, end: 72, ...V6 },
      id: 0xfedc_ba98,
      offset: 40,
      more: false,
      headerEnd: 40,
    });
  });

  it('is none if the packet is whole, or nothing to be read', () => {
    const atomic = extended(44, '1100 0000 00000007', octets);
    for (const frame of [CAPTURED.synV4, CAPTURED.synV6, atomic, new Uint8Array(0), hex('45')])
      expect(decodeFragment(frame)).toBeUndefined();
    expect(packetOf(atomic).protocol).toBe(PROTOCOL.udp);
  });

  it('is none if its header is damaged', () => {
    const frame = cut(frameOf(V4, PROTOCOL.udp, octets), { from: 0, to: 8 });
    for (let bit = 0; bit < 20 * 8; bit++) expect(decodeFragment(flipBit(frame, bit))).toBeUndefined();
  });

  it('is never more than an answer, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    const likely = fc
      .tuple(fc.constantFrom(0x45, 0x46, 0x60), fc.constantFrom(0, 43, 44, 60, 6), bytes)
      .map(([first, next, rest]) => {
        const frame = Uint8Array.from([first, 0, 0, 0, 0, rest.length, next, ...rest]);
        return frame;
      });
    fc.assert(
      fc.property(fc.oneof(bytes, likely), (frame) => {
        const fragment = decodeFragment(frame);
        if (!fragment) return;
        const { packet, headerEnd, offset } = fragment;
        expect(headerEnd).toBeLessThanOrEqual(packet.start);
        expect(packet.start).toBeLessThanOrEqual(packet.end);
        expect(packet.end).toBeLessThanOrEqual(frame.length);
        expect(offset % 8).toBe(0);
        expect(typeof lacksHeaders(fragment)).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a joined datagram', () => {
  it('has the first fragment’s IPv4 header, options and all, with a right checksum', () => {
    fc.assert(
      fc.property(address(4), address(4), fc.nat(255), (src, dst, trafficClass) => {
        const plain = frameOf(
          { src, dst },
          PROTOCOL.udp,
          Uint8Array.from({ length: 24 }, (_, i) => i),
        );
        const [first, last] = [cut(plain, { from: 0, to: 16 }), cut(plain, { from: 16, to: 24 })];
        // One more word of header, on the first alone: options that are not copied (RFC 791 section 3.1).
        const longer = new Uint8Array(first.length + 4);
        longer.set(first.subarray(0, 20));
        longer.set([1, 1, 1, 0], 20);
        longer.set(first.subarray(20), 24);
        longer[0] = 0x46;
        longer[1] = trafficClass & 0xfc;
        longer[3] = longer.length;
        longer.fill(0, 10, 12);
        let sum = 0;
        for (let i = 0; i < 24; i += 2) sum += (longer[i]! << 8) | longer[i + 1]!;
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        longer[10] = (~sum >>> 8) & 0xff;
        longer[11] = ~sum & 0xff;
        const joined = decodeIp(joinFragments([read(longer), read(last)]));
        expect(joined).toMatchObject({
          kind: 'ip',
          src,
          dst,
          trafficClass: trafficClass & 0xfc,
          start: 24,
          end: 48,
        });
        if (joined.kind === 'ip') expect(joined.bytes.subarray(24)).toEqual(plain.subarray(20));
      }),
      { numRuns: 50 },
    );
  });

  it('has the extension headers before and behind the IPv6 fragment header, and not that one', () => {
    // Hop-by-hop options, then the fragment header; behind it destination options, then UDP.
    const options = '3c00 01 04 00000000'.replace('3c', '2c');
    const behind = hex('1100 01 04 00000000');
    const payload = Uint8Array.from({ length: 16 }, (_, i) => i);
    const first = extended(0, `${options} 3c00 0001 00000007`, Uint8Array.from([...behind, ...payload]));
    const last = extended(0, `${options} 3c00 0018 00000007`, hex('ffee'));
    const joined = joinFragments([read(first), read(last)]);
    expect(joined).toEqual(
      extended(0, options.replace('2c', '3c'), Uint8Array.from([...behind, ...payload, 0xff, 0xee])),
    );
    expect(packetOf(joined)).toMatchObject({ protocol: PROTOCOL.udp, start: 56, end: 74 });
  });
});

describe('lacksHeaders', () => {
  /** A first IPv6 fragment of `length` octets, whose protocol is `protocol`. */
  const first = (protocol: number, length: number, bytes = ''): Fragment => {
    const payload = new Uint8Array(2_000);
    payload.set(hex(bytes));
    return read(cut(frameOf(V6, protocol, payload), { from: 0, to: length }));
  };

  it.each([
    ['TCP', PROTOCOL.tcp, 20],
    ['UDP', PROTOCOL.udp, 8],
    ['ICMPv6', PROTOCOL.icmpv6, 8],
  ])('is so for a first fragment that ends within the header of %s', (_, protocol, length) => {
    expect(lacksHeaders(first(protocol, length))).toBe(false);
    expect(lacksHeaders(first(protocol, length - 1))).toBe(true);
    // Destination options in front of it.
    const options = `${protocol.toString(16).padStart(2, '0')}00 01 04 00000000`;
    expect(lacksHeaders(first(60, length + 8, options))).toBe(false);
    expect(lacksHeaders(first(60, length + 7, options))).toBe(true);
  });

  it('is so for one that ends within an extension header', () => {
    expect(lacksHeaders(first(60, 8, '3b01 01 0c 00000000'))).toBe(true);
    expect(lacksHeaders(first(60, 4))).toBe(true);
    expect(lacksHeaders(first(60, 8, '3b00 01 04 00000000'))).toBe(false);
  });

  it('is never so for a later fragment, or for IPv4, where the header may be cut anywhere', () => {
    const later = read(cut(frameOf(V6, PROTOCOL.tcp, new Uint8Array(64)), { from: 8, to: 16 }));
    const tiny = read(cut(frameOf(V4, PROTOCOL.tcp, new Uint8Array(64)), { from: 0, to: 8 }));
    expect([lacksHeaders(later), lacksHeaders(tiny)]).toEqual([false, false]);
  });
});
