/** The variables of the tail loss probe (RFC 8985 section 7.1). */

export interface Probe {
  /** TLP.end_seq: behind the probe that was sent last and is not settled; undefined while there is none. */
  readonly end: number | undefined;
  /** TLP.is_retrans. */
  readonly isRetransmission: boolean;
  /** A round trip was measured since the last probe. */
  readonly sampled: boolean;
}

export const NO_PROBE: Probe = { end: undefined, isRetransmission: false, sampled: false };
