/**
 * The Internet checksum (RFC 1071): the complement of the ones' complement sum of all 16-bit words. Sums are kept as plain
 * numbers, unfolded, so that the parts of a packet can be added up in any order.
 */

import type { IpAddress } from './address.ts';

/** From here on the 32-bit loop is faster, in spite of the view that it has to make. */
const WIDE_LENGTH = 256;

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/**
 * Adds the big-endian 16-bit words of `bytes[start, end)` to `initial`. An odd last byte counts as the high half of a word whose
 * low half is zero (RFC 9293 section 3.1), so of several parts only the last one may have an odd length.
 *
 * @example
 * ```ts
 * const ok = fold(onesSum(segment, 0, segment.length, pseudoHeaderSum(src, dst, PROTOCOL.tcp, segment.length))) === 0xffff;
 * ```
 */
export function onesSum(bytes: Uint8Array, start: number, end: number, initial: number): number {
  let at = start;
  let sum = initial;
  if (end - start >= WIDE_LENGTH && ((bytes.byteOffset + start) & 3) === 0) {
    const wideLength = (end - start) & ~15;
    sum += wideSum(bytes, start, wideLength);
    at += wideLength;
  }
  // The two columns of a word are added up by themselves: half of the shifts, and neither leaves the range of small integers.
  let high = 0;
  let low = 0;
  for (; at + 8 <= end; at += 8) {
    high += bytes[at]! + bytes[at + 2]! + bytes[at + 4]! + bytes[at + 6]!;
    low += bytes[at + 1]! + bytes[at + 3]! + bytes[at + 5]! + bytes[at + 7]!;
  }
  for (; at + 2 <= end; at += 2) {
    high += bytes[at]!;
    low += bytes[at + 1]!;
  }
  if (at < end) high += bytes[at]!;
  return sum + high * 256 + low;
}

/** The memory that was summed up last, and its words: frames come from slabs, so that the next one is often in it, too. */
let viewed: ArrayBufferLike = new ArrayBuffer(0);
let words: Uint32Array = new Uint32Array(viewed);

/**
 * The same over a multiple of 16 bytes, four at a time in the host's byte order: the sum of 32-bit words, folded, is that of their
 * 16-bit halves, and its bytes may be swapped at the end in place of each word's (RFC 1071 section 2, B and C).
 */
function wideSum(bytes: Uint8Array, start: number, length: number): number {
  const { buffer } = bytes;
  if (buffer !== viewed) {
    viewed = buffer;
    words = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }
  const view = words;
  const first = (bytes.byteOffset + start) >>> 2;
  const behind = first + (length >>> 2);
  // A double holds 2^21 of these words exactly: 8 MiB, far more than a packet has. Four sums, since none has to wait for
  // another one: of one alone each addition would wait for the one before it.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = first; i < behind; i += 4) {
    a += view[i]!;
    b += view[i + 1]!;
    c += view[i + 2]!;
    d += view[i + 3]!;
  }
  const folded = fold(a + b + c + d);
  return LITTLE_ENDIAN ? ((folded & 0xff) << 8) | (folded >>> 8) : folded;
}

/** Adds the carries back in until 16 bits are left. A sum that includes its own right checksum folds to 0xffff. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The checksum of `bytes[start, end)` and of what `initial` sums up, ready for its header field. */
export function checksum(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  return ~fold(onesSum(bytes, start, end, initial)) & 0xffff;
}

/** The sum over the pseudo-header of RFC 9293 section 3.1 (IPv4) or RFC 8200 section 8.1 (IPv6); `length` is the upper layer's. */
export function pseudoHeaderSum(src: IpAddress, dst: IpAddress, protocol: number, length: number): number {
  const sum = (length >>> 16) + (length & 0xffff) + protocol + halves(src.w3) + halves(dst.w3);
  if (src.version === 4) return sum;
  return (
    sum + halves(src.w0) + halves(src.w1) + halves(src.w2) + halves(dst.w0) + halves(dst.w1) + halves(dst.w2)
  );
}

function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
