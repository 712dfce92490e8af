/**
 * BBR's states (draft-ietf-ccwg-bbr-06 section 5.3): Startup finds the bandwidth, Drain empties the queue that this made,
 * ProbeBW sends faster and slower in turns, and ProbeRTT sends little for a moment, to measure an empty path.
 */

import type { Delivered, Lost } from '../controller.ts';
import {
  advanceMaxBwFilter,
  BETA,
  isInflightTooHigh,
  resetCongestionSignals,
  resetFullBw,
  resetShortTermModel,
  startRound,
} from './model.ts';
import { NEVER, type Work } from './state.ts';
import {
  bdp,
  enter,
  inflight,
  inflightWithHeadroom,
  probeRttCwnd,
  restoreCwnd,
  saveCwnd,
  targetInflight,
} from './window.ts';

/** BBRStartupFullLossCnt: so many separate losses in a round trip are no mischance. */
const STARTUP_FULL_LOSS_COUNT = 6;
const DRAIN_ROUNDS = 3;
/** Section 5.3.3.8: from two to three seconds between probes, or as many round trips as Reno would need, 63 at most. */
const PROBE_WAIT_MS = 2_000;
const PROBE_WAIT_SPREAD_MS = 1_000;
const RENO_ROUNDS = 63;
/** BBR.ProbeRTTDuration. */
const PROBE_RTT_MS = 200;
const MOST_UP_ROUNDS = 30;

/** What is known whenever bandwidth probing starts or stops. */
type Moment = Pick<Delivered, 'delivered' | 'mss' | 'nowMs'>;

/** Section 5.3.1: the pipe is full when the rate no longer grows, or when too much is lost. */
export function checkStartupDone(b: Work, s: Delivered): void {
  checkStartupHighLoss(b, s);
  if (b.state !== 'Startup' || !b.fullBwReached) return;
  enter(b, 'Drain');
  b.drainStartRound = b.roundCount;
}

function checkStartupHighLoss(b: Work, s: Delivered): void {
  if (!b.fullBwReached && s.isRecovering) {
    const isSeen = s.isSelective ? b.lossRoundStart && b.lossEvents >= STARTUP_FULL_LOSS_COUNT : s.lost > 0;
    if (isSeen && isInflightTooHigh(s)) {
      b.undoState = 'Startup';
      startupTooHigh(b, s.mss);
    }
  }
  if (b.lossRoundStart) b.lossEvents = 0;
}

/** The pipe is full, and more than full. */
export function startupTooHigh(b: Work, mss: number): void {
  b.fullBwReached = true;
  b.inflightLongterm = wholeBytes(Math.max(bdp(b, mss), b.inflightLatest));
}

/** As cwnd is counted: a window that stands at this bound must be seen to. */
function wholeBytes(bytes: number): number {
  return Math.floor(bytes);
}

/** Section 5.3.2. */
export function checkDrainDone(b: Work, s: Delivered): void {
  if (b.state !== 'Drain') return;
  const isDrained = s.inFlight <= inflight(b, b.bw, s.mss);
  if (isDrained || b.roundCount > b.drainStartRound + DRAIN_ROUNDS) startProbeBwDown(b, s);
}

/** Section 5.3.3.9. */
function startProbeBwDown(b: Work, at: Moment): void {
  resetCongestionSignals(b);
  b.probeUpAckedPerInc = NEVER;
  pickProbeWait(b);
  b.cycleStampMs = at.nowMs;
  b.ackPhase = 'PROBE_STOPPING';
  startRound(b, at.delivered);
  enter(b, 'ProbeBW_DOWN');
}

export function startProbeBwRefill(b: Work, delivered: number): void {
  resetShortTermModel(b);
  b.bwProbeUpRounds = 0;
  b.bwProbeUpAcked = 0;
  b.prevProbePrecautionary = false;
  b.ackPhase = 'REFILLING';
  startRound(b, delivered);
  enter(b, 'ProbeBW_REFILL');
}

function startProbeBwUp(b: Work, s: Delivered): void {
  b.ackPhase = 'PROBE_STARTING';
  startRound(b, s.delivered);
  resetFullBw(b);
  b.fullBw = s.rate ?? 0;
  enter(b, 'ProbeBW_UP');
  raiseInflightLongtermSlope(b, s.mss);
}

/** Section 5.3.3.8, PickProbeWait (). */
function pickProbeWait(b: Work): void {
  b.roundsSinceProbeUp = Math.floor(2 * draw(b));
  b.bwProbeWaitMs = PROBE_WAIT_MS + PROBE_WAIT_SPREAD_MS * draw(b);
}

/** Of a sequence that is the same for the same ISS: from 0 to less than 1. */
function draw(b: Work): number {
  b.chance = (Math.imul(b.chance ?? 0, 1_664_525) + 1_013_904_223) >>> 0;
  return b.chance / 2 ** 32;
}

export function isInProbeBw({ state }: Pick<Work, 'state'>): boolean {
  return state !== 'Startup' && state !== 'Drain' && state !== 'ProbeRTT';
}

/** Section 5.3.3.9, UpdateProbeBWCyclePhase (). */
export function updateProbeBwCyclePhase(b: Work, s: Delivered): void {
  if (!b.fullBwReached || adaptLongTermModel(b, s)) return;
  switch (b.state) {
    case 'ProbeBW_DOWN':
      if (isTimeToProbeBw(b, s)) startProbeBwRefill(b, s.delivered);
      else if (isTimeToCruise(b, s)) enter(b, 'ProbeBW_CRUISE');
      return;
    case 'ProbeBW_CRUISE':
      if (isTimeToProbeBw(b, s)) startProbeBwRefill(b, s.delivered);
      return;
    case 'ProbeBW_REFILL':
      if (!b.roundStart) return;
      b.isBwProbeSample = true;
      startProbeBwUp(b, s);
      return;
    case 'ProbeBW_UP':
      if (!isTimeToGoDown(b, s)) return;
      b.prevProbeTooHigh = false;
      startProbeBwDown(b, s);
  }
}

