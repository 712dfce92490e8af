import { describe, expect, it } from 'vitest';
import { cubic } from '../../../../src/tcp/index.ts';
import { seq } from '../../../../src/tcp/seq.ts';
import { MSS, Rounds } from './rounds.ts';

const slowStart = () => new Rounds(cubic);
const conservative = ({ state }: { state: ReturnType<typeof cubic.start> }) => state.slowStart?.conservative;

describe('slow start by HyStart++ (RFC 9406)', () => {
  it('adds for one ACK eight segments at most, and all that it covers where text is paced', () => {
    const state = { ...cubic.start(MSS), cwnd: 100 * MSS };
    const ack = {
      ...{ mss: MSS, flight: 100 * MSS, nowMs: 100, srttMs: 100, rttMs: 100 },
      ...{ bytes: 20 * MSS, una: seq(20 * MSS), nxt: seq(120 * MSS) },
    };
    expect(cubic.onAck(state, { ...ack, paced: false }).cwnd).toBe(108 * MSS);
    expect(cubic.onAck(state, { ...ack, paced: true }).cwnd).toBe(120 * MSS);
  });

  it('R9406-1, R9406-2: doubles the window each round trip while the path is empty', () => {
    const connection = slowStart();
    for (let round = 1; round <= 6; round++) expect(connection.round(50).cwnd).toBe(10 * 2 ** round * MSS);
    expect(connection.state.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });

  it('R9406-3, R9406-4: grows by a quarter of that once round trips have become longer by an eighth, 4 ms to 16 ms', () => {
    for (const [rttMs, riseMs] of [
      [8, 4],
      [80, 10],
      [400, 16],
    ] as const) {
      const below = slowStart()
        .round(rttMs)
        .round(rttMs)
        .round(rttMs + riseMs - 0.1);
      expect(conservative(below)).toBeUndefined();
      const connection = slowStart()
        .round(rttMs)
        .round(rttMs)
        .round(rttMs + riseMs);
      expect(conservative(connection)).toMatchObject({ baselineMinRttMs: rttMs + riseMs });
      const { cwnd } = connection;
      connection.round(rttMs + riseMs);
      expect(connection.cwnd / cwnd).toBeCloseTo(1.25, 1);
    }
  });

  it('R9406-6, R9438-7: gives way to congestion avoidance after five such rounds', () => {
    const connection = slowStart().round(80).round(80).round(100);
    for (let round = 1; round <= 4; round++) connection.round(100);
    expect(connection.state.ssthresh).toBe(Number.POSITIVE_INFINITY);
    connection.round(100).round(100);
    expect(connection.state.ssthresh).toBeLessThanOrEqual(connection.cwnd);
    const { cwnd } = connection;
    expect(connection.round(100).cwnd).toBeLessThan(cwnd * 1.1);
  });

  it('R9406-5: goes on when the rise was but a jitter', () => {
    const connection = slowStart().round(80).round(80).round(100);
    expect(conservative(connection)).toBeDefined();
    connection.round(80).round(80);
    expect(conservative(connection)).toBeUndefined();
    const { cwnd } = connection;
    expect(connection.round(80).cwnd / cwnd).toBeCloseTo(2, 2);
  });

  it('R9406-3: needs eight measurements before it believes in a rise', () => {
    const few = new Rounds(cubic, { ...cubic.start(MSS), cwnd: 3 * MSS });
    few.round(80).round(200);
    expect(conservative(few)).toBeUndefined();
  });

  it('R9406-1: measures round trips of an application that does not fill the window, which does not grow by them', () => {
    const connection = slowStart().round(80).round(80);
    const { cwnd } = connection;
    for (let half = 0; half < 4; half++) connection.round(100, 0.5);
    expect(conservative(connection)).toBeDefined();
    for (let half = 0; half < 4; half++) connection.round(80, 0.5);
    expect(conservative(connection)).toBeUndefined();
    expect(connection.cwnd).toBe(cwnd);
  });

  it('R9406-7: is for the first slow start of a connection, and a plain one for those behind it', () => {
    const connection = slowStart().round(80).round(80).loss();
    connection.state = cubic.onRto(connection.state, connection.sending(), false);
    while (connection.cwnd < connection.state.ssthresh / 4) connection.round(80);
    const { cwnd } = connection;
    expect(connection.round(120).cwnd / cwnd).toBeCloseTo(2, 1);
    expect(connection.state.slowStart).toBeUndefined();
  });

  it('R9406-2: lets one ACK add eight segments at most', () => {
    const { state } = slowStart();
    const ack = { mss: MSS, flight: 10 * MSS, nowMs: 1, srttMs: 1, bytes: 100 * MSS, rttMs: 1 };
    const next = cubic.onAck(state, { ...ack, una: 0 as never, nxt: 10_000 as never });
    expect(next.cwnd).toBe(18 * MSS);
  });
});
