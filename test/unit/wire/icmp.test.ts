import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksum,
  decodeIcmp,
  encodeEchoReply,
  encodeEchoRequest,
  encodePacketTooBig,
  encodeTimeExceeded,
  encodeUnreachable,
  type IcmpMessage,
  type IpPacket,
  MALFORMED,
  mayAnswerWithIcmpError,
  PROTOCOL,
  pseudoHeaderSum,
  UNREACHABLE_CODE,
  writeIpHeader,
} from '../../../src/wire/index.ts';
import { anyIpHeader, flipBit, text } from './arbitraries.ts';
import { CAPTURED, frameOf, hex, ip, packetOf, V4, V6 } from './frames.ts';

/** A message of the given bytes, its checksum put right. */
function frameOfMessage(addresses: typeof V4, message: Uint8Array): Uint8Array {
  const { src, dst } = addresses;
  const protocol = src.version === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6;
  const bytes = message.slice();
  bytes.fill(0, 2, 4);
  const sum = src.version === 4 ? 0 : pseudoHeaderSum(src, dst, protocol, bytes.length);
  new DataView(bytes.buffer).setUint16(2, checksum(bytes, 0, bytes.length, sum));
  return frameOf(addresses, protocol, bytes);
}

function messageIn(frame: Uint8Array): IcmpMessage {
  const message = decodeIcmp(packetOf(frame));
  if (message.kind !== 'icmp') expect.fail(`the message is ${message.reason}`);
  return message;
}

function echoIn(frame: Uint8Array) {
  const message = messageIn(frame);
  if (message.what !== 'echo-request' && message.what !== 'echo-reply')
    expect.fail(`the message is ${message.what}`);
  return message;
}

const versions = [
  { version: 4, addresses: V4, syn: CAPTURED.synV4, echo: CAPTURED.echoV4, ipLength: 20, maximum: 576 },
  { version: 6, addresses: V6, syn: CAPTURED.synV6, echo: CAPTURED.echoV6, ipLength: 40, maximum: 1280 },
] as const;

describe('an echo request', () => {
  it('is read back as it was written, over both versions', () => {
    fc.assert(
      fc.property(anyIpHeader, fc.nat(0xffff), fc.nat(0xffff), text, ({ src, dst }, id, sequence, data) => {
        const frame = encodeEchoRequest(src, dst, id, sequence, data);
        expect(packetOf(frame)).toMatchObject({ src, dst, end: frame.length });
        expect(messageIn(frame)).toEqual({
          kind: 'icmp',
          version: src.version,
          type: src.version === 4 ? 8 : 128,
          code: 0,
          what: 'echo-request',
          id,
          sequence,
          data,
        });
      }),
    );
  });

  it('is refused if one bit of it is wrong, odd length or even', () => {
    fc.assert(
      fc.property(anyIpHeader, text, fc.nat(), ({ src, dst }, data, at) => {
        const frame = encodeEchoRequest(src, dst, 1, 2, data);
        const { start } = packetOf(frame);
        const bit = start * 8 + (at % ((frame.length - start) * 8));
        expect(decodeIcmp(packetOf(flipBit(frame, bit)))).toBe(MALFORMED['icmp.checksum']);
      }),
    );
  });

  it.each(versions)('that Linux sent over IPv$version is read', ({ echo, version }) => {
    expect(messageIn(echo)).toMatchObject({
      what: 'echo-request',
      id: version === 4 ? 0x1860 : 0x1861,
      sequence: 1,
      data: hex('4100000000'),
    });
  });

  it.each(versions)(
    'is answered over IPv$version by the same data, the other way round',
    ({ echo, addresses, version }) => {
      const request = packetOf(echo);
      const reply = encodeEchoReply(request, echoIn(echo));
      expect(packetOf(reply)).toMatchObject({
        src: addresses.dst,
        dst: addresses.src,
        hopLimit: 64,
        id: request.id,
      });
      expect(messageIn(reply)).toEqual({
        ...messageIn(echo),
        type: version === 4 ? 0 : 129,
        what: 'echo-reply',
      });
    },
  );

  it('is answered with its own Diffserv code point, and no ECN', () => {
    const request: IpPacket = { ...packetOf(CAPTURED.echoV4), trafficClass: 0xbb };
    expect(packetOf(encodeEchoReply(request, echoIn(CAPTURED.echoV4))).trafficClass).toBe(0xb8);
  });

  it('is answered by a packet that may be fragmented if it may be itself', () => {
    const request: IpPacket = { ...packetOf(CAPTURED.echoV4), dontFragment: false, id: 77 };
    const reply = packetOf(encodeEchoReply(request, echoIn(CAPTURED.echoV4)));
    expect(reply).toMatchObject({ dontFragment: false, id: 77 });
  });

  it('to a multicast address is answered from the address that one names', () => {
    const request: IpPacket = { ...packetOf(CAPTURED.echoV6), dst: ip('ff02::1') };
    expect(packetOf(encodeEchoReply(request, echoIn(CAPTURED.echoV6), V6.dst)).src).toEqual(V6.dst);
  });
});

