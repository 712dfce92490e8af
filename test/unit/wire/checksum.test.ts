import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum, fold, onesSum, PROTOCOL, pseudoHeaderSum } from '../../../src/wire/index.ts';
import { anyIpHeader } from './arbitraries.ts';
import { hex, V4, V6 } from './frames.ts';

/** Word by word with the carry added at once: slow, and plain. */
function referenceSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

const bytesOfAnyLength = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.uint8Array({ minLength: 240, maxLength: 300, size: 'max' }),
  fc.uint8Array({ minLength: 1400, maxLength: 1500, size: 'max' }),
);

describe('the Internet checksum', () => {
  it('is that of the example in RFC 1071 section 3', () => {
    const example = hex('0001 f203 f4f5 f6f7');
    expect(fold(onesSum(example, 0, 8, 0))).toBe(0xddf2);
    expect(checksum(example, 0, 8)).toBe(0x220d);
  });

  it('is that of a well-known IPv4 header', () => {
    const header = hex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7');
    expect(fold(onesSum(header, 0, 20, 0))).toBe(0xffff);
    header.fill(0, 10, 12);
    expect(checksum(header, 0, 20)).toBe(0xb861);
  });

  it('counts an odd last byte as the high half of a word', () => {
    expect(fold(onesSum(hex('0001 f2'), 0, 3, 0))).toBe(0xf201);
    expect(fold(onesSum(hex('ab'), 0, 1, 0))).toBe(0xab00);
  });

  it('of nothing is all ones', () => {
    expect(checksum(new Uint8Array(0), 0, 0)).toBe(0xffff);
  });

  it('is the sum of the words at any length and any alignment', () => {
    fc.assert(
      fc.property(bytesOfAnyLength, fc.nat(7), fc.nat(3), (bytes, byteOffset, start) => {
        const moved = new Uint8Array(new ArrayBuffer(byteOffset + start + bytes.length + 9), byteOffset);
        moved.fill(0xff);
        moved.set(bytes, start);
        expect(fold(onesSum(moved, start, start + bytes.length, 0))).toBe(referenceSum(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('may be summed up in parts of even length, in any order', () => {
    fc.assert(
      fc.property(bytesOfAnyLength, fc.nat(), (bytes, at) => {
        const cut = ((at % (bytes.length + 1)) >>> 1) << 1;
        const whole = fold(onesSum(bytes, 0, bytes.length, 0));
        const headFirst = onesSum(bytes, cut, bytes.length, onesSum(bytes, 0, cut, 0));
        const tailFirst = onesSum(bytes, 0, cut, onesSum(bytes, cut, bytes.length, 0));
        expect([fold(headFirst), fold(tailFirst)]).toEqual([whole, whole]);
      }),
    );
  });

  it('loses no carry in the largest of packets', () => {
    for (const length of [65_534, 65_535, 1 << 20]) {
      const ones = new Uint8Array(length).fill(0xff);
      expect(fold(onesSum(ones, 0, length, 0xffff))).toBe(length % 2 === 0 ? 0xffff : 0xff00);
      expect(fold(onesSum(ones.subarray(1), 0, length - 1, 0))).toBe(length % 2 === 1 ? 0xffff : 0xff00);
    }
  });

  it('folds sums of more than 32 bits', () => {
    expect(fold(0x1_0000)).toBe(1);
    expect(fold(0xffff)).toBe(0xffff);
    expect(fold(0x1_ffff_ffff)).toBe(1);
    expect(fold(0)).toBe(0);
  });
});

describe('the pseudo-header', () => {
  it('is summed as RFC 9293 section 3.1 and RFC 8200 section 8.1 lay it out', () => {
    fc.assert(
      fc.property(anyIpHeader, fc.nat(0xff), fc.nat(0x1_ffff), ({ src, dst }, protocol, length) => {
        const size = src.version === 4 ? 4 : 16;
        const bytes = new Uint8Array(2 * size + 8);
        src.writeTo(bytes, 0);
        dst.writeTo(bytes, size);
        new DataView(bytes.buffer).setUint32(2 * size, length);
        bytes[2 * size + 7] = protocol;
        expect(fold(pseudoHeaderSum(src, dst, protocol, length))).toBe(referenceSum(bytes));
      }),
    );
  });

  it('makes a difference of its own for each of its fields', () => {
    const base = pseudoHeaderSum(V4.src, V4.dst, PROTOCOL.tcp, 20);
    expect(pseudoHeaderSum(V4.src, V4.src, PROTOCOL.tcp, 20)).not.toBe(base);
    expect(pseudoHeaderSum(V4.src, V4.dst, PROTOCOL.udp, 20)).not.toBe(base);
    expect(pseudoHeaderSum(V4.src, V4.dst, PROTOCOL.tcp, 21)).not.toBe(base);
    expect(pseudoHeaderSum(V6.src, V6.dst, PROTOCOL.tcp, 20)).not.toBe(base);
  });
});
