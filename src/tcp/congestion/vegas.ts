/**
 * Vegas: congestion control by delay alone. Once a round trip it compares what it could send on an empty path with what it
 * does send; the difference is what of its own lies in queues, and is kept between two bounds. Here to show that the
 * interface holds for controllers that model the path: it fills links without losing anything, and yields to those that fill
 * queues. After L. Brakmo and L. Peterson, "TCP Vegas" (1995).
 */

import type { Seq } from '../seq.ts';
import { ge } from '../seq.ts';
import type { Acknowledged, CongestionWindow, Controller } from './controller.ts';
import { bytesInSlowStart, isWindowLimited } from './controller.ts';
import { reno } from './reno.ts';

/** Segments of its own in queues: below α it sends more, above β less; slow start ends above γ. */
const ALPHA = 2;
const BETA = 4;
const GAMMA = 1;
const ENOUGH_SAMPLES = 2;

export interface VegasState extends CongestionWindow {
  readonly baseRttMs: number;
  readonly minRttMs: number;
  readonly samples: number;
  /** The round is over when this is acknowledged; undefined before the first ACK. */
  readonly roundEnd: Seq | undefined;
  readonly counted: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export const vegas: Controller<VegasState> = {
  name: 'vegas',
  start: (mss) => ({
    ...reno.start(mss),
    baseRttMs: NEVER,
    minRttMs: NEVER,
    samples: 0,
    roundEnd: undefined,
  }),
  onMss: (state, mss, atStart) => ({ ...state, ...reno.onMss(state, mss, atStart) }),

  onAck(known, ack) {
    const rttMs = Math.max(ack.rttMs ?? NEVER, 0.001);
    const state = {
      ...known,
      baseRttMs: Math.min(known.baseRttMs, rttMs),
      minRttMs: Math.min(known.minRttMs, rttMs),
      samples: known.samples + (ack.rttMs === undefined ? 0 : 1),
    };
    if (state.roundEnd === undefined) return { ...state, roundEnd: ack.nxt };
    const slowStart = state.cwnd < state.ssthresh;
    const grown = slowStart && isWindowLimited(state, ack) ? bytesInSlowStart(ack, 2) : 0;
    if (!ge(ack.una, state.roundEnd)) return { ...state, cwnd: state.cwnd + grown };
    return nextRound({ ...state, cwnd: state.cwnd + grown }, ack, slowStart);
  },

  onLoss: (state, sending) => ({ ...state, ...reno.onLoss(state, sending) }),
  onRecoveryExit: (state, sending) => ({ ...state, ...reno.onRecoveryExit(state, sending) }),
  onRto: (state, sending, again) => ({ ...state, ...reno.onRto(state, sending, again) }),
  onEcn: (state, sending) => ({ ...state, ...reno.onEcn(state, sending) }),
  onIdle: (state, sending) => ({ ...state, ...reno.onIdle(state, sending) }),
};

function nextRound(state: VegasState, ack: Acknowledged, slowStart: boolean): VegasState {
  const { mss } = ack;
  const { cwnd, baseRttMs, minRttMs, samples } = state;
  const next = { ...state, roundEnd: ack.nxt, minRttMs: NEVER, samples: 0 };
  if (samples < ENOUGH_SAMPLES) return next;
  const queued = (cwnd * (minRttMs - baseRttMs)) / minRttMs / mss;
  if (slowStart) {
    if (queued <= GAMMA) return next;
    const target = Math.max(2 * mss, Math.floor((cwnd * baseRttMs) / minRttMs) + mss);
    return { ...next, cwnd: Math.min(cwnd, target), ssthresh: Math.min(cwnd, target) };
  }
  if (queued < ALPHA) return isWindowLimited(state, ack) ? { ...next, cwnd: cwnd + mss } : next;
  if (queued > BETA) return { ...next, cwnd: Math.max(2 * mss, cwnd - mss) };
  return next;
}
