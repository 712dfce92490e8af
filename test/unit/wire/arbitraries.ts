import fc from 'fast-check';
import type { IpHeaderFields, SackBlock, TcpOptions, TcpSegment } from '../../../src/wire/index.ts';
import { IpAddress } from '../../../src/wire/index.ts';

const bits8 = fc.nat(0xff);
const bits16 = fc.nat(0xffff);
const bits32 = fc.nat(0xffff_ffff);

/** Words of all kinds, and often the ones that text forms treat specially. */
const word = fc.oneof(bits32, fc.constantFrom(0, 1, 0xffff, 0xffff_0000, 0x8000_0000, 0xffff_ffff));

export const version = fc.constantFrom<4 | 6>(4, 6);

export function address(ofVersion: 4 | 6): fc.Arbitrary<IpAddress> {
  if (ofVersion === 4) return word.map((w) => IpAddress.v4(w));
  return fc.tuple(word, word, word, word).map(([w0, w1, w2, w3]) => IpAddress.v6(w0, w1, w2, w3));
}

export const anyAddress = version.chain(address);

export function ipHeader(ofVersion: 4 | 6): fc.Arbitrary<Required<IpHeaderFields>> {
  return fc.record({
    src: address(ofVersion),
    dst: address(ofVersion),
    trafficClass: bits8,
    hopLimit: bits8,
    id: ofVersion === 4 ? bits16 : fc.constant(0),
    flowLabel: ofVersion === 6 ? fc.nat(0xf_ffff) : fc.constant(0),
    dontFragment: ofVersion === 4 ? fc.boolean() : fc.constant(true),
  });
}

export const anyIpHeader = version.chain(ipHeader);

const sackBlock: fc.Arbitrary<SackBlock> = fc.record({ left: bits32, right: bits32 });

/** Any options at all, with as many SACK blocks as there is room for behind the others. */
export const tcpOptions: fc.Arbitrary<TcpOptions> = fc
  .record({
    mss: fc.option(bits16, { nil: undefined }),
    windowScale: fc.option(fc.nat(14), { nil: undefined }),
    sackPermitted: fc.boolean(),
    sack: fc.array(sackBlock, { maxLength: 4 }),
    timestamps: fc.option(fc.record({ value: bits32, echo: bits32 }), { nil: undefined }),
    userTimeout: fc.option(
      fc.record({
        unit: fc.constantFrom<'seconds' | 'minutes'>('seconds', 'minutes'),
        value: fc.integer({ min: 1, max: 32_767 }),
      }),
      { nil: undefined },
    ),
  })
  .map((options) => ({ ...options, sack: options.sack.slice(0, roomForSack(options)) }));

function roomForSack(options: TcpOptions): number {
  const { mss, windowScale, sackPermitted, timestamps, userTimeout } = options;
  const pair = timestamps ? 12 : sackPermitted ? 4 : 0;
  const others = [mss, windowScale, userTimeout].filter((option) => option !== undefined).length * 4 + pair;
  return Math.floor((40 - others - 4) / 8);
}

/** Texts on both sides of the length from which sums are made in another way, odd lengths included. */
export const text = fc.oneof(
  fc.uint8Array({ maxLength: 9 }),
  fc.uint8Array({ minLength: 200, maxLength: 300, size: 'max' }),
);

export const tcpSegment: fc.Arbitrary<Omit<TcpSegment, 'kind'>> = fc.record({
  srcPort: bits16,
  dstPort: bits16,
  seq: bits32,
  ack: bits32,
  flags: fc.nat(0x1ff),
  wnd: bits16,
  up: bits16,
  options: tcpOptions,
  text,
});

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >>> 3]! ^= 0x80 >>> (bit & 7);
  return flipped;
}