describe.each(versions)(
  'an ICMP error over IPv$version',
  ({ version, addresses, syn, ipLength, maximum }) => {
    const offending = packetOf(syn);

    it('tells of a closed port, and quotes the packet', () => {
      const frame = encodeUnreachable(offending, UNREACHABLE_CODE[version].port);
      expect(packetOf(frame)).toMatchObject({ src: addresses.dst, dst: addresses.src });
      expect(messageIn(frame)).toEqual({
        kind: 'icmp',
        version,
        type: version === 4 ? 3 : 1,
        code: version === 4 ? 3 : 4,
        what: 'unreachable',
        mtu: 0,
        quoted: syn,
      });
    });

    it('tells of a hop limit gone', () => {
      expect(messageIn(encodeTimeExceeded(offending))).toMatchObject({
        type: version === 4 ? 11 : 3,
        code: 0,
        what: 'time-exceeded',
        mtu: 0,
      });
      expect(messageIn(encodeTimeExceeded(offending, 1))).toMatchObject({ code: 1 });
    });

    it('tells of a packet too big, and for what MTU', () => {
      expect(messageIn(encodePacketTooBig(offending, 1400))).toMatchObject({
        type: version === 4 ? 3 : 2,
        code: version === 4 ? 4 : 0,
        what: 'packet-too-big',
        mtu: 1400,
      });
    });

    it('comes from a router if one says so', () => {
      const router = ip(version === 4 ? '198.18.0.254' : 'fd00:18::fe');
      expect(packetOf(encodeTimeExceeded(offending, 0, router)).src).toEqual(router);
      expect(packetOf(encodeUnreachable(offending, 0, router)).src).toEqual(router);
      expect(packetOf(encodePacketTooBig(offending, 1280, router)).src).toEqual(router);
    });

    it(`is of ${maximum} bytes at most, and quotes all that fits`, () => {
      const fits = maximum - ipLength - 8;
      for (const [size, quotedLength] of [
        [fits - 1, fits - 1],
        [fits, fits],
        [fits + 1, fits],
        [3000, fits],
      ] as const) {
        const big = new Uint8Array(size).fill(7);
        writeIpHeader(big, { ...addresses, protocol: PROTOCOL.udp }, size - ipLength);
        const frame = encodeUnreachable(packetOf(big), 0);
        expect(frame.length).toBe(ipLength + 8 + quotedLength);
        expect(messageIn(frame)).toMatchObject({ quoted: big.subarray(0, quotedLength) });
      }
    });

    it('does not quote the padding of the link', () => {
      const padded = new Uint8Array(syn.length + 9);
      padded.set(syn);
      expect(messageIn(encodeUnreachable(packetOf(padded), 0))).toMatchObject({ quoted: syn });
    });

    it('is refused if one bit of it is wrong', () => {
      const frame = encodeUnreachable(offending, 0);
      for (let bit = ipLength * 8; bit < frame.length * 8; bit++) {
        expect(decodeIcmp(packetOf(flipBit(frame, bit)))).toBe(MALFORMED['icmp.checksum']);
      }
    });
  },
);

