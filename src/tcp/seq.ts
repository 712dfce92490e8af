/**
 * Sequence numbers: the only file that does arithmetic on them (RFC 9293 section 3.4).
 */

declare const brand: unique symbol;

/** A sequence number: an integer of 0 … 2^32 − 1, whose order is meaningful only between two that lie less than 2^31 apart. */
export type Seq = number & { readonly [brand]: 'Seq' };

/** The sequence number that `value` stands for, modulo 2^32. */
export function seq(value: number): Seq {
  return (value >>> 0) as Seq;
}

/** `a` moved on by `octets`, which may be negative. */
export function add(a: Seq, octets: number): Seq {
  return ((a + octets) >>> 0) as Seq;
}

/** How far `a` lies behind (positive) or before (negative) `b`: −2^31 … 2^31 − 1. */
export function distance(a: Seq, b: Seq): number {
  return (a - b) | 0;
}

export function lt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) < 0;
}

export function le(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) <= 0;
}

export function gt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) > 0;
}

export function ge(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) >= 0;
}

export function max(a: Seq, b: Seq): Seq {
  return ge(a, b) ? a : b;
}

export function min(a: Seq, b: Seq): Seq {
  return le(a, b) ? a : b;
}
