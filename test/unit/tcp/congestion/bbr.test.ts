/** BBR's rules one by one (draft-ietf-ccwg-bbr-06), on a path that is made of nothing but numbers. */

import { describe, expect, it } from 'vitest';
import type { Delivered, Lost } from '../../../../src/index.ts';
import { type BbrState, bbr } from '../../../../src/tcp/congestion/bbr/bbr.ts';
import { seq } from '../../../../src/tcp/seq.ts';

const MSS = 1_000;
const ISS = 12_345;
/** A path of a megabyte a second and 100 ms: it holds 100 segments. */
const RATE = 1_000_000;
const RTT_MS = 100;
const BDP = (RATE * RTT_MS) / 1_000;

interface Round {
  /** Bytes a second; as much as the state asks for, and the path has, unless it is said. */
  readonly rate?: number;
  readonly rttMs?: number;
  readonly isAppLimited?: boolean;
  readonly isRecovering?: boolean;
  readonly inFlight?: number;
  readonly sentInFlight?: number;
  readonly lost?: number;
  readonly isWindowLimited?: boolean;
}

/** A connection as BBR sees it, an ACK a round trip. */
class Path {
  state: BbrState;
  nowMs = 1_000;
  #delivered = 0;
  readonly #iss: number;
  #rttMs = RTT_MS;

  constructor(iss = ISS) {
    this.#iss = iss;
    this.state = bbr.start(MSS);
  }

  get sending() {
    return { mss: MSS, flight: this.state.cwnd, nowMs: this.nowMs, srttMs: RTT_MS };
  }

