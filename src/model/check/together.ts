/** What two ends are to each other, by what the explorer knows of each. */

import { STATES } from '../../tcp/index.ts';
import type { EndFacts } from './ends.ts';

const FIN_WAIT_2 = STATES.indexOf('FIN-WAIT-2');

/**
 * FIN-WAIT-2 waits for a FIN that will never come, since the other end was cut off: RFC 9293 has no timer for it but
 * keep-alive (3.5.1, 3.8.4), and what its user can do is to ABORT, or to CLOSE the other direction too.
 */
export function isHalfOpen(a: EndFacts, b: EndFacts): boolean {
  return (a.state === FIN_WAIT_2 && b.wasCutOff) || (b.state === FIN_WAIT_2 && a.wasCutOff);
}

/** Whether each of two connections is the one that the other knows of, as far as it knows. */
export function areOfOneConnection(a: EndFacts, b: EndFacts): boolean {
  if (!a.hasConnection || !b.hasConnection) return false;
  return (a.irs < 0 || a.irs === b.iss) && (b.irs < 0 || b.irs === a.iss);
}

/** In words, what one end takes for true of the other that is not so. */
export function disagreement(a: EndFacts, b: EndFacts): string | undefined {
  if (b.irs < 0) return a.una > a.iss ? 'a SYN is acknowledged, and the other end has not got it' : undefined;
  if (a.una > b.rcvNxt)
    return `SND.UNA is ${a.una - a.iss} behind ISS, RCV.NXT of the other end ${b.rcvNxt - a.iss}`;
  // One beyond is a probe of a closed window, which may have opened since.
  if (a.nxt > b.edge + 1)
    return `SND.NXT is ${a.nxt - a.iss} behind ISS, the right edge that was offered ${b.edge - a.iss}`;
  if (b.rcvNxt > a.nxt)
    return `RCV.NXT is ${b.rcvNxt - a.iss} behind IRS, SND.NXT of the other end ${a.nxt - a.iss}`;
  return undefined;
}
