/**
 * Initial sequence numbers (RFC 9293 section 3.4.1, RFC 6528): ISN = M + F(4-tuple, secret key).
 */

import type { FourTuple } from '../tcp/four-tuple.ts';
import { gt, seq } from '../tcp/seq.ts';
import type { KeyedHash } from './keyed-hash.ts';

/** M ticks once in 4 microseconds (MUST-8). */
const TICKS_PER_MS = 250;
/** How far a new ISS lies beyond the last number of a connection whose 4-tuple it takes over. */
const BEYOND_OLD = 64_000;

/**
 * @param above the old connection's SND.NXT, when the 4-tuple was in TIME-WAIT: the ISS is greater (section 3.6.1, MAY-2)
 */
export function initialSequenceNumber(
  hash: KeyedHash,
  tuple: FourTuple,
  nowMs: number,
  above?: number,
): number {
  const iss = seq(Math.floor(nowMs * TICKS_PER_MS) + hash(tuple, 'iss'));
  if (above === undefined || gt(iss, seq(above))) return iss;
  return seq(above + BEYOND_OLD);
}
