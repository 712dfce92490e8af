/**
 * CUBIC (RFC 9438): the window follows a cubic function of the time since the last loss, flat around the window at which that
 * happened; slow start ends by HyStart++ (RFC 9406).
 */

import type { Acknowledged, CongestionWindow, Controller, Sending } from './controller.ts';
import { bytesInSlowStart, initialWindow, isWindowLimited } from './controller.ts';
import type { HystartState } from './hystart.ts';
import { hystart } from './hystart.ts';

/** C, in segments a second cubed (section 5). */
const C = 0.4;
const BETA = 0.7;
/** Section 4.3: what makes a window that backs off by β as fast as Reno's. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA);

/** Section 4.1.2's variables, in bytes and milliseconds. What changes with each ACK stands here, the rest in the curve. */
export interface CubicState extends CongestionWindow {
  /** W_est: what Reno would have by now. */
  readonly wEst: number;
  /** The fraction of a byte by which cwnd has grown besides. */
  readonly fraction: number;
  /** When an ACK was last looked at. */
  readonly lastMs: number;
  readonly curve: CubicCurve;
  readonly slowStart: HystartState | undefined;
}

export interface CubicCurve {
  /** W_max: where the plateau lies. 0 before the first loss. */
  readonly wMax: number;
  /** cwnd_prior: cwnd before it was last reduced. */
  readonly cwndPrior: number;
  /** t_epoch, later by the time in which the window was not used; undefined until congestion avoidance begins. */
  readonly epochMs: number | undefined;
  /** K: how long after t_epoch the curve comes to W_max. */
  readonly kMs: number;
}

const NO_CURVE: CubicCurve = { wMax: 0, cwndPrior: 0, epochMs: undefined, kMs: 0 };

export const cubic: Controller<CubicState> = {
  name: 'cubic',

  start: (mss) => ({
    cwnd: initialWindow(mss),
    ssthresh: Number.POSITIVE_INFINITY,
    wEst: 0,
    fraction: 0,
    lastMs: 0,
    curve: NO_CURVE,
    slowStart: undefined,
  }),

  onMss(state, mss, atStart) {
    return atStart && state.ssthresh === Number.POSITIVE_INFINITY
      ? { ...state, cwnd: initialWindow(mss) }
      : state;
  },

  onAck(state, ack) {
    // At ssthresh itself section 4.10 has slow start still; but a recovery ends there, and each would give two segments for nothing.
    if (state.cwnd < state.ssthresh) return inSlowStart(state, ack);
    // Section 5.8: the time in which the application sent too little is none in which the window grows.
    return isWindowLimited(state, ack) ? inAvoidance(state, ack) : paused(state, ack.nowMs);
  },

  onLoss: reduced,

  // Section 4.6: a mark may take the window down to one segment, and never up.
  onEcn(state, sending) {
    const next = reduced(state, sending);
    return { ...next, cwnd: Math.max(sending.mss, Math.min(state.cwnd, backedOff(state))) };
  },

  // As RFC 6582 section 3.2, step 3: no burst when the full ACK empties the path.
  onRecoveryExit: (state, { flight, mss }) => ({
    ...state,
    cwnd: Math.min(state.ssthresh, Math.max(flight, mss) + mss),
  }),

  // Section 4.8. The curve begins anew with the first congestion avoidance: no plateau is known.
  onRto(state, sending, again) {
    const { ssthresh, curve } = again ? state : reduced(state, sending);
    return {
      cwnd: sending.mss,
      ssthresh,
      wEst: 0,
      fraction: 0,
      lastMs: sending.nowMs,
      curve: { ...NO_CURVE, cwndPrior: curve.cwndPrior },
      slowStart: undefined,
    };
  },

  onIdle: (state, { mss }) => ({ ...state, cwnd: Math.min(initialWindow(mss), state.cwnd) }),
};

/** Whether slow start has become conservative (RFC 9406 section 4.2), of whatever controller the value is. */
export function isConservative(cc: CongestionWindow | CubicState): boolean {
  return 'slowStart' in cc && cc.slowStart?.conservative !== undefined;
}

/** RFC 9406; after a loss plain slow start with its step for one ACK (RFC 3465 section 2.2). */
function inSlowStart(known: CubicState, ack: Acknowledged): CubicState {
  const { cwnd, ssthresh, wEst, fraction, curve, slowStart } = known;
  const { nowMs: lastMs } = ack;
  const isUsed = isWindowLimited(known, ack);
  if (ssthresh !== Number.POSITIVE_INFINITY) {
    const step = isUsed ? bytesInSlowStart(ack, 2) : 0;
    // The next congestion avoidance is a stage of its own, as after an idle time.
    const next = curve.epochMs === undefined ? curve : { ...curve, epochMs: undefined };
    return { cwnd: cwnd + step, ssthresh, wEst, fraction, lastMs, curve: next, slowStart };
  }
  const { state, growth, over } = hystart(slowStart, ack);
  const grown = isUsed ? cwnd + growth : cwnd;
  return {
    cwnd: grown,
    ssthresh: over ? grown : ssthresh,
    wEst,
    fraction,
    lastMs,
    // Section 4.10: no loss has told of W_max; cwnd_prior is the window at which ssthresh is set.
    curve: over ? { ...curve, cwndPrior: grown } : curve,
    slowStart: over ? undefined : state,
  };
}

