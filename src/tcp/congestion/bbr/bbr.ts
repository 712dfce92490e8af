/**
 * BBR, version 3 (draft-ietf-ccwg-bbr-06): in place of filling queues until they overflow it measures how fast the path
 * delivers and how long an empty one takes, and sends so much as that holds. A loss is one sign among others.
 */

import type { Controller, Lost, Sending } from '../controller.ts';
import { initialWindow } from '../controller.ts';
import {
  advanceLatestDeliverySignals,
  boundBwForModel,
  checkFullBwReached,
  isInflightTooHigh,
  LOSS_THRESH,
  resetFullBw,
  updateAckAggregation,
  updateCongestionSignals,
  updateLatestDeliverySignals,
  updateMinRtt,
} from './model.ts';
import {
  checkDrainDone,
  checkProbeRtt,
  checkProbeRttDone,
  checkStartupDone,
  handleInflightTooHigh,
  isInProbeBw,
  startProbeBwRefill,
  startupTooHigh,
  updateProbeBwCyclePhase,
} from './phases.ts';
import { type BbrState, start, type Work } from './state.ts';
import { enter, initPacingRate, restoreCwnd, saveCwnd, setCwnd, setPacingRate } from './window.ts';

export type { BbrState } from './state.ts';

export const bbr: Controller<BbrState> = {
  name: 'bbr',
  start,
  onMss: (state, mss, atStart) => (atStart ? { ...state, cwnd: initialWindow(mss) } : state),
  onAck: (state) => state,

  describe: ({ state }) => state,

  // Section 5.2.3.
  onDelivered(state, s) {
    const b: Work = { ...state };
    b.delivered = s.delivered;
    b.isAppLimited = s.isAppLimited;
    if (b.chance === undefined) begin(b, s);
    if (b.pacingRate === undefined) initPacingRate(b, s.mss, s.srttMs);
    if (b.isRecovering && !s.isRecovering) endRecovery(b);
    updateLatestDeliverySignals(b, s);
    updateCongestionSignals(b, s);
    updateAckAggregation(b, s);
    checkFullBwReached(b, s);
    checkStartupDone(b, s);
    checkDrainDone(b, s);
    updateProbeBwCyclePhase(b, s);
    updateMinRtt(b, s);
    checkProbeRtt(b, s);
    advanceLatestDeliverySignals(b, s);
    boundBwForModel(b);
    setPacingRate(b, b.pacingGain);
    setCwnd(b, s);
    return b;
  },

  // Section 5.5.10.2, HandleLostPacket ().
  onLost(state, lost) {
    const b: Work = { ...state };
    noteLoss(b, lost.delivered);
    if (lost.start !== b.lossEnd) b.lossEvents++;
    b.lossEnd = lost.end;
    if (b.isBwProbeSample && isInflightTooHigh(lost))
      handleInflightTooHigh(b, { ...lost, sentInFlight: inflightAtLoss(lost) });
    return b;
  },

  onLoss: (state) => enterRecovery({ ...state }),
  onRecoveryExit(state) {
    const b: Work = { ...state };
    endRecovery(b);
    return b;
  },

  // Section 5.6.4.4: all that was in flight is lost, and one segment may go.
  onRto(state, sending, again) {
    const b: Work = { ...state };
    if (!again) noteLossOf(b, sending);
    enterRecovery(b);
    b.cwnd = sending.mss;
    return b;
  },

  // Section 3.7 leaves open how, and asks that it be taken for congestion: as a loss is.
  onEcn(state, sending) {
    const b: Work = { ...state };
    noteLossOf(b, sending);
    if (b.state === 'Startup') startupTooHigh(b, sending.mss);
    return b;
  },

  // Section 5.4.2: the rate is known, and need not be found again.
  onIdle: (state) => state,

  // Section 5.4.1, HandleRestartFromIdle ().
  onRestart(state, sending) {
    const b: Work = { ...state };
    if (b.pacingRate === undefined) initPacingRate(b, sending.mss, sending.srttMs);
    b.idleRestart = true;
    b.extraAckedSinceMs = sending.nowMs;
    if (isInProbeBw(b)) setPacingRate(b, 1);
    else if (b.state === 'ProbeRTT') checkProbeRttDone(b, { ...sending, delivered: b.delivered });
    return b;
  },

  // Section 5.5.11.2, HandleSpuriousLossDetection ().
  onUndo(state) {
    const b: Work = { ...state };
    restoreCwnd(b);
    b.isRecovering = false;
    b.isLossInRound = false;
    resetFullBw(b);
    b.bwShortterm = Math.max(b.bwShortterm, b.undoBwShortterm);
    b.inflightShortterm = Math.max(b.inflightShortterm, b.undoInflightShortterm);
    b.inflightLongterm = Math.max(b.inflightLongterm, b.undoInflightLongterm);
    const { undoState, state: now } = b;
    b.undoState = undefined;
    if (undoState === undefined || undoState === now) return b;
    if (undoState === 'Startup') b.fullBwReached = false;
    if (now === 'ProbeRTT') return b;
    if (undoState === 'Startup') enter(b, 'Startup');
    else startProbeBwRefill(b, b.delivered);
    return b;
  },
};

/** The first ACK: time begins, and chance. */
function begin(b: Work, { nowMs, nxt, delivered }: Sending & { nxt: number; delivered: number }): void {
  // Without what was delivered it is the ISS, which nobody foresees; mixed, since neighbours should not wait alike.
  b.chance = Math.imul((nxt - delivered) ^ 0x9e37_79b9, 0x85eb_ca6b) >>> 0;
  b.minRttStampMs = nowMs;
  b.probeRttMinStampMs = nowMs;
  b.extraAckedSinceMs = nowMs;
}

/** NoteLoss (): the first loss of a round trip begins a round of its own. */
function noteLoss(b: Work, delivered: number): void {
  if (!b.isLossInRound) {
    b.lossRoundDelivered = delivered;
    saveStateUponLoss(b);
  }
  b.isLossInRound = true;
}

/** A mark, or a timeout, counts for the flight as a whole. */
function noteLossOf(b: Work, sending: Sending): void {
  const { delivered, isAppLimited } = b;
  noteLoss(b, delivered);
  if (b.isBwProbeSample)
    handleInflightTooHigh(b, { ...sending, delivered, sentInFlight: sending.flight, isAppLimited });
}

function saveStateUponLoss(b: Work): void {
  saveCwnd(b);
  b.undoState = undefined;
  b.undoBwShortterm = b.bwShortterm;
  b.undoInflightShortterm = b.inflightShortterm;
  b.undoInflightLongterm = b.inflightLongterm;
}

/** OnEnterFastRecovery (), OnEnterRTO (): what the losses themselves have saved stays, should they have changed it since. */
function enterRecovery(b: Work): Work {
  saveCwnd(b);
  b.isRecovering = true;
  return b;
}

function endRecovery(b: Work): void {
  restoreCwnd(b);
  b.isRecovering = false;
}

/** InflightAtLoss (): at which flight the losses crossed the bound, within what was sent at one instant. */
function inflightAtLoss({ bytes, lost, sentInFlight }: Lost): number {
  const before = sentInFlight - bytes;
  const lostBefore = lost - bytes;
  return before + Math.max(0, LOSS_THRESH * before - lostBefore) / (1 - LOSS_THRESH);
}