  /** One round trip, in which all is delivered that was in flight. */
  round(round: Round = {}): this {
    // Ever a little shorter, so that none has to be probed for.
    this.#rttMs -= 0.001;
    const { rttMs = this.#rttMs, isAppLimited = false, isRecovering = false, lost = 0 } = round;
    const rate = round.rate ?? Math.min(RATE, (this.state.cwnd * 1_000) / rttMs);
    const bytes = Math.round((rate * rttMs) / 1_000);
    this.nowMs += rttMs;
    const priorDelivered = this.#delivered;
    this.#delivered += bytes;
    this.state = bbr.onDelivered!(this.state, {
      ...this.sending,
      bytes,
      delivered: this.#delivered,
      rate,
      volume: bytes,
      priorDelivered,
      sentInFlight: round.sentInFlight ?? bytes,
      lost,
      isAppLimited,
      inFlight: round.inFlight ?? bytes,
      isWindowLimited: round.isWindowLimited ?? false,
      isRecovering,
      isSelective: true,
      rttMs,
      una: seq(this.#iss + this.#delivered),
      nxt: seq(this.#iss + this.#delivered),
    } satisfies Delivered);
    return this;
  }

  rounds(count: number, round?: Round): this {
    for (let left = count; left > 0; left--) this.round(round);
    return this;
  }

  /** Round trips until it is in this state, and how many. */
  until(state: BbrState['state'], round?: Round, most = 500): number {
    for (let count = 0; count < most; count++) {
      if (this.state.state === state) return count;
      this.round(round);
    }
    throw new Error(`stayed in ${this.state.state}`);
  }

  lose(bytes: number, more: Partial<Lost> = {}): this {
    this.state = bbr.onLost!(this.state, {
      ...this.sending,
      bytes,
      delivered: this.#delivered,
      lost: bytes,
      sentInFlight: BDP,
      isAppLimited: false,
      isSelective: true,
      start: 0,
      end: bytes,
      ...more,
    });
    return this;
  }

  /** Where the path is known, and nothing is probed for. */
  static cruising(iss?: number): Path {
    const path = new Path(iss);
    path.until('ProbeBW_CRUISE');
    return path;
  }
}

describe('Startup', () => {
  it('doubles until the rate has hardly grown for three round trips, and then drains', () => {
    const path = new Path();
    const cwnds: number[] = [];
    while (path.state.state === 'Startup') {
      path.round({ rttMs: RTT_MS, inFlight: 2 * BDP });
      cwnds.push(path.state.cwnd);
    }
    expect(path.state.state).toBe('Drain');
    // 10 segments, 20, 40, 80, and three round trips at the 100 that the path holds beside the one that found them.
    expect(cwnds.length).toBe(8);
    expect(cwnds.slice(0, 3)).toEqual([20 * MSS, 40 * MSS, 80 * MSS]);
    expect(path.state.maxBw).toBe(RATE);
    expect(path.state.pacingRate).toBeCloseTo(0.5 * RATE * 0.99, 0);
  });

  it('takes no notice of rounds in which the user has held text back', () => {
    const path = new Path().rounds(12, { isAppLimited: true, rate: RATE / 10 });
    expect(path.state.state).toBe('Startup');
    expect(path.state.fullBwCount).toBe(0);
    // But a rate that is more than was known is one, whoever held text back.
    expect(path.state.maxBw).toBe(RATE / 10);
    path.round({ isAppLimited: true, rate: RATE / 5 }).round({ isAppLimited: true, rate: RATE / 8 });
    expect(path.state.maxBw).toBe(RATE / 5);
  });

  it('ends when six stretches were lost in a round trip, and more than two in a hundred', () => {
    const lossy = (stretches: number, lost: number): string => {
      const path = new Path().rounds(3);
      for (let stretch = 0; stretch < stretches; stretch++)
        path.lose(MSS, { start: 10 * stretch * MSS, end: (10 * stretch + 1) * MSS });
      path.round({ isRecovering: true, lost, sentInFlight: 80 * MSS, inFlight: 2 * BDP });
      return path.state.state;
    };
    expect(lossy(6, 6 * MSS)).toBe('Drain');
    expect(lossy(5, 6 * MSS)).toBe('Startup');
    expect(lossy(6, MSS)).toBe('Startup');
  });

  it('counts what is lost side by side as one', () => {
    const path = new Path().rounds(3);
    for (let segment = 0; segment < 8; segment++)
      path.lose(MSS, { start: segment * MSS, end: (segment + 1) * MSS });
    expect(path.state.lossEvents).toBe(1);
  });
});

describe('Drain', () => {
  it('ends when no more is in flight than the path holds, or after three round trips', () => {
    const drained = new Path();
    drained.until('Drain', { inFlight: 2 * BDP });
    expect(drained.round({ inFlight: BDP + 10 * MSS }).state.state).toBe('Drain');
    expect(drained.round({ inFlight: BDP - MSS }).state.state).toBe('ProbeBW_CRUISE');
    const full = new Path();
    full.until('Drain', { inFlight: 2 * BDP });
    expect(full.until('ProbeBW_DOWN', { inFlight: 2 * BDP })).toBe(4);
  });
});

describe('ProbeBW', () => {
  it('goes down, cruises, refills and goes up in turns, with the gains of each', () => {
    const path = Path.cruising();
    const gains: Record<string, number> = {};
    const order: string[] = [];
    for (let round = 0; round < 60; round++) {
      const { state } = path.state;
      if (order.at(-1) !== state) order.push(state);
      gains[state] ??= path.state.pacingRate! / (path.state.bw * 0.99);
      path.round();
    }
    expect(order.slice(0, 5)).toEqual([
      'ProbeBW_CRUISE',
      'ProbeBW_REFILL',
      'ProbeBW_UP',
      'ProbeBW_DOWN',
      'ProbeBW_CRUISE',
    ]);
    expect(gains.ProbeBW_CRUISE).toBeCloseTo(1);
    expect(gains.ProbeBW_REFILL).toBeCloseTo(1);
    expect(gains.ProbeBW_UP).toBeCloseTo(1.25);
    expect(gains.ProbeBW_DOWN).toBeCloseTo(0.9);
  });

  it('probes after two to three seconds, another time for each connection and each time, and the same for the same ISS', () => {
    const waits = (iss: number): number[] => {
      const path = Path.cruising(iss);
      const found: number[] = [];
      for (let probe = 0; probe < 4; probe++) {
        path.until('ProbeBW_CRUISE');
        const { bwProbeWaitMs } = path.state;
        found.push(bwProbeWaitMs);
        const sinceMs = path.nowMs;
        path.until('ProbeBW_REFILL');
        expect(path.nowMs - sinceMs).toBeLessThanOrEqual(bwProbeWaitMs + 2 * RTT_MS);
      }
      return found;
    };
    const one = waits(ISS);
    for (const wait of one) {
      expect(wait).toBeGreaterThanOrEqual(2_000);
      expect(wait).toBeLessThan(3_000);
    }
    expect(new Set(one).size).toBe(4);
    expect(waits(ISS)).toEqual(one);
    expect(waits(ISS + 1)).not.toEqual(one);
  });

  it('probes sooner where Reno would have grown its window by as much', () => {
    const path = Path.cruising();
    // A path of 10 ms and 10 segments: ten round trips are 100 ms.
    path.rounds(30, { rttMs: 10 });
    const rounds: number[] = [];
    for (let probe = 0; probe < 3; probe++) {
      path.until('ProbeBW_CRUISE', { rttMs: 10 });
      rounds.push(path.until('ProbeBW_REFILL', { rttMs: 10 }));
    }
    for (const count of rounds) expect(count).toBeLessThanOrEqual(12);
  });

  it('forgets the fastest it has seen after two cycles', () => {
    const path = Path.cruising();
    const slow = { rate: RATE / 2 };
    path.round(slow);
    expect(path.state.maxBw).toBe(RATE);
    for (let cycle = 0; cycle < 3; cycle++) {
      path.until('ProbeBW_UP', slow);
      path.until('ProbeBW_CRUISE', slow);
    }
    expect(path.state.maxBw).toBe(RATE / 2);
  });

  it('keeps less in flight than lost too much, and touches that bound the next time before it goes beyond it', () => {
    const path = Path.cruising();
    path.until('ProbeBW_UP');
    // 130 segments were in flight when three of them were lost.
    path.round().lose(3 * MSS, { sentInFlight: 130 * MSS, lost: 3 * MSS });
    expect(path.state.state).toBe('ProbeBW_DOWN');
    const bound = path.state.inflightLongterm;
    expect(bound).toBeGreaterThan(126 * MSS);
    expect(bound).toBeLessThan(130 * MSS);
    path.until('ProbeBW_UP');
    expect(path.round({ inFlight: bound - MSS }).state.state).toBe('ProbeBW_UP');
    path.round({ inFlight: bound });
    expect(path.state.state).toBe('ProbeBW_DOWN');
    // It has lost nothing: no cruise before the next probe.
    expect(path.until('ProbeBW_REFILL')).toBeLessThanOrEqual(2);
    path.until('ProbeBW_UP');
    expect(path.round({ inFlight: bound }).state.state).toBe('ProbeBW_UP');
  });

  it('raises that bound faster and faster while the window at it is in use', () => {
    const path = Path.cruising();
    path.until('ProbeBW_UP');
    path.round().lose(10 * MSS, { sentInFlight: 90 * MSS, lost: 10 * MSS });
    const bound = path.state.inflightLongterm;
    path.until('ProbeBW_UP');
    path.round({ inFlight: bound });
    path.until('ProbeBW_UP');
    const bounds: number[] = [];
    for (let round = 0; round < 4; round++) {
      path.round({ isWindowLimited: true, sentInFlight: 0 });
      bounds.push(path.state.inflightLongterm);
    }
    const steps = bounds.map((at, index) => at - (bounds[index - 1] ?? bound));
    expect(steps.at(-1)).toBeGreaterThan(2 * steps[1]!);
    for (const step of steps.slice(1)) expect(step % MSS).toBe(0);
  });

  it('slows down to what was delivered when something is lost while it cruises, by three tenths a round trip at most', () => {
    const path = Path.cruising();
    const slower = { rate: 0.9 * RATE };
    // The round trip before the loss still counts for its own.
    path.round(slower).lose(MSS).round(slower).lose(MSS).round(slower);
    expect(path.state.bwShortterm).toBeCloseTo(0.9 * RATE, -4);
    const crawling = { rate: 0.1 * RATE };
    path.lose(MSS).round(crawling).lose(MSS).round(crawling);
    expect(path.state.bw).toBeGreaterThanOrEqual(0.7 * 0.9 * RATE - 1);
    // And begins anew from what it knew with the next probe.
    path.until('ProbeBW_REFILL', { rate: 0.6 * RATE });
    expect(path.state.bwShortterm).toBe(Number.POSITIVE_INFINITY);
    expect(path.state.bw).toBe(RATE);
  });
});

describe('ProbeRTT', () => {
  it('comes after five seconds without a round trip as short, lasts 200 ms, and measures a path that is nearly empty', () => {
    const path = Path.cruising();
    const before = path.state.cwnd;
    const { probeRttMinStampMs } = path.state;
    path.until('ProbeRTT', { rttMs: RTT_MS + 20 });
    expect(path.nowMs - probeRttMinStampMs).toBeGreaterThan(5_000);
    expect(path.nowMs - probeRttMinStampMs).toBeLessThan(5_300);
    expect(path.state.cwnd).toBeLessThanOrEqual(0.5 * BDP * 1.2);
    // What is delivered meanwhile tells nothing of the bandwidth.
    expect(path.state.leavesRoom).toBe(true);
    const sinceMs = path.nowMs;
    path.round({ rttMs: RTT_MS - 10, inFlight: 40 * MSS, isAppLimited: true });
    path.until('ProbeBW_CRUISE', { inFlight: 40 * MSS, isAppLimited: true });
    expect(path.nowMs - sinceMs).toBeGreaterThan(200);
    expect(path.nowMs - sinceMs).toBeLessThan(600);
    expect(path.state.minRttMs).toBe(RTT_MS - 10);
    expect(path.state.cwnd).toBeGreaterThan(0.8 * before);
    expect(path.state.leavesRoom).toBe(false);
  });

  it('does not come while shorter round trips are measured, nor where text leaves after a pause', () => {
    const path = Path.cruising();
    for (let round = 0; round < 100; round++) {
      path.round({ rttMs: RTT_MS - round / 10 });
      expect(path.state.state).not.toBe('ProbeRTT');
    }
    path.nowMs += 6_000;
    path.state = bbr.onRestart!(path.state, path.sending);
    path.round({ rttMs: RTT_MS + 5 });
    expect(path.state.state).not.toBe('ProbeRTT');
    expect(path.state.idleRestart).toBe(false);
  });
});

describe('the window', () => {
  it('is twice what the path holds, and falls at once but rises by what is delivered', () => {
    const path = Path.cruising();
    expect(path.state.cwnd).toBeGreaterThan(1.9 * BDP);
    // Here a whole round trip is acknowledged at once: as much again is for that (extra_acked).
    expect(path.state.cwnd).toBeLessThan(3.1 * BDP);
    path.state = { ...path.state, cwnd: 10 * MSS, priorCwnd: 0 };
    path.round({ rate: 100 * MSS, rttMs: RTT_MS });
    expect(path.state.cwnd).toBe(20 * MSS);
    path.state = { ...path.state, cwnd: 100 * BDP };
    expect(path.round().state.cwnd).toBeLessThan(3.1 * BDP);
  });

  it('is never less than four segments', () => {
    const path = new Path();
    path.rounds(40, { rate: 1_000, rttMs: 1 });
    expect(path.state.cwnd).toBeGreaterThanOrEqual(4 * MSS);
  });

  it('is one segment after a timeout, and what it was once all is repaired', () => {
    const path = Path.cruising();
    const { cwnd } = path.state;
    path.state = bbr.onRto(path.state, path.sending, false);
    expect(path.state.cwnd).toBe(MSS);
    path.round({ isRecovering: true, rate: 10_000 });
    expect(path.state.cwnd).toBeLessThan(10 * MSS);
    path.round({ rate: RATE });
    expect(path.state.cwnd).toBeGreaterThan(0.65 * cwnd);
  });

  it('stays in fast recovery, where the model alone decides', () => {
    const path = Path.cruising();
    const { cwnd } = path.state;
    path.state = bbr.onLoss(path.state, path.sending);
    expect(path.state.cwnd).toBe(cwnd);
    path.round({ isRecovering: true });
    expect(path.state.cwnd).toBeGreaterThan(0.95 * cwnd);
  });
});

describe('what was taken for a loss', () => {
  it('is forgotten where it was none: Startup goes on', () => {
    const path = new Path().rounds(3);
    for (let stretch = 0; stretch < 6; stretch++)
      path.lose(MSS, { start: 10 * stretch * MSS, end: (10 * stretch + 1) * MSS });
    path.round({ isRecovering: true, lost: 6 * MSS, sentInFlight: 80 * MSS, inFlight: 2 * BDP });
    expect(path.state.state).toBe('Drain');
    path.state = bbr.onUndo!(path.state, path.sending);
    expect(path.state.state).toBe('Startup');
    expect(path.state.fullBwReached).toBe(false);
    expect(path.state.inflightLongterm).toBe(Number.POSITIVE_INFINITY);
  });

  it('is forgotten where it was none: a probe begins anew', () => {
    const path = Path.cruising();
    path.until('ProbeBW_UP');
    path.round().lose(3 * MSS, { sentInFlight: 130 * MSS, lost: 3 * MSS });
    expect(path.state.state).toBe('ProbeBW_DOWN');
    path.state = bbr.onUndo!(path.state, path.sending);
    expect(path.state.state).toBe('ProbeBW_REFILL');
    expect(path.state.inflightLongterm).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts where a router has marked a packet', () => {
    const path = Path.cruising();
    path.until('ProbeBW_UP');
    path.round();
    path.state = bbr.onEcn(path.state, { ...path.sending, flight: 120 * MSS });
    expect(path.state.state).toBe('ProbeBW_DOWN');
    expect(path.state.inflightLongterm).toBe(120 * MSS);
  });
});

describe('a mark in Startup', () => {
  it('ends it, as losses do that are too many', () => {
    const path = new Path().rounds(3);
    path.state = bbr.onEcn(path.state, path.sending);
    expect(path.state.inflightLongterm).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(path.round({ inFlight: 2 * BDP }).state.state).toBe('Drain');
  });
});

describe('text after a pause', () => {
  it('leaves at the rate that is known, and in the window that is', () => {
    const path = Path.cruising();
    path.until('ProbeBW_DOWN');
    path.until('ProbeBW_UP');
    const { cwnd, bw } = path.state;
    path.state = bbr.onIdle(path.state, path.sending);
    path.state = bbr.onRestart!(path.state, path.sending);
    expect(path.state.cwnd).toBe(cwnd);
    expect(path.state.pacingRate).toBeCloseTo(0.99 * bw, 0);
  });

  it('leaves at first at what the handshake’s round trip and the initial window say', () => {
    const state = bbr.onRestart!(bbr.start(MSS), { mss: MSS, flight: 0, nowMs: 0, srttMs: 50 });
    expect(state.pacingRate).toBeCloseTo((2.77 * 10 * MSS) / 0.05, 0);
    expect(bbr.describe!(state)).toBe('Startup');
  });
});