function isTimeToProbeBw(b: Work, s: Delivered): boolean {
  if (s.nowMs > b.cycleStampMs + b.bwProbeWaitMs) return true;
  return b.roundsSinceProbeUp >= Math.min(targetInflight(b, s.mss) / s.mss, RENO_ROUNDS);
}

function isTimeToCruise(b: Work, s: Delivered): boolean {
  return s.inFlight <= inflightWithHeadroom(b, s.mss) && s.inFlight <= inflight(b, b.maxBw, s.mss);
}

function isTimeToGoDown(b: Work, s: Delivered): boolean {
  // Section 5.3.3.6: what was too much the last time is only touched, and looked at again if it has lost nothing.
  if (b.prevProbeTooHigh && s.inFlight >= b.inflightLongterm) {
    b.prevProbePrecautionary = true;
    return true;
  }
  if (s.isWindowLimited && b.cwnd >= b.inflightLongterm) {
    // The window is what holds the rate back.
    resetFullBw(b);
    b.fullBw = s.rate ?? 0;
    return false;
  }
  return b.fullBwNow;
}

/** Twice as many segments in each round trip, spread over it. */
function raiseInflightLongtermSlope(b: Work, mss: number): void {
  const growth = 2 ** b.bwProbeUpRounds;
  b.bwProbeUpRounds = Math.min(b.bwProbeUpRounds + 1, MOST_UP_ROUNDS);
  b.probeUpAckedPerInc = Math.max(b.cwnd / growth, mss);
}

function probeInflightLongtermUpward(b: Work, s: Delivered): void {
  if (!s.isWindowLimited || b.cwnd < b.inflightLongterm) return;
  b.bwProbeUpAcked += s.bytes;
  if (b.bwProbeUpAcked >= b.probeUpAckedPerInc) {
    const steps = Math.floor(b.bwProbeUpAcked / b.probeUpAckedPerInc);
    b.bwProbeUpAcked -= steps * b.probeUpAckedPerInc;
    b.inflightLongterm += steps * s.mss;
  }
  if (b.roundStart) raiseInflightLongtermSlope(b, s.mss);
}

/** AdaptLongTermModel (): true where it has changed the state. */
function adaptLongTermModel(b: Work, s: Delivered): boolean {
  if (b.ackPhase === 'PROBE_STARTING' && b.roundStart) b.ackPhase = 'PROBE_FEEDBACK';
  if (b.ackPhase === 'PROBE_STOPPING' && b.roundStart) {
    b.isBwProbeSample = false;
    b.ackPhase = 'INIT';
    if (isInProbeBw(b)) {
      if (!s.isAppLimited) advanceMaxBwFilter(b);
      if (b.prevProbePrecautionary && !b.prevProbeTooHigh) {
        startProbeBwRefill(b, s.delivered);
        return true;
      }
    }
  }
  if (isInflightTooHigh(s) || b.inflightLongterm === NEVER) return false;
  if (s.sentInFlight > b.inflightLongterm) b.inflightLongterm = s.sentInFlight;
  if (b.state === 'ProbeBW_UP') probeInflightLongtermUpward(b, s);
  return false;
}

/** Section 5.5.10.2, HandleInflightTooHigh (): once for each probe. */
export function handleInflightTooHigh(
  b: Work,
  at: Moment & Pick<Lost, 'sentInFlight' | 'isAppLimited'>,
): void {
  b.prevProbeTooHigh = true;
  b.isBwProbeSample = false;
  if (!at.isAppLimited)
    b.inflightLongterm = wholeBytes(Math.max(at.sentInFlight, targetInflight(b, at.mss) * BETA));
  if (b.state !== 'ProbeBW_UP') return;
  b.undoState = 'ProbeBW_UP';
  startProbeBwDown(b, at);
}

/** Section 5.3.4.3. */
export function checkProbeRtt(b: Work, s: Delivered): void {
  if (b.state !== 'ProbeRTT' && b.probeRttExpired && !b.idleRestart) {
    enter(b, 'ProbeRTT');
    saveCwnd(b);
    b.probeRttDoneStampMs = undefined;
    b.ackPhase = 'PROBE_STOPPING';
    startRound(b, s.delivered);
  }
  if (b.state === 'ProbeRTT') handleProbeRtt(b, s);
  if (s.volume > 0) b.idleRestart = false;
}

function handleProbeRtt(b: Work, s: Delivered): void {
  if (b.probeRttDoneStampMs === undefined) {
    if (s.inFlight > probeRttCwnd(b, s.mss)) return;
    b.probeRttDoneStampMs = s.nowMs + PROBE_RTT_MS;
    b.probeRttRoundDone = false;
    startRound(b, s.delivered);
    return;
  }
  if (b.roundStart) b.probeRttRoundDone = true;
  if (b.probeRttRoundDone) checkProbeRttDone(b, s);
}

/** It has lasted long enough: the window is what it was, and the next probe for bandwidth not due at once (section 5.3.4.4). */
export function checkProbeRttDone(b: Work, at: Moment): void {
  if (b.probeRttDoneStampMs === undefined || at.nowMs <= b.probeRttDoneStampMs) return;
  b.probeRttMinStampMs = at.nowMs;
  restoreCwnd(b);
  resetShortTermModel(b);
  if (!b.fullBwReached) return enter(b, 'Startup');
  startProbeBwDown(b, at);
  enter(b, 'ProbeBW_CRUISE');
}
