/**
 * The retransmission timeout (RFC 6298), with samples from timestamps (RFC 7323 section 4) or from one timed segment.
 */

import type { Draft } from './draft.ts';
import type { Tcb } from './tcb.ts';

/** The clock's granularity G: timestamps tick in milliseconds. */
const GRANULARITY_MS = 1;
/** RFC 6298, 2.5: a maximum may be placed on the RTO, of at least 60 seconds. */
const RTO_MAX_MS = 60_000;
/** 2.4. */
const RTO_MIN_MS = 1_000;
const ALPHA = 1 / 8;
const BETA = 1 / 4;
const K = 4;
/** RFC 6298, 5.7: the RTO for text when the SYN's timer had expired. */
const RTO_AFTER_LOST_SYN_MS = 3_000;

/** Takes a sample (2.2, 2.3). With several samples in a round trip each counts for less (RFC 7323, appendix G). */
export function sampleRtt(tcb: Draft, sampleMs: number, samplesPerRoundTrip = 1): void {
  const { rtt } = tcb;
  if (rtt.srttMs === undefined) {
    rtt.srttMs = sampleMs;
    rtt.rttvarMs = sampleMs / 2;
  } else {
    const alpha = ALPHA / samplesPerRoundTrip;
    const beta = BETA / samplesPerRoundTrip;
    rtt.rttvarMs = (1 - beta) * rtt.rttvarMs + beta * Math.abs(rtt.srttMs - sampleMs);
    rtt.srttMs = (1 - alpha) * rtt.srttMs + alpha * sampleMs;
  }
  setTimeoutFrom(tcb);
}

/**
 * Takes a sample of text that was sent after a timeout for nothing: the path may have become slower for good (RFC 4015 section
 * 3.1, step 11).
 */
export function sampleAfterSpuriousTimeout(tcb: Draft, sampleMs: number): void {
  const { rtt } = tcb;
  if (rtt.beforeSpurious === undefined) return;
  const { srttMs, rttvarMs } = rtt.beforeSpurious;
  rtt.beforeSpurious = undefined;
  rtt.srttMs = Math.max(srttMs + 2 * GRANULARITY_MS, sampleMs);
  rtt.rttvarMs = Math.max(rttvarMs, sampleMs / 2);
  setTimeoutFrom(tcb);
}

/**
 * 2.3, 2.4 and 2.5. With a least RTO of less than a second a path of more than that, whose round trip never varies, would have a
 * timer that is due as soon as an ACK is late at all, as a delayed one is: it waits for as much again, up to the least RTO.
 */
function setTimeoutFrom({ rtt, settings }: Draft): void {
  const srttMs = rtt.srttMs ?? 0;
  const marginMs = settings.rtoMinMs < RTO_MIN_MS ? Math.min(settings.rtoMinMs, srttMs) : 0;
  const rtoMs = srttMs + Math.max(GRANULARITY_MS, marginMs, K * rtt.rttvarMs);
  rtt.rtoMs = Math.min(RTO_MAX_MS, Math.max(settings.rtoMinMs, rtoMs));
}

/** 5.7: when the handshake is over and the SYN had been lost, the first RTO for text is 3 s, whatever was measured. */
export function restartRttAfterHandshake(tcb: Draft): void {
  if (tcb.rtt.synRetransmitted) tcb.rtt.rtoMs = Math.max(tcb.rtt.rtoMs, RTO_AFTER_LOST_SYN_MS);
  tcb.rtt.backoff = 0;
}

/** The timeout as it stands, back-off included (5.5). */
export function timeoutMs(tcb: Pick<Tcb, 'rtt'>): number {
  return Math.min(RTO_MAX_MS, tcb.rtt.rtoMs * 2 ** Math.min(tcb.rtt.backoff, 16));
}
