/** RACK's steps one by one (RFC 8985 section 6.2), on both sides of each boundary. */

import { describe, expect, it } from 'vitest';
import {
  type Evidence,
  learn,
  NO_RACK,
  noEvidence,
  type Rack,
  recovered,
  reorderingWindowMs,
  updated,
  widened,
} from '../../../../src/tcp/recovery/rack.ts';

const rackOf = (own: Partial<Rack>): Rack => ({ ...NO_RACK, ...own });

interface Range {
  readonly end: number;
  readonly sentMs: number;
  readonly resent?: boolean;
}

/** What is learned of ranges that one ACK at 200 ms delivers. */
function learned(rack: Rack, ranges: readonly Range[], echoedMs?: number): Evidence {
  const evidence = noEvidence(rack);
  for (const { resent = false, ...range } of ranges)
    learn(evidence, rack, { ...range, resent }, 200, echoedMs);
  return evidence;
}

describe('what a delivered segment says', () => {
  it('is that of the one sent last; of one instant, that which lies furthest on', () => {
    const known = rackOf({ xmitMs: 50, end: 3_000 });
    const last = ({ xmitMs, end }: Evidence) => [xmitMs, end];
    expect(last(learned(known, [{ end: 1_000, sentMs: 60 }]))).toEqual([60, 1_000]);
    expect(last(learned(known, [{ end: 4_000, sentMs: 50 }]))).toEqual([50, 4_000]);
    expect(last(learned(known, [{ end: 2_000, sentMs: 50 }]))).toEqual([50, 3_000]);
    expect(last(learned(known, [{ end: 9_000, sentMs: 40 }]))).toEqual([50, 3_000]);
  });

  it('does not become that of a retransmission of the same instant and place', () => {
    const known = rackOf({ xmitMs: 50, end: 3_000, resent: false });
    expect(learned(known, [{ end: 3_000, sentMs: 50, resent: true }]).resent).toBe(false);
    expect(learned(known, [{ end: 3_000, sentMs: 51, resent: true }]).resent).toBe(true);
  });

  it('is the least of the round trips', () => {
    const ranges = [
      { end: 1_000, sentMs: 100 },
      { end: 2_000, sentMs: 150 },
      { end: 3_000, sentMs: 120 },
    ];
    expect(learned(NO_RACK, ranges).rttMs).toBe(50);
  });

  it('is reordering if it lies below what was delivered, and was sent once', () => {
    const known = rackOf({ fack: 3_000 });
    expect(learned(known, [{ end: 2_999, sentMs: 0 }]).reordered).toBe(true);
    expect(learned(known, [{ end: 3_000, sentMs: 0 }]).reordered).toBe(false);
    expect(learned(known, [{ end: 2_999, sentMs: 0, resent: true }]).reordered).toBe(false);
    expect(learned(known, [{ end: 3_001, sentMs: 0 }]).fack).toBe(3_001);
  });

  it('of a retransmission counts only if its echo is no older than it, in whole milliseconds', () => {
    const rtt = (sentMs: number, echoedMs?: number) =>
      learned(NO_RACK, [{ end: 1_000, sentMs, resent: true }], echoedMs).rttMs;
    expect(rtt(100, 99)).toBeUndefined();
    expect(rtt(100, 100)).toBe(100);
    expect(rtt(100.5, 100)).toBe(99.5);
    expect(rtt(100, 130)).toBe(100);
    expect(rtt(100)).toBe(100);
  });

  it('of a retransmission counts only if it was not faster than the path has ever been', () => {
    const rtt = (minRttMs: number | undefined, sentMs: number) =>
      learned(rackOf({ minRttMs }), [{ end: 1_000, sentMs, resent: true }]).rttMs;
    expect(rtt(50, 151)).toBeUndefined();
    expect(rtt(50, 150)).toBe(50);
    expect(rtt(50, 149)).toBe(51);
    expect(rtt(undefined, 199)).toBe(1);
    // What was sent once is never doubted.
    expect(learned(rackOf({ minRttMs: 50 }), [{ end: 1_000, sentMs: 199 }]).rttMs).toBe(1);
  });
});

describe('what is known of the path', () => {
  const known = rackOf({ minRttMs: 40, minRttAtMs: 1_000, rttMs: 60, fack: 3_000 });
  const knownAfter = (own: Partial<Evidence>, nowMs: number) =>
    updated(known, { ...noEvidence(known), ...own }, nowMs);

  it('is the very same where an ACK says nothing', () => {
    expect(knownAfter({}, 2_000)).toBe(known);
  });

  it('grows by what was delivered furthest on, and by reordering, without a round trip', () => {
    expect(knownAfter({ fack: 4_000 }, 2_000)).toEqual({ ...known, fack: 4_000 });
    expect(knownAfter({ reordered: true }, 2_000)).toEqual({ ...known, reorderingSeen: true });
    // A minimum that is too old is kept until there is another one.
    expect(knownAfter({ fack: 4_000 }, 999_000)).toEqual({ ...known, fack: 4_000 });
  });

  it('has the least round trip, and since when', () => {
    const least = (rttMs: number, nowMs: number) => {
      const { minRttMs, minRttAtMs } = knownAfter({ rttMs }, nowMs);
      return [minRttMs, minRttAtMs];
    };
    expect(least(39, 2_000)).toEqual([39, 2_000]);
    expect(least(40, 2_000)).toEqual([40, 2_000]);
    expect(least(41, 2_000)).toEqual([40, 1_000]);
  });

  it('forgets a minimum that is more than five minutes old', () => {
    expect(knownAfter({ rttMs: 90 }, 301_000).minRttMs).toBe(40);
    expect(knownAfter({ rttMs: 90 }, 301_001).minRttMs).toBe(90);
  });
});

describe('the reordering window', () => {
  const around = { inRecovery: false, sackedSegments: 0, srttMs: 100 };

  it('is a quarter of the least round trip for each step, and never more than SRTT', () => {
    const width = (multiplier: number, srttMs: number | undefined = 100) =>
      reorderingWindowMs(rackOf({ minRttMs: 80, multiplier }), { ...around, srttMs });
    expect([width(1), width(4), width(5), width(6)]).toEqual([20, 80, 100, 100]);
    expect(
      reorderingWindowMs(rackOf({ minRttMs: 80, multiplier: 6 }), { ...around, srttMs: undefined }),
    ).toBe(120);
  });

  it('is closed by three reports, and by recovery, until something was overtaken', () => {
    const width = (own: Partial<typeof around>, reorderingSeen = false) =>
      reorderingWindowMs(rackOf({ minRttMs: 80, reorderingSeen }), { ...around, ...own });
    expect(width({ sackedSegments: 2 })).toBe(20);
    expect(width({ sackedSegments: 3 })).toBe(0);
    expect(width({ inRecovery: true })).toBe(0);
    expect(width({ sackedSegments: 3, inRecovery: true }, true)).toBe(20);
  });

  it('stays as wide as duplicates have made it for sixteen recoveries', () => {
    let rack = widened(rackOf({}), 0, 5_000);
    expect(rack.multiplier).toBe(2);
    expect(widened(rack, 4_999, 9_000).multiplier).toBe(2);
    expect(widened(rack, 5_000, 9_000).multiplier).toBe(3);
    for (let count = 1; count <= 15; count++) rack = recovered(rack);
    expect(rack.multiplier).toBe(2);
    expect(recovered(rack).multiplier).toBe(1);
  });
});
