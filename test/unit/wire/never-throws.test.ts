import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checksum,
  DROP_REASONS,
  decodeIcmp,
  decodeIp,
  decodeQuoted,
  decodeTcp,
  decodeTcpOptions,
  encodeEchoRequest,
  encodeTcp,
  encodeUnreachable,
  type IcmpError,
  MALFORMED,
  mayAnswerWithIcmpError,
  PROTOCOL,
  writeIpHeader,
} from '../../../src/wire/index.ts';
import { anyIpHeader, tcpSegment, text, version } from './arbitraries.ts';
import { packetOf, V4, V6 } from './frames.ts';

/** Hands the bytes to every decoder, and follows each value down to the last one. All results must be of the kinds promised. */
function decodeAll(frame: Uint8Array): void {
  const packet = decodeIp(frame);
  expectKind(packet, 'ip');
  if (packet.kind !== 'ip') return;
  expect(packet.start).toBeLessThanOrEqual(packet.end);
  expect(packet.end).toBeLessThanOrEqual(frame.length);
  expect(typeof mayAnswerWithIcmpError(packet)).toBe('boolean');
  for (const verify of [true, false]) {
    const segment = decodeTcp(packet, verify);
    expectKind(segment, 'tcp');
    if (segment.kind === 'tcp')
      expect(segment.text.length).toBeLessThanOrEqual(packet.end - packet.start - 20);
  }
  for (const protocol of [packet.protocol, PROTOCOL.icmp, PROTOCOL.icmpv6]) {
    const message = decodeIcmp({ ...packet, protocol });
    expectKind(message, 'icmp');
    if ('quoted' in message) expectKind(decodeQuoted(message), 'quoted');
  }
}

function expectKind(value: object, kind: string): void {
  if ('reason' in value) expect(DROP_REASONS).toContain(value.reason);
  else expect(value).toMatchObject({ kind });
}

/** Lets damage get past IPv4's header checksum, where there is one. */
function repairIpv4(frame: Uint8Array): void {
  const headerLength = (frame[0]! & 15) * 4;
  if (frame[0]! >>> 4 !== 4 || headerLength < 20 || headerLength > frame.length) return;
  frame.fill(0, 10, 12);
  new DataView(frame.buffer, frame.byteOffset).setUint16(10, checksum(frame, 0, headerLength));
}

const validFrame = fc.oneof(
  fc.tuple(anyIpHeader, tcpSegment).map(([header, segment]) => encodeTcp(header, segment)),
  fc.tuple(anyIpHeader, text).map(([{ src, dst }, data]) => encodeEchoRequest(src, dst, 1, 2, data)),
  fc
    .tuple(anyIpHeader, tcpSegment)
    .map(([header, segment]) => encodeUnreachable(packetOf(encodeTcp(header, segment)), 1)),
);

/** Positions crowd at the front, where the headers are. */
const edit = fc.record({ at: fc.oneof(fc.nat(100), fc.nat()), byte: fc.nat(255) });

describe('a decoder', () => {
  it('never throws on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), decodeAll), { numRuns: 1000 });
  });

  it('never throws on random bytes behind a good IP header', () => {
    const protocols = fc.constantFrom(0, 43, 44, 59, 60, PROTOCOL.icmp, PROTOCOL.tcp, PROTOCOL.icmpv6);
    // Small numbers make plausible lengths and types.
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 120, size: 'max' }),
      fc.array(fc.nat(8), { maxLength: 120, size: 'max' }).map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(version, protocols, payload, (v, protocol, bytes) => {
        const frame = new Uint8Array((v === 4 ? 20 : 40) + bytes.length);
        frame.set(bytes, writeIpHeader(frame, { ...(v === 4 ? V4 : V6), protocol }, bytes.length));
        decodeAll(frame);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on a good frame with bytes overwritten, cut off or added', () => {
    fc.assert(
      fc.property(
        validFrame,
        fc.array(edit, { maxLength: 6 }),
        fc.integer({ min: -40, max: 10 }),
        fc.boolean(),
        (frame, edits, grow, repair) => {
          const mutated = new Uint8Array(Math.max(0, frame.length + grow));
          mutated.set(frame.subarray(0, mutated.length));
          for (const { at, byte } of edits) mutated[at % Math.max(1, mutated.length)] = byte;
          if (repair && mutated.length >= 20) repairIpv4(mutated);
          decodeAll(mutated);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('never throws on random TCP options', () => {
    const bytes = fc.array(fc.oneof(fc.nat(12), fc.nat(255)), { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(bytes, (array) => {
        const options = decodeTcpOptions(Uint8Array.from(array), 0, array.length);
        if ('reason' in options) expect(options).toBe(MALFORMED['tcp.option-length']);
        else expect(options.windowScale ?? 0).toBeLessThanOrEqual(14);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws on a random quote', () => {
    const quote = fc.tuple(fc.constantFrom(0x45, 0x46, 0x60), fc.uint8Array({ maxLength: 120, size: 'max' }));
    fc.assert(
      fc.property(version, quote, (v, [first, rest]) => {
        const quoted = Uint8Array.of(first, ...rest);
        const message: IcmpError = {
          kind: 'icmp',
          version: v,
          type: 3,
          code: 0,
          what: 'unreachable',
          mtu: 0,
          quoted,
        };
        expectKind(decodeQuoted(message), 'quoted');
      }),
      { numRuns: 1000 },
    );
  });

  it('returns one and the same value for one reason', () => {
    expect(decodeIp(new Uint8Array(0))).toBe(decodeIp(new Uint8Array(0)));
    expect(Object.keys(MALFORMED)).toEqual([...DROP_REASONS]);
    for (const reason of DROP_REASONS) expect(MALFORMED[reason]).toEqual({ kind: 'malformed', reason });
  });
});
