/**
 * What BBR knows of the path, and where it stands (draft-ietf-ccwg-bbr-06 section 2). Names are the draft's; sizes in bytes,
 * rates in bytes a second, times in milliseconds.
 */

import { type CongestionWindow, initialWindow } from '../controller.ts';

export type Phase =
  | 'Startup'
  | 'Drain'
  | 'ProbeBW_DOWN'
  | 'ProbeBW_CRUISE'
  | 'ProbeBW_REFILL'
  | 'ProbeBW_UP'
  | 'ProbeRTT';

/** What the ACKs that come in tell of bandwidth probing (section 2.14). */
export type AckPhase = 'INIT' | 'REFILLING' | 'PROBE_STARTING' | 'PROBE_FEEDBACK' | 'PROBE_STOPPING';

/** The largest of two spans of time, of which the elder is forgotten as a whole. */
export interface TwoSpans {
  readonly before: number;
  readonly now: number;
}

export interface BbrState extends CongestionWindow {
  readonly state: Phase;
  readonly pacingGain: number;
  readonly cwndGain: number;

  /** Round trips by packets (section 5.5.1); C.delivered as of the last ACK. */
  readonly delivered: number;
  /** The user had no more to send, as of the last ACK. */
  readonly isAppLimited: boolean;
  readonly roundCount: number;
  readonly roundStart: boolean;
  readonly nextRoundDelivered: number;

  /** The model of the path. */
  readonly maxBwFilter: TwoSpans;
  readonly maxBw: number;
  readonly bwShortterm: number;
  readonly bw: number;
  readonly minRttMs: number;
  readonly minRttStampMs: number;
  readonly inflightLongterm: number;
  readonly inflightShortterm: number;

  /** What the last round trip has delivered, and whether it lost anything (section 5.5.10.3). */
  readonly bwLatest: number;
  readonly inflightLatest: number;
  readonly lossRoundDelivered: number;
  readonly lossRoundStart: boolean;
  readonly isLossInRound: boolean;
  /** Stretches lost in this round trip, and where the last of them ends. */
  readonly lossEvents: number;
  readonly lossEnd: number;

  /** The degree of aggregation (section 5.5.9). */
  readonly extraAckedFilter: TwoSpans;
  readonly extraAcked: number;
  readonly extraAckedDelivered: number;
  readonly extraAckedSinceMs: number;
  readonly extraAckedRounds: number;

  /** Whether the pipe is full (section 5.3.1.2). */
  readonly fullBwReached: boolean;
  readonly fullBwNow: boolean;
  readonly fullBw: number;
  readonly fullBwCount: number;
  readonly drainStartRound: number;

  /** Probing for bandwidth (section 5.3.3). */
  readonly ackPhase: AckPhase;
  readonly isBwProbeSample: boolean;
  readonly bwProbeUpAcked: number;
  readonly probeUpAckedPerInc: number;
  readonly bwProbeUpRounds: number;
  readonly roundsSinceProbeUp: number;
  readonly bwProbeWaitMs: number;
  readonly cycleStampMs: number;
  readonly prevProbeTooHigh: boolean;
  readonly prevProbePrecautionary: boolean;

  /** Probing for the round trip (section 5.3.4). */
  readonly probeRttMinDelayMs: number;
  readonly probeRttMinStampMs: number;
  readonly probeRttExpired: boolean;
  /** Undefined until the flight is small enough. */
  readonly probeRttDoneStampMs: number | undefined;
  readonly probeRttRoundDone: boolean;
  readonly idleRestart: boolean;

  /** What cwnd was before a recovery or ProbeRTT, and what to go back to should nothing have been lost (section 5.5.11). */
  readonly priorCwnd: number;
  readonly isRecovering: boolean;
  readonly undoState: 'Startup' | 'ProbeBW_UP' | undefined;
  readonly undoBwShortterm: number;
  readonly undoInflightShortterm: number;
  readonly undoInflightLongterm: number;

  /**
   * From which the next waiting time is drawn. A controller draws nothing by chance of its own: it comes of the sequence numbers,
   * and so of the ISS. Undefined before the first ACK, and the time stamps say nothing before it either.
   */
  readonly chance: number | undefined;
}

/** A state that one call is working on. */
export type Work = { -readonly [K in keyof BbrState]: BbrState[K] };

export const NEVER = Number.POSITIVE_INFINITY;
export const NOTHING: TwoSpans = { before: 0, now: 0 };

/** BBR.StartupPacingGain, 4 · ln 2, and BBR.DefaultCwndGain. */
export const STARTUP_PACING_GAIN = 2.77;
export const DEFAULT_CWND_GAIN = 2;
/** BBR.MinPipeCwnd, in segments: two and the ACKs of two others on their way. */
const MIN_PIPE_SEGMENTS = 4;

export function minPipeCwnd(mss: number): number {
  return MIN_PIPE_SEGMENTS * mss;
}

/** OnInit () of section 5.2.1. */
export function start(mss: number): BbrState {
  return {
    cwnd: initialWindow(mss),
    ssthresh: NEVER,
    leavesRoom: false,
    state: 'Startup',
    pacingGain: STARTUP_PACING_GAIN,
    cwndGain: DEFAULT_CWND_GAIN,
    delivered: 0,
    isAppLimited: true,
    roundCount: 0,
    roundStart: false,
    nextRoundDelivered: 0,
    maxBwFilter: NOTHING,
    maxBw: 0,
    bwShortterm: NEVER,
    bw: 0,
    minRttMs: NEVER,
    minRttStampMs: 0,
    inflightLongterm: NEVER,
    inflightShortterm: NEVER,
    bwLatest: 0,
    inflightLatest: 0,
    lossRoundDelivered: 0,
    lossRoundStart: false,
    isLossInRound: false,
    lossEvents: 0,
    lossEnd: -1,
    extraAckedFilter: NOTHING,
    extraAcked: 0,
    extraAckedDelivered: 0,
    extraAckedSinceMs: 0,
    extraAckedRounds: 0,
    fullBwReached: false,
    fullBwNow: false,
    fullBw: 0,
    fullBwCount: 0,
    drainStartRound: 0,
    ackPhase: 'INIT',
    isBwProbeSample: false,
    bwProbeUpAcked: 0,
    probeUpAckedPerInc: NEVER,
    bwProbeUpRounds: 0,
    roundsSinceProbeUp: 0,
    bwProbeWaitMs: 0,
    cycleStampMs: 0,
    prevProbeTooHigh: false,
    prevProbePrecautionary: false,
    probeRttMinDelayMs: NEVER,
    probeRttMinStampMs: 0,
    probeRttExpired: false,
    probeRttDoneStampMs: undefined,
    probeRttRoundDone: false,
    idleRestart: false,
    priorCwnd: 0,
    isRecovering: false,
    undoState: undefined,
    undoBwShortterm: 0,
    undoInflightShortterm: 0,
    undoInflightLongterm: 0,
    chance: undefined,
  };
}
