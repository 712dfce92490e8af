/**
 * HyStart++ (RFC 9406): slow start that ends when the round-trip time says that a queue builds up, before it overflows. In
 * between lies conservative slow start, which looks whether that was true.
 */

import type { Seq } from '../seq.ts';
import { ge } from '../seq.ts';
import { type Acknowledged, bytesInSlowStart } from './controller.ts';

// Section 4.3: the constants that it recommends.
const MIN_RTT_THRESH_MS = 4;
const MAX_RTT_THRESH_MS = 16;
const MIN_RTT_DIVISOR = 8;
const N_RTT_SAMPLE = 8;
const CSS_GROWTH_DIVISOR = 4;
const CSS_ROUNDS = 5;
/** L: segments' worth that one ACK may add; for a sender that does not pace. One that does has no such bound. */
const LARGEST_STEP = 8;

/** Section 4.2's variables. A round lasts until what was SND.NXT at its beginning is acknowledged. */
export interface HystartState {
  readonly windowEnd: Seq;
  readonly lastRoundMinRttMs: number;
  readonly currentRoundMinRttMs: number;
  readonly rttSamples: number;
  /** Conservative slow start: the lowest RTT on entering it, and how many of its rounds are over; undefined in slow start. */
  readonly conservative: { readonly baselineMinRttMs: number; readonly rounds: number } | undefined;
}

/** What an ACK makes of slow start: by how much cwnd grows, and whether congestion avoidance begins. */
export interface SlowStartStep {
  readonly state: HystartState;
  readonly growth: number;
  readonly over: boolean;
}

/** Section 4.2, for each ACK of new data in the first slow start of a connection. */
export function hystart(known: HystartState | undefined, ack: Acknowledged): SlowStartStep {
  const before = known ?? beginning(ack.nxt);
  const roundEnds = ge(ack.una, before.windowEnd);
  const round = roundEnds ? nextRound(before, ack.nxt) : before;
  const currentRoundMinRttMs = Math.min(round.currentRoundMinRttMs, ack.rttMs ?? Number.POSITIVE_INFINITY);
  const rttSamples = round.rttSamples + (ack.rttMs === undefined ? 0 : 1);
  const most = ack.paced ? ack.bytes : bytesInSlowStart(ack, LARGEST_STEP);
  const enough = rttSamples >= N_RTT_SAMPLE;

  let { conservative } = round;
  let growth = most;
  if (conservative !== undefined) {
    growth = Math.floor(most / CSS_GROWTH_DIVISOR);
    // The rise was a jitter: back to slow start.
    if (enough && currentRoundMinRttMs < conservative.baselineMinRttMs) conservative = undefined;
  } else if (enough && hasRisen(round.lastRoundMinRttMs, currentRoundMinRttMs)) {
    conservative = { baselineMinRttMs: currentRoundMinRttMs, rounds: 0 };
  }
  return {
    state: {
      windowEnd: round.windowEnd,
      lastRoundMinRttMs: round.lastRoundMinRttMs,
      currentRoundMinRttMs,
      rttSamples,
      conservative,
    },
    growth,
    over: conservative !== undefined && conservative.rounds >= CSS_ROUNDS,
  };
}

function beginning(nxt: Seq): HystartState {
  return {
    windowEnd: nxt,
    lastRoundMinRttMs: Number.POSITIVE_INFINITY,
    currentRoundMinRttMs: Number.POSITIVE_INFINITY,
    rttSamples: 0,
    conservative: undefined,
  };
}

function nextRound({ currentRoundMinRttMs, conservative }: HystartState, nxt: Seq): HystartState {
  return {
    windowEnd: nxt,
    lastRoundMinRttMs: currentRoundMinRttMs,
    currentRoundMinRttMs: Number.POSITIVE_INFINITY,
    rttSamples: 0,
    conservative: conservative && { ...conservative, rounds: conservative.rounds + 1 },
  };
}

function hasRisen(lastMs: number, currentMs: number): boolean {
  if (lastMs === Number.POSITIVE_INFINITY || currentMs === Number.POSITIVE_INFINITY) return false;
  const threshold = Math.max(MIN_RTT_THRESH_MS, Math.min(lastMs / MIN_RTT_DIVISOR, MAX_RTT_THRESH_MS));
  return currentMs >= lastMs + threshold;
}
