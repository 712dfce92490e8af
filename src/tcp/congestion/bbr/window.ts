/** What BBR makes of its model: the pacing rate and the window (draft-ietf-ccwg-bbr-06 section 5.6). */

import type { Delivered } from '../controller.ts';
import { initialWindow } from '../controller.ts';
import { DEFAULT_CWND_GAIN, minPipeCwnd, NEVER, STARTUP_PACING_GAIN, type Work } from './state.ts';

/** BBR.PacingMarginPercent: a little less than the bandwidth, so that queues become empty. */
const PACING_MARGIN = 0.01;
/** Section 5.6.3. */
const QUANTUM_MS = 1;
const LARGEST_QUANTUM = 65_536;
/** BBR.ProbeRTTCwndGain. */
const PROBE_RTT_CWND_GAIN = 0.5;
/** BBR.Headroom: what of inflight_longterm is left to others. */
const HEADROOM = 0.15;

/** The pacing gain and the cwnd gain of each state (section 5.6.1). */
const GAINS = {
  Startup: [STARTUP_PACING_GAIN, DEFAULT_CWND_GAIN],
  Drain: [0.5, DEFAULT_CWND_GAIN],
  ProbeBW_DOWN: [0.9, DEFAULT_CWND_GAIN],
  ProbeBW_CRUISE: [1, DEFAULT_CWND_GAIN],
  ProbeBW_REFILL: [1, DEFAULT_CWND_GAIN],
  ProbeBW_UP: [1.25, 2.25],
  ProbeRTT: [1, PROBE_RTT_CWND_GAIN],
} as const;

/** Goes into a state: the gains come with it. */
export function enter(b: Work, state: Work['state']): void {
  b.state = state;
  [b.pacingGain, b.cwndGain] = GAINS[state];
  b.leavesRoom = state === 'ProbeRTT';
}

/** Section 5.6.2, InitPacingRate (): of the window as it is, which another controller may have opened. */
export function initPacingRate(b: Work, mss: number, srttMs: number | undefined): void {
  b.pacingRate = (STARTUP_PACING_GAIN * Math.max(initialWindow(mss), b.cwnd) * 1_000) / (srttMs || 1);
}

/** Until the pipe is known to be full the rate only grows. */
export function setPacingRate(b: Work, gain: number): void {
  const rate = gain * b.bw * (1 - PACING_MARGIN);
  if (rate > 0 && (b.fullBwReached || rate > (b.pacingRate ?? 0))) b.pacingRate = rate;
}

function sendQuantum({ pacingRate = 0 }: Work, mss: number): number {
  return Math.max(2 * mss, Math.min(LARGEST_QUANTUM, (pacingRate * QUANTUM_MS) / 1_000));
}

/** Section 5.6.4.2, BDPMultiple (). */
function bdpMultiple(b: Work, bw: number, gain: number, mss: number): number {
  if (b.minRttMs === NEVER) return initialWindow(mss);
  return (gain * bw * b.minRttMs) / 1_000;
}

/** BBR.bdp. */
export function bdp(b: Work, mss: number): number {
  return bdpMultiple(b, b.bw, 1, mss);
}

/** Section 5.5.8.1: three quanta, that of the device, that of the receiver, and one between them. */
function quantizationBudget(b: Work, inflight: number, mss: number): number {
  const cap = Math.max(inflight, 3 * sendQuantum(b, mss), minPipeCwnd(mss));
  return b.state === 'ProbeBW_UP' ? cap + 2 * mss : cap;
}

/** Inflight (): what of the bandwidth `bw` fills the path. */
export function inflight(b: Work, bw: number, mss: number): number {
  return quantizationBudget(b, bdpMultiple(b, bw, 1, mss), mss);
}

/** InflightWithHeadroom (). */
export function inflightWithHeadroom(b: Work, mss: number): number {
  if (b.inflightLongterm === NEVER) return NEVER;
  const headroom = Math.max(mss, HEADROOM * b.inflightLongterm);
  return Math.max(b.inflightLongterm - headroom, minPipeCwnd(mss));
}

/** TargetInflight (): the BDP, unless congestion has cut the window. */
export function targetInflight(b: Work, mss: number): number {
  return Math.min(bdp(b, mss), b.cwnd);
}

/** Section 5.6.4.5. */
export function probeRttCwnd(b: Work, mss: number): number {
  return Math.max(bdpMultiple(b, b.bw, PROBE_RTT_CWND_GAIN, mss), minPipeCwnd(mss));
}

/** Section 5.6.4.4. In a recovery, or in ProbeRTT, the window is not one to go back to. */
export function saveCwnd(b: Work): void {
  b.priorCwnd = b.isRecovering || b.state === 'ProbeRTT' ? Math.max(b.priorCwnd, b.cwnd) : b.cwnd;
}

export function restoreCwnd(b: Work): void {
  b.cwnd = Math.max(b.cwnd, b.priorCwnd);
}

/** Section 5.6.4.6: down at once, and up by no more than was delivered. */
export function setCwnd(b: Work, { bytes, delivered, mss }: Delivered): void {
  const most = quantizationBudget(b, bdpMultiple(b, b.bw, b.cwndGain, mss) + b.extraAcked, mss);
  let { cwnd } = b;
  if (b.fullBwReached) cwnd = Math.min(cwnd + bytes, most);
  else if (cwnd < most || delivered < initialWindow(mss)) cwnd += bytes;
  cwnd = Math.max(cwnd, minPipeCwnd(mss));
  if (b.state === 'ProbeRTT') cwnd = Math.min(cwnd, probeRttCwnd(b, mss));
  b.cwnd = Math.floor(Math.min(cwnd, boundForModel(b, mss)));
}

/** Section 5.6.4.7. */
function boundForModel(b: Work, mss: number): number {
  let cap = NEVER;
  if (b.state === 'ProbeRTT' || b.state === 'ProbeBW_CRUISE') cap = inflightWithHeadroom(b, mss);
  else if (b.state !== 'Startup' && b.state !== 'Drain') cap = b.inflightLongterm;
  return Math.max(Math.min(cap, b.inflightShortterm), minPipeCwnd(mss));
}
