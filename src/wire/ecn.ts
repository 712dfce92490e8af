/**
 * The ECN field of the IP header (RFC 3168 section 5): the two low bits of what was the type of service, or traffic class.
 */

import { setUint16, uint16 } from './bytes.ts';
import { fold } from './checksum.ts';

/** Codepoints. A sender that reacts to marks says so with ECT(0) or ECT(1). */
export const ECN = { NOT_ECT: 0, ECT_1: 1, ECT_0: 2, CE: 3 } as const;

/** The ECN field of a frame; `NOT_ECT` of what is no IP packet. */
export function ecnOf(frame: Uint8Array): number {
  const version = (frame[0] ?? 0) >> 4;
  const second = frame[1] ?? 0;
  if (version === 4) return second & 3;
  return version === 6 ? (second >> 4) & 3 : ECN.NOT_ECT;
}

/**
 * Marks a frame as a router does that meets congestion: CE in place of ECT, in place.
 *
 * @returns false, with nothing changed, for a frame whose sender would not react
 */
export function markCongestion(frame: Uint8Array): boolean {
  const ecn = ecnOf(frame);
  if (ecn === ECN.NOT_ECT || frame.length < 20) return false;
  const before = uint16(frame, 0);
  if (frame[0]! >> 4 === 6) {
    frame[1]! |= ECN.CE << 4;
    return true;
  }
  frame[1]! |= ECN.CE;
  // RFC 1624, equation 3: the header's checksum without reading it all again.
  const sum = (~uint16(frame, 10) & 0xffff) + (~before & 0xffff) + uint16(frame, 0);
  setUint16(frame, 10, ~fold(sum) & 0xffff);
  return true;
}
