/**
 * Congestion window validation (RFC 7661), where the user asks for it: a window that is not used is preserved for five
 * minutes in place of starting small after an idle time; but a loss then counts against what was really sent.
 *
 * It works around whatever controller there is: that one decides about a window that is in use, and is told of a loss as if
 * the window had been no larger than what was.
 */

import type { Draft } from '../draft.ts';
import type { CongestionWindow, Controller, Sending } from './controller.ts';
import { initialWindow } from './controller.ts';

/** Section 4.4: NVP, the non-validated period, is five minutes at most. */
const PERIOD_MS = 300_000;
/** Section 4.2: the pipeACK sampling period, three round trips and at least this. */
const SAMPLING_MIN_MS = 1_000;
const SAMPLING_ROUND_TRIPS = 3;

/**
 * What was acknowledged within a round trip: pipeACK is the largest such sample of the sampling period, kept in two halves of
 * it, of which the elder is forgotten as a whole.
 */
export interface Validation {
  /** pipeACK is defined: a round trip has been measured since the beginning, or since the last loss. */
  readonly measured: boolean;
  /** Acknowledged in the round trip that began at `roundMs`. */
  readonly acked: number;
  readonly roundMs: number;
  /** The largest sample since `halfMs`, and of the half before. */
  readonly most: number;
  readonly mostBefore: number;
  readonly halfMs: number;
  /** When pipeACK was half of the window or more for the last time. */
  readonly validMs: number;
  /** In a recovery that began in the non-validated phase: what had been used by then, and how much was sent again in all. */
  readonly loss: { readonly used: number; readonly resent: number } | undefined;
}

export const NOT_MEASURED: Validation = {
  measured: false,
  acked: 0,
  roundMs: 0,
  most: 0,
  mostBefore: 0,
  halfMs: 0,
  validMs: 0,
  loss: undefined,
};

type Validated = Pick<Draft, 'settings' | 'cc' | 'rtt' | 'validation' | 'nowMs'>;

function samplingMs({ rtt }: Validated): number {
  return Math.max(SAMPLING_ROUND_TRIPS * (rtt.srttMs ?? 0), SAMPLING_MIN_MS);
}

/** Section 4.2: the capacity that was seen to be used, in bytes; undefined as long as nothing was measured. */
export function pipeAck(tcb: Validated): number | undefined {
  const { measured, most, mostBefore, halfMs } = tcb.validation;
  if (!measured) return undefined;
  const halves = (tcb.nowMs - halfMs) / (samplingMs(tcb) / 2);
  if (halves >= 2) return 0;
  return halves >= 1 ? most : Math.max(most, mostBefore);
}

/** Section 4.3: whether less than half of the window was used of late. Never so where the user does not ask for validation. */
export function isNonValidated(tcb: Validated): boolean {
  if (!tcb.settings.windowValidation) return false;
  const used = pipeAck(tcb);
  return used !== undefined && used < tcb.cc.cwnd / 2;
}

/** Something new was acknowledged, and nothing is being recovered. */
export function samplePipe(tcb: Draft, bytes: number): void {
  if (!tcb.settings.windowValidation || tcb.recovery.phase !== 'open' || tcb.rtt.srttMs === undefined) return;
  const { nowMs } = tcb;
  let { measured, acked, roundMs, most, mostBefore, halfMs, validMs } = tcb.validation;
  if (nowMs - roundMs >= tcb.rtt.srttMs) {
    // Before the first round trip is over nobody knows how much of the window it will use.
    if (!measured && acked > 0) {
      measured = true;
      validMs = nowMs;
    }
    acked = 0;
    roundMs = nowMs;
  }
  acked += bytes;
  const half = samplingMs(tcb) / 2;
  if (nowMs - halfMs >= half) {
    mostBefore = nowMs - halfMs < 2 * half ? most : 0;
    most = 0;
    halfMs = nowMs;
  }
  most = Math.max(most, acked);
  tcb.validation = { measured, acked, roundMs, most, mostBefore, halfMs, validMs, loss: undefined };
  if (measured && !isNonValidated(tcb)) tcb.validation = { ...tcb.validation, validMs: nowMs };
  else endPeriods(tcb);
}

/** Section 4.4.3: for each period in which the window was not used it becomes half, and slow start leads back. */
export function endPeriods(tcb: Draft): void {
  if (!isNonValidated(tcb)) return;
  const { mss } = tcb.snd;
  const beganMs = tcb.validation.validMs + samplingMs(tcb);
  const periods = Math.floor((tcb.nowMs - beganMs) / PERIOD_MS);
  if (periods < 1) return;
  let { cwnd, ssthresh } = tcb.cc;
  for (let period = 0; period < periods && cwnd > initialWindow(mss); period++) {
    ssthresh = Math.max(ssthresh, Math.floor((3 * cwnd) / 4));
    cwnd = Math.max(Math.floor(cwnd / 2), initialWindow(mss));
  }
  tcb.cc = { ...tcb.cc, cwnd, ssthresh };
  tcb.validation = { ...tcb.validation, validMs: tcb.validation.validMs + periods * PERIOD_MS };
}

/**
 * Section 4.4.1: a window that was not in use is cut to half of what was, or to what the controller makes of that, if it is
 * less.
 *
 * @param respond the controller's own response
 * @param recovers whether a recovery follows, at whose end `windowAfterRecovery` is due
 */
export function windowAfterCongestion(
  tcb: Draft,
  sending: Sending,
  respond: Controller['onLoss'],
  recovers: boolean,
): void {
  if (!isNonValidated(tcb)) {
    tcb.cc = respond(tcb.cc, sending);
    tcb.validation = NOT_MEASURED;
    return;
  }
  const used = Math.max(pipeAck(tcb) ?? 0, sending.flight);
  const cc = respond({ ...tcb.cc, cwnd: Math.min(tcb.cc.cwnd, used) }, { ...sending, flight: used });
  tcb.cc = bounded(cc, Math.floor(used / 2), sending.mss);
  const loss = { used, resent: tcb.totals.bytesRetransmitted };
  tcb.validation = recovers ? { ...NOT_MEASURED, loss } : NOT_MEASURED;
}

/** Section 4.4.1, at the end of the recovery: what had to be sent again was too much. pipeACK is to be measured anew. */
export function windowAfterRecovery(tcb: Draft): void {
  const { loss } = tcb.validation;
  if (loss !== undefined) {
    const again = tcb.totals.bytesRetransmitted - loss.resent;
    tcb.cc = bounded(tcb.cc, Math.floor((loss.used - again) / 2), tcb.snd.mss);
  }
  tcb.validation = NOT_MEASURED;
}

function bounded(cc: CongestionWindow, most: number, mss: number): CongestionWindow {
  return {
    ...cc,
    cwnd: Math.min(cc.cwnd, Math.max(most, mss)),
    ssthresh: Math.min(cc.ssthresh, Math.max(most, 2 * mss)),
  };
}