function inAvoidance(state: CubicState, ack: Acknowledged): CubicState {
  const { bytes, mss, nowMs, rttMs } = ack;
  // What is acknowledged now was sent later than the ACK before it: in between nothing waited for the window (section 5.8).
  const unusedMs = rttMs === undefined ? 0 : nowMs - rttMs - state.lastMs;
  const known = unusedMs > 0 ? paused(state, state.lastMs + unusedMs) : state;
  const { cwnd, ssthresh, curve, wEst, fraction } =
    known.curve.epochMs === undefined ? epochBegins(known, mss, nowMs) : known;
  const t = nowMs - (curve.epochMs as number);
  // Section 4.3: from cwnd_prior on as Reno, one segment a round trip.
  const alpha = wEst >= curve.cwndPrior ? 1 : ALPHA;
  const estimate = wEst + (alpha * bytes * mss) / cwnd;
  let grown = fraction;
  if (wCubic(curve, mss, t) < estimate) {
    // The Reno-friendly region.
    grown += Math.max(0, estimate - cwnd - fraction);
  } else {
    // Sections 4.4 and 4.5: what takes the window to the curve within a round trip, and to one and a half times at most.
    const target = Math.max(cwnd, Math.min(wCubic(curve, mss, t + (ack.srttMs ?? 0)), 1.5 * cwnd));
    grown += ((target - cwnd) * bytes) / cwnd;
  }
  const whole = Math.floor(grown);
  return {
    cwnd: cwnd + whole,
    ssthresh,
    wEst: estimate,
    fraction: grown - whole,
    lastMs: nowMs,
    curve,
    slowStart: undefined,
  };
}

/** Section 4.2; where no loss is known, or cwnd lies beyond it already, the curve's plateau is here and now (section 4.8). */
function epochBegins(state: CubicState, mss: number, nowMs: number): CubicState {
  const { cwnd, curve } = state;
  const wMax = Math.max(cwnd, curve.wMax);
  const kMs = 1_000 * cubeRoot((wMax - cwnd) / mss / C);
  const { cwndPrior } = curve;
  return { ...state, wEst: cwnd, fraction: 0, curve: { wMax, cwndPrior, epochMs: nowMs, kMs } };
}

/** W_cubic(t), equation 1. */
function wCubic({ wMax, kMs }: CubicCurve, mss: number, tMs: number): number {
  const seconds = (tMs - kMs) / 1_000;
  return wMax + C * seconds * seconds * seconds * mss;
}

/**
 * Section 4.6, which leaves the choice to those whose window does not grow unused: of cwnd, and not of what was in flight. A few
 * segments are lost as easily as many, and say no more about the path: from them alone the window would begin anew.
 */
function backedOff({ cwnd }: CubicState): number {
  return Math.floor(BETA * cwnd);
}

/** Sections 4.6 and 4.7: multiplicative decrease, and room for newcomers when the plateau sinks (fast convergence). */
function reduced(state: CubicState, sending: Sending): CubicState {
  const { cwnd, curve } = state;
  const { mss, nowMs } = sending;
  const ssthresh = Math.max(backedOff(state), 2 * mss);
  const wMax = cwnd < curve.wMax ? (cwnd * (1 + BETA)) / 2 : cwnd;
  return {
    cwnd: ssthresh,
    ssthresh,
    wEst: ssthresh,
    fraction: 0,
    lastMs: nowMs,
    curve: { wMax, cwndPrior: cwnd, epochMs: undefined, kMs: 0 },
    slowStart: undefined,
  };
}

function paused(state: CubicState, nowMs: number): CubicState {
  const { cwnd, ssthresh, wEst, fraction, lastMs, curve, slowStart } = state;
  if (curve.epochMs === undefined || nowMs === lastMs) return state;
  const later = { ...curve, epochMs: curve.epochMs + nowMs - lastMs };
  return { cwnd, ssthresh, wEst, fraction, lastMs: nowMs, curve: later, slowStart };
}

/** By Newton's method, since the last bit of `Math.cbrt` is left to each engine: same seed, same bytes, in any of them. */
function cubeRoot(value: number): number {
  if (value <= 0) return 0;
  let root = Math.max(1, value / 3);
  for (let step = 0; step < 100; step++) {
    const next = (2 * root + value / (root * root)) / 3;
    if (Math.abs(next - root) <= 1e-9 * next) return next;
    root = next;
  }
  return root;
}
