import { describe, expect, it } from 'vitest';
import { type CubicState, cubic } from '../../../../src/tcp/index.ts';
import { MSS, Rounds } from './rounds.ts';

/** In congestion avoidance after a loss at so many segments. */
function afterLoss(segments: number, wMax = 0): Rounds<CubicState> {
  const state = cubic.start(MSS);
  return new Rounds(cubic, { ...state, cwnd: segments * MSS, curve: { ...state.curve, wMax } }).loss();
}

/** RFC 9438 section 4.2, equations 1 and 2, in segments and seconds. */
function curve(wMax: number, cwndEpoch: number, seconds: number): number {
  const k = Math.cbrt((wMax - cwndEpoch) / 0.4);
  return 0.4 * (seconds - k) ** 3 + wMax;
}

describe('the window of CUBIC', () => {
  it('R9438-1: goes down to 0.7 of itself with a loss, and with a mark', () => {
    expect(afterLoss(100).state).toMatchObject({
      cwnd: 70 * MSS,
      ssthresh: 70 * MSS,
      curve: { wMax: 100 * MSS, cwndPrior: 100 * MSS },
    });
    const marked = cubic.onEcn(
      { ...cubic.start(MSS), cwnd: 100 * MSS },
      { mss: MSS, flight: 100 * MSS, nowMs: 0, srttMs: 1 },
    );
    expect(marked.cwnd).toBe(70 * MSS);
  });

  it('R9438-1: goes down from what it was, however little of it was in flight', () => {
    const state = cubic.onLoss(
      { ...cubic.start(MSS), cwnd: 100 * MSS },
      { mss: MSS, flight: 40 * MSS, nowMs: 0, srttMs: 1 },
    );
    expect(state.cwnd).toBe(70 * MSS);
  });

  it('R9438-1, R9438-9: is two segments at least after a loss, and one after a mark, which never opens it', () => {
    expect(afterLoss(2).cwnd).toBe(2 * MSS);
    const marked = (segments: number, flight = segments * MSS) =>
      cubic.onEcn({ ...cubic.start(MSS), cwnd: segments * MSS }, { mss: MSS, flight, nowMs: 0, srttMs: 1 });
    expect(marked(2)).toMatchObject({ cwnd: 1_400, ssthresh: 2 * MSS });
    expect(marked(1)).toMatchObject({ cwnd: MSS, ssthresh: 2 * MSS });
    expect(marked(2, 20 * MSS).cwnd).toBeLessThan(2 * MSS);
  });

  for (const rttMs of [100, 200]) {
    it(`R9438-2, R9438-3: follows the cubic function of time at ${rttMs} ms: up to its plateau, past it, and up`, () => {
      const connection = afterLoss(1_000);
      const start = connection.cwnd / MSS;
      while (connection.nowMs < 15_000) {
        connection.round(rttMs);
        const seconds = connection.nowMs / 1_000;
        // The epoch begins with the first ACK, and each one aims a round trip ahead.
        const [low, high] = [
          curve(1_000, start, seconds - rttMs / 1_000),
          curve(1_000, start, seconds + rttMs / 1_000),
        ];
        expect(connection.cwnd / MSS).toBeGreaterThan(low - 2);
        expect(connection.cwnd / MSS).toBeLessThan(high + 2);
      }
      expect(connection.cwnd / MSS).toBeGreaterThan(1_000);
    });
  }

  it('R9438-3: aims at one and a half of itself at most', () => {
    // The curve is far above: the plateau of before lies at 5,000 segments, and a long round trip brings it near.
    const connection = afterLoss(20, 5_000 * MSS);
    connection.round(4_000);
    const { cwnd } = connection;
    for (let round = 0; round < 6; round++) {
      const before = connection.cwnd;
      connection.round(4_000);
      // Each of its ACKs adds half of itself at most: less than slow start, which doubles.
      expect(connection.cwnd / before).toBeLessThan(1.75);
    }
    expect(connection.cwnd).toBeGreaterThan(2 * cwnd);
  });

  it('R9438-4: grows no slower than Reno would where round trips are short', () => {
    const connection = afterLoss(40);
    const rounds = 40;
    for (let round = 0; round < rounds; round++) connection.round(1);
    // α = 0.53 segments a round trip; the cubic function alone would have given nothing in 40 ms.
    expect(connection.cwnd).toBeGreaterThanOrEqual((28 + 0.5 * rounds - 1) * MSS);
    expect(connection.cwnd).toBeLessThanOrEqual((28 + rounds) * MSS);
  });

  it('R9438-4: grows as fast as Reno once the estimate has reached the window of before', () => {
    const connection = afterLoss(20);
    while (connection.state.wEst < 20 * MSS) connection.round(1);
    const { cwnd } = connection;
    for (let round = 0; round < 10; round++) connection.round(1);
    // One segment for each window acknowledged.
    expect((connection.cwnd - cwnd) / MSS).toBeGreaterThan(9);
    expect((connection.cwnd - cwnd) / MSS).toBeLessThan(11);
  });

  it('R9438-5: leaves room for newcomers when the plateau sinks', () => {
    expect(afterLoss(80, 100 * MSS).state.curve.wMax).toBe(80 * MSS * 0.85);
    expect(afterLoss(120, 100 * MSS).state.curve.wMax).toBe(120 * MSS);
  });

  it('R9438-2: does not grow by time in which it was not used', () => {
    const busy = afterLoss(1_000).round(100);
    const idle = afterLoss(1_000).round(100);
    const { cwnd } = idle;
    for (let round = 0; round < 50; round++) idle.round(100, 0.2);
    expect(idle.cwnd).toBe(cwnd);
    expect(idle.round(100).cwnd / MSS).toBeCloseTo(busy.round(100).cwnd / MSS, -1);
  });

  it('R9438-2: does not grow by time in which nothing was sent at all', () => {
    const busy = afterLoss(1_000).round(100).round(100);
    const idle = afterLoss(1_000).round(100).round(100);
    // Ten seconds later all goes out at once again, and is acknowledged a round trip after that.
    idle.nowMs += 10_000 + 100;
    idle.round(100);
    expect(idle.cwnd).toBeGreaterThanOrEqual(busy.round(100).cwnd);
    expect(idle.cwnd / MSS).toBeLessThan(busy.round(100).cwnd / MSS + 2);
  });

  it('R9438-2: counts time from the end of a slow start that came in between', () => {
    const connection = afterLoss(1_000).round(100).round(100);
    connection.state = cubic.onIdle(connection.state, connection.sending());
    expect(connection.cwnd).toBe(10 * MSS);
    connection.nowMs += 60_000;
    while (connection.cwnd <= connection.state.ssthresh) connection.round(100);
    const { cwnd } = connection;
    // A minute on the curve would be 4,000 segments above the plateau.
    expect(connection.round(100).cwnd / cwnd).toBeLessThan(1.1);
  });

  it('R9438-6: begins anew from one segment after a timeout', () => {
    const connection = afterLoss(100);
    connection.state = cubic.onRto(connection.state, connection.sending(), false);
    expect(connection.state).toMatchObject({ cwnd: MSS, ssthresh: 49 * MSS });
    connection.state = cubic.onRto(connection.state, connection.sending(), true);
    expect(connection.state).toMatchObject({ cwnd: MSS, ssthresh: 49 * MSS });
    while (connection.cwnd <= 49 * MSS) connection.round(100);
    const { cwnd } = connection.round(100);
    expect(connection.round(100).cwnd).toBeLessThan(cwnd + 2 * MSS);
    // K is 0: the plateau lies where congestion avoidance began.
    expect(connection.state.curve.kMs).toBe(0);
    expect(connection.state.curve.wMax / MSS).toBeCloseTo(49, -1);
  });

  it('R9438-7: grows as in slow start below ssthresh, and from there on by the curve', () => {
    const state = { ...cubic.start(MSS), ssthresh: 20 * MSS };
    const grown = (segments: number) => {
      const connection = new Rounds(cubic, { ...state, cwnd: segments * MSS });
      return connection.round(100).cwnd / MSS - segments;
    };
    expect(grown(10)).toBe(10);
    expect(grown(20)).toBeLessThan(1.1);
    expect(grown(21)).toBeLessThan(1.1);
  });

  it('is undone by taking the value from before', () => {
    const connection = new Rounds(cubic).round(10).round(10);
    const before = connection.state;
    connection.loss();
    connection.state = before;
    expect(connection.round(10).cwnd).toBeGreaterThan(before.cwnd);
  });

  it('is a whole number of octets all the time', () => {
    const connection = afterLoss(333);
    for (let round = 0; round < 200; round++) expect(Number.isInteger(connection.round(37).cwnd)).toBe(true);
  });
});