describe('an ICMP message', () => {
  it.each([
    ['IPv4 with parameter problem', V4, '0c00 0000 14000000', 'parameter-problem'],
    ['IPv6 with parameter problem', V6, '0401 0000 00000028', 'parameter-problem'],
    ['IPv4 with fragmentation needed and no MTU', V4, '0304 0000 00000000', 'packet-too-big'],
    ['IPv4 with a redirect', V4, '0501 0000 c6120003', 'other'],
    ['IPv4 with a type that nobody knows', V4, 'fe00 0000 00000000', 'other'],
    ['IPv6 with an error that nobody knows', V6, '6400 0000 00000000', 'other'],
    ["IPv6 with IPv4's echo request", V6, '0800 0000 00000000', 'other'],
  ])('over %s is told apart', (_, addresses, digits, what) => {
    expect(messageIn(frameOfMessage(addresses, hex(digits)))).toMatchObject({ what });
  });

  it('that Linux sends first over a fresh IPv6 interface is taken as "other"', () => {
    expect(messageIn(CAPTURED.routerSolicitation)).toEqual({
      kind: 'icmp',
      version: 6,
      type: 133,
      code: 0,
      what: 'other',
    });
  });

  it('tells an MTU of 32 bits over IPv6 and of 16 bits over IPv4', () => {
    expect(messageIn(encodePacketTooBig(packetOf(CAPTURED.synV6), 0xffff_fff0))).toMatchObject({
      mtu: 0xffff_fff0,
    });
    expect(messageIn(encodePacketTooBig(packetOf(CAPTURED.synV4), 70_000))).toMatchObject({ mtu: 0xffff });
    expect(messageIn(frameOfMessage(V4, hex('0304 0000 ffff 05dc')))).toMatchObject({ mtu: 1500 });
  });

  it('is refused if it is too short', () => {
    expect(decodeIcmp(packetOf(frameOf(V4, PROTOCOL.icmp, hex('08000000000000'))))).toBe(
      MALFORMED['icmp.truncated'],
    );
    expect(decodeIcmp(packetOf(frameOf(V6, PROTOCOL.icmpv6, hex(''))))).toBe(MALFORMED['icmp.truncated']);
  });

  it('is refused over the other version of IP, and so is what is no ICMP', () => {
    expect(decodeIcmp({ ...packetOf(CAPTURED.echoV4), protocol: PROTOCOL.icmpv6 })).toBe(
      MALFORMED['icmp.version'],
    );
    expect(decodeIcmp({ ...packetOf(CAPTURED.echoV6), protocol: PROTOCOL.icmp })).toBe(
      MALFORMED['icmp.version'],
    );
    expect(decodeIcmp(packetOf(CAPTURED.synV4))).toBe(MALFORMED['icmp.version']);
  });
});

describe('mayAnswerWithIcmpError', () => {
  it.each(versions)('allows it for a segment and for an echo request over IPv$version', ({ syn, echo }) => {
    expect(mayAnswerWithIcmpError(packetOf(syn))).toBe(true);
    expect(mayAnswerWithIcmpError(packetOf(echo))).toBe(true);
  });

  it.each(versions)('forbids it for an error message over IPv$version', ({ syn }) => {
    expect(mayAnswerWithIcmpError(packetOf(encodeUnreachable(packetOf(syn), 0)))).toBe(false);
    expect(mayAnswerWithIcmpError(packetOf(encodePacketTooBig(packetOf(syn), 1400)))).toBe(false);
    expect(mayAnswerWithIcmpError(packetOf(encodeTimeExceeded(packetOf(syn))))).toBe(false);
  });

  it('forbids it for errors that we never send: redirects over IPv4, unknown types over IPv6', () => {
    expect(mayAnswerWithIcmpError(packetOf(frameOfMessage(V4, hex('0501 0000 c6120003'))))).toBe(false);
    expect(mayAnswerWithIcmpError(packetOf(frameOfMessage(V6, hex('7f00 0000 00000000'))))).toBe(false);
    expect(mayAnswerWithIcmpError(packetOf(frameOf(V4, PROTOCOL.icmp, hex(''))))).toBe(false);
  });

  it.each(['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1'])('forbids it towards %s', (text) => {
    expect(mayAnswerWithIcmpError({ ...packetOf(CAPTURED.synV4), src: ip(text) })).toBe(false);
  });

  it.each(['224.0.0.1', '255.255.255.255', 'ff02::1'])('forbids it for a packet to %s', (text) => {
    expect(mayAnswerWithIcmpError({ ...packetOf(CAPTURED.synV4), dst: ip(text) })).toBe(false);
  });
});
