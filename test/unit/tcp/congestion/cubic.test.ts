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
  it('goes down to 0.7 of itself with a loss, and with a mark (R9438 4.6)', () => {
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

  it('goes down by what was in flight where the window was not used', () => {
    const state = cubic.onLoss(
      { ...cubic.start(MSS), cwnd: 100 * MSS },
      { mss: MSS, flight: 40 * MSS, nowMs: 0, srttMs: 1 },
    );
    expect(state.cwnd).toBe(28 * MSS);
  });

  it('is two segments at least after a loss', () => {
    expect(afterLoss(2).cwnd).toBe(2 * MSS);
  });

  for (const rttMs of [100, 200]) {
    it(`follows the cubic function of time at ${rttMs} ms: up to its plateau, past it, and up (R9438 4.2, 4.4, 4.5)`, () => {
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

  it('grows no slower than Reno would where round trips are short (R9438 4.3)', () => {
    const connection = afterLoss(40);
    const rounds = 40;
    for (let round = 0; round < rounds; round++) connection.round(1);
    // α = 0.53 segments a round trip; the cubic function alone would have given nothing in 40 ms.
    expect(connection.cwnd).toBeGreaterThanOrEqual((28 + 0.5 * rounds - 1) * MSS);
    expect(connection.cwnd).toBeLessThanOrEqual((28 + rounds) * MSS);
  });

  it('leaves room for newcomers when the plateau sinks (R9438 4.7)', () => {
    expect(afterLoss(80, 100 * MSS).state.curve.wMax).toBe(80 * MSS * 0.85);
    expect(afterLoss(120, 100 * MSS).state.curve.wMax).toBe(120 * MSS);
  });

  it('does not grow by time in which it was not used (R9438 5.8)', () => {
    const busy = afterLoss(1_000).round(100);
    const idle = afterLoss(1_000).round(100);
    const { cwnd } = idle;
    for (let round = 0; round < 50; round++) idle.round(100, 0.2);
    expect(idle.cwnd).toBe(cwnd);
    expect(idle.round(100).cwnd / MSS).toBeCloseTo(busy.round(100).cwnd / MSS, -1);
  });

  it('begins anew from one segment after a timeout (R9438 4.8)', () => {
    const connection = afterLoss(100);
    connection.state = cubic.onRto(connection.state, connection.sending(), false);
    expect(connection.state).toMatchObject({ cwnd: MSS, ssthresh: 49 * MSS });
    connection.state = cubic.onRto(connection.state, connection.sending(), true);
    expect(connection.state).toMatchObject({ cwnd: MSS, ssthresh: 49 * MSS });
    while (connection.cwnd < 49 * MSS) connection.round(100);
    const { cwnd } = connection.round(100);
    expect(connection.round(100).cwnd).toBeLessThan(cwnd + 2 * MSS);
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
