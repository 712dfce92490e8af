import { ByteQueue } from './byte-queue.ts';
import { deliveryRateFor } from './congestion/control.ts';
import { controllerNamed } from './congestion/controllers.ts';
import { NOT_MEASURED } from './congestion/validation.ts';
import { NO_MARK } from './ecn.ts';
import { pathOf } from './path-mtu.ts';
import { NO_PROBE } from './recovery/probe.ts';
import { NO_PRR } from './recovery/prr.ts';
import { NO_RACK } from './recovery/rack.ts';
import { emptyScoreboard } from './recovery/scoreboard.ts';
import { add, seq } from './seq.ts';
import type { Settings } from './settings.ts';
import { IDLE, type Tally, type Tcb, type Totals } from './tcb.ts';

/** The default send MSS when the peer announces none (MUST-15). */
export const DEFAULT_SEND_MSS = { 4: 536, 6: 1_220 } as const;

export const NO_TOTALS: Totals = {
  segmentsSent: 0,
  segmentsReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  bytesRetransmitted: 0,
  retransmissions: 0,
  duplicatesReported: 0,
  responsesUndone: 0,
  challengeAcks: 0,
};

/**
 * A new TCB, before anything was sent or received (RFC 9293 section 3.10.1).
 *
 * @param nowMs the time of the OPEN, or of the SYN that arrived
 */
export function createTcb(
  origin: 'active' | 'passive',
  iss: number,
  settings: Settings,
  nowMs: number,
  timestampOffset = 0,
): Tcb {
  const first = seq(iss);
  const mss = Math.min(DEFAULT_SEND_MSS[settings.ipVersion], settings.pathMss);
  const none: Tally = { sinceMs: nowMs, count: 0 };
  return {
    nowMs,
    origin,
    iss: first,
    irs: seq(0),
    timestampOffset,
    snd: {
      una: first,
      nxt: first,
      wnd: 0,
      wl1: seq(0),
      wl2: seq(0),
      up: undefined,
      maxWnd: 0,
      smallEnd: undefined,
      mss,
      dontFragment: true,
      shift: 0,
      queue: ByteQueue.empty,
      buffer: settings.sendBuffer,
      text: add(first, 1),
      sentMs: nowMs,
      pacedMs: nowMs,
      unansweredSinceMs: undefined,
    },
    rcv: {
      nxt: seq(0),
      wnd: Math.min(settings.receiveBuffer, 65_535),
      up: undefined,
      shift: 0,
      queue: ByteQueue.empty,
      buffer: settings.receiveBuffer,
      reading: {
        rttMs: undefined,
        echo: undefined,
        edge: undefined,
        edgeMs: nowMs,
        sinceMs: nowMs,
        readBefore: 0,
        most: 0,
      },
      blocks: [],
      fin: undefined,
      largest: Math.min(settings.mss, DEFAULT_SEND_MSS[settings.ipVersion]),
      quickAcks: settings.quickAcks,
      acked: seq(0),
      ack: 'none',
      ackReason: 'in order',
      tsRecent: undefined,
      tsRecentMs: nowMs,
      duplicate: undefined,
      reader: 'present',
    },
    path: pathOf(settings),
    cc: controllerNamed(settings.congestionControl).start(mss),
    use: { isFull: false, most: 0, end: first },
    validation: NOT_MEASURED,
    recovery: {
      phase: 'open',
      duplicates: 0,
      inflation: 0,
      recover: first,
      next: first,
      cause: 'timeout',
      window: 0,
      prr: NO_PRR,
      rescued: false,
      frto: 'off',
      undo: undefined,
      probe: NO_PROBE,
    },
    scoreboard: emptyScoreboard(first),
    rack: NO_RACK,
    deliveryRate: deliveryRateFor(settings.congestionControl, nowMs),
    rtt: {
      srttMs: undefined,
      rttvarMs: 0,
      rtoMs: settings.rtoInitialMs,
      backoff: 0,
      timed: undefined,
      synRetransmitted: false,
      beforeSpurious: undefined,
    },
    timers: {
      send: IDLE,
      rtoDueMs: undefined,
      ackDueMs: undefined,
      probes: 0,
      keepAliveProbes: 0,
      heardMs: nowMs,
    },
    userTimeout: { remoteMs: undefined, announce: settings.userTimeoutEnabled },
    ecn: NO_MARK,
    features: { timestamps: false, sack: false, windowScaling: false, ecn: false },
    settings,
    totals: NO_TOTALS,
    answers: { challenges: none, empty: none, text: none },
    softError: undefined,
    timeWait: undefined,
  };
}
