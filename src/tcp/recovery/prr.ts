/**
 * Proportional Rate Reduction (RFC 9937 section 6, read in draft-ietf-tcpm-prr-rfc6937bis): how much may be in flight during
 * fast recovery, so that the window comes down to ssthresh in step with what is delivered, neither by a pause of half a round
 * trip nor in a burst.
 */

export interface Prr {
  /** prr_delivered and prr_out, in octets since recovery began. */
  readonly delivered: number;
  readonly out: number;
  /** RecoverFS: what was in flight when it began. */
  readonly recoverFlight: number;
}

export const NO_PRR: Prr = { delivered: 0, out: 0, recoverFlight: 0 };

/** What one ACK says. */
export interface PrrAck {
  /** DeliveredData: octets acknowledged or reported for the first time. */
  readonly delivered: number;
  /** What is in flight, by the scoreboard. */
  readonly pipe: number;
  readonly ssthresh: number;
  readonly mss: number;
  /** SafeACK: SND.UNA moves on, and nothing more was found lost. */
  readonly isSafe: boolean;
}

/** @returns the new counters, and the window: what may be in flight until the next ACK */
export function onAckInRecovery(prr: Prr, ack: PrrAck): { readonly prr: Prr; readonly window: number } {
  const delivered = prr.delivered + ack.delivered;
  const next: Prr = { delivered, out: prr.out, recoverFlight: prr.recoverFlight };
  let count: number;
  if (ack.pipe > ack.ssthresh) {
    count = Math.ceil((delivered * ack.ssthresh) / Math.max(1, prr.recoverFlight)) - prr.out;
  } else {
    // The conservative reduction bound, or as in slow start while recovery makes progress.
    count = Math.max(delivered - prr.out, ack.delivered) + (ack.isSafe ? ack.mss : 0);
    count = Math.min(ack.ssthresh - ack.pipe, count);
  }
  // The first retransmission waits for nothing.
  if (prr.out === 0) count = Math.max(count, ack.mss);
  return { prr: next, window: ack.pipe + Math.max(0, count) };
}
