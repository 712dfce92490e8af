/** The model of the path, as each ACK and each loss update it (draft-ietf-ccwg-bbr-06 section 5.5). */

import type { Delivered } from '../controller.ts';
import { NEVER, type TwoSpans, type Work } from './state.ts';

/** BBR.Beta: no more is given up in a round trip than CUBIC gives up. */
export const BETA = 0.7;
/** BBR.LossThresh: how much of a round trip may be lost while bandwidth is probed for. */
export const LOSS_THRESH = 0.02;
/** BBR.ExtraAckedFilterLen, of which each of two spans takes a half; in Startup one round trip. */
const EXTRA_ACKED_ROUNDS = 10;
/** BBR.MinRTTFilterLen and BBR.ProbeRTTInterval. */
const MIN_RTT_FILTER_MS = 10_000;
const PROBE_RTT_INTERVAL_MS = 5_000;

/** Section 5.5.1, UpdateRound (). */
function updateRound(b: Work, s: Delivered): void {
  b.roundStart = s.priorDelivered !== undefined && s.priorDelivered >= b.nextRoundDelivered;
  if (!b.roundStart) return;
  startRound(b, s.delivered);
  b.roundCount++;
  b.roundsSinceProbeUp++;
}

export function startRound(b: Work, delivered: number): void {
  b.nextRoundDelivered = delivered;
}

function wider(filter: TwoSpans, value: number): TwoSpans {
  return value > filter.now ? { before: filter.before, now: value } : filter;
}

function largest({ before, now }: TwoSpans): number {
  return Math.max(before, now);
}

/** Section 5.5.5, UpdateMaxBw (): what the user held back counts where it is more than was known. */
function updateMaxBw(b: Work, s: Delivered): void {
  updateRound(b, s);
  if (s.rate === undefined || (s.rate < b.maxBw && s.isAppLimited)) return;
  b.maxBwFilter = wider(b.maxBwFilter, s.rate);
  b.maxBw = largest(b.maxBwFilter);
}

/** Section 5.5.6, AdvanceMaxBwFilter (): the cycle before this one is the elder now. A cycle that measured nothing is none. */
export function advanceMaxBwFilter(b: Work): void {
  if (b.maxBwFilter.now === 0) return;
  b.maxBwFilter = { before: b.maxBwFilter.now, now: 0 };
  b.maxBw = largest(b.maxBwFilter);
}

/** Section 5.5.10.3, at the beginning of what an ACK does. */
export function updateLatestDeliverySignals(b: Work, s: Delivered): void {
  b.bwLatest = Math.max(b.bwLatest, s.rate ?? 0);
  b.inflightLatest = Math.max(b.inflightLatest, s.volume);
  b.lossRoundStart = s.priorDelivered !== undefined && s.priorDelivered >= b.lossRoundDelivered;
  if (b.lossRoundStart) b.lossRoundDelivered = s.delivered;
}

/** At its end. */
export function advanceLatestDeliverySignals(b: Work, s: Delivered): void {
  if (!b.lossRoundStart) return;
  b.bwLatest = s.rate ?? 0;
  b.inflightLatest = s.volume;
}

export function resetCongestionSignals(b: Work): void {
  b.isLossInRound = false;
  b.bwLatest = 0;
  b.inflightLatest = 0;
}

/** Once a round trip: what was lost while nothing was probed for makes the short-term model smaller. */
export function updateCongestionSignals(b: Work, s: Delivered): void {
  updateMaxBw(b, s);
  if (!b.lossRoundStart) return;
  if (b.isLossInRound && !isProbingBw(b)) adaptLowerBounds(b);
  b.isLossInRound = false;
}

function adaptLowerBounds(b: Work): void {
  const bw = b.bwShortterm === NEVER ? b.maxBw : b.bwShortterm;
  const inflight = b.inflightShortterm === NEVER ? b.cwnd : b.inflightShortterm;
  b.bwShortterm = Math.max(b.bwLatest, BETA * bw);
  b.inflightShortterm = Math.max(b.inflightLatest, BETA * inflight);
}

function isProbingBw({ state }: Work): boolean {
  return state === 'Startup' || state === 'ProbeBW_REFILL' || state === 'ProbeBW_UP';
}

export function resetShortTermModel(b: Work): void {
  b.bwShortterm = NEVER;
  b.inflightShortterm = NEVER;
}

export function boundBwForModel(b: Work): void {
  b.bw = Math.min(b.maxBw, b.bwShortterm);
}

/** Section 5.5.9: how much more was acknowledged at once than the bandwidth explains. */
export function updateAckAggregation(b: Work, s: Delivered): void {
  let expected = (b.bw * (s.nowMs - b.extraAckedSinceMs)) / 1_000;
  if (b.extraAckedDelivered <= expected) {
    b.extraAckedDelivered = 0;
    b.extraAckedSinceMs = s.nowMs;
    expected = 0;
  }
  b.extraAckedDelivered += s.bytes;
  if (b.roundStart) {
    b.extraAckedRounds++;
    if (b.extraAckedRounds >= (b.fullBwReached ? EXTRA_ACKED_ROUNDS / 2 : 1)) {
      b.extraAckedRounds = 0;
      b.extraAckedFilter = { before: b.fullBwReached ? b.extraAckedFilter.now : 0, now: 0 };
    }
  }
  b.extraAckedFilter = wider(b.extraAckedFilter, Math.min(b.extraAckedDelivered - expected, b.cwnd));
  b.extraAcked = largest(b.extraAckedFilter);
}

/** Section 5.3.4.3, UpdateMinRTT (). */
export function updateMinRtt(b: Work, s: Delivered): void {
  b.probeRttExpired = s.nowMs > b.probeRttMinStampMs + PROBE_RTT_INTERVAL_MS;
  if (s.rttMs !== undefined && (s.rttMs < b.probeRttMinDelayMs || b.probeRttExpired)) {
    b.probeRttMinDelayMs = s.rttMs;
    b.probeRttMinStampMs = s.nowMs;
  }
  const isExpired = s.nowMs > b.minRttStampMs + MIN_RTT_FILTER_MS;
  if (b.probeRttMinDelayMs < b.minRttMs || isExpired) {
    b.minRttMs = b.probeRttMinDelayMs;
    b.minRttStampMs = b.probeRttMinStampMs;
  }
}

/** Section 5.3.1.2. */
export function resetFullBw(b: Work): void {
  b.fullBw = 0;
  b.fullBwCount = 0;
  b.fullBwNow = false;
}

/** Three round trips in which the rate has hardly grown although more was sent: the pipe is full. */
export function checkFullBwReached(b: Work, s: Delivered): void {
  if (b.fullBwNow || !b.roundStart || s.isAppLimited || s.rate === undefined) return;
  if (s.rate >= b.fullBw * 1.25) {
    resetFullBw(b);
    b.fullBw = s.rate;
    return;
  }
  b.fullBwCount++;
  b.fullBwNow = b.fullBwCount >= 3;
  if (b.fullBwNow) b.fullBwReached = true;
}

/** Section 5.5.10.2: more was lost than a flight of this size may lose. */
export function isInflightTooHigh({
  lost,
  sentInFlight,
  isSelective,
}: Pick<Delivered, 'lost' | 'sentInFlight' | 'isSelective'>): boolean {
  return lost > sentInFlight * LOSS_THRESH || (lost > 0 && !isSelective);
}
