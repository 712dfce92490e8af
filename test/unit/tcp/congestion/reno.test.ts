/** Reno by itself (RFC 5681, RFC 3465), on both sides of each boundary. */

import { describe, expect, it } from 'vitest';
import type { Acknowledged } from '../../../../src/tcp/congestion/controller.ts';
import { type RenoState, reno } from '../../../../src/tcp/congestion/reno.ts';
import { seq } from '../../../../src/tcp/seq.ts';

const MSS = 1_000;

function onAck(state: RenoState, bytes: number): RenoState {
  const ack: Acknowledged = {
    bytes,
    flight: state.cwnd,
    mss: MSS,
    nowMs: 0,
    srttMs: 100,
    rttMs: 100,
    una: seq(0),
    nxt: seq(0),
  };
  return reno.onAck(state, ack);
}

const avoiding = (counted = 0): RenoState => ({ cwnd: 10 * MSS, ssthresh: 5 * MSS, counted });

describe('Reno', () => {
  it('grows by one segment once a whole window is acknowledged, in however many ACKs', () => {
    expect(onAck(avoiding(), 10 * MSS - 1)).toEqual(avoiding(10 * MSS - 1));
    expect(onAck(avoiding(), 10 * MSS)).toEqual({ ...avoiding(), cwnd: 11 * MSS });
    const half = onAck(avoiding(), 5 * MSS);
    expect(half.cwnd).toBe(10 * MSS);
    expect(onAck(half, 5 * MSS).cwnd).toBe(11 * MSS);
    expect(onAck(half, 6 * MSS)).toEqual({ cwnd: 11 * MSS, ssthresh: 5 * MSS, counted: MSS });
  });

  it('is in slow start below ssthresh, and no more at it', () => {
    const below = { cwnd: 5 * MSS - 1, ssthresh: 5 * MSS, counted: 0 };
    expect(onAck(below, MSS).cwnd).toBe(6 * MSS - 1);
    expect(onAck(below, 3 * MSS).cwnd).toBe(7 * MSS - 1);
    expect(onAck({ ...below, cwnd: 5 * MSS }, MSS)).toEqual({
      cwnd: 5 * MSS,
      ssthresh: 5 * MSS,
      counted: MSS,
    });
  });

  it('takes the initial window of the MSS from the handshake, and from nothing later or after a loss', () => {
    const fresh = reno.start(536);
    expect(reno.onMss(fresh, 1_460, true).cwnd).toBe(reno.start(1_460).cwnd);
    expect(reno.onMss(fresh, 1_460, false)).toEqual(fresh);
    const lost = { ...fresh, ssthresh: 2_000 };
    expect(reno.onMss(lost, 1_460, true)).toEqual(lost);
  });
});
