import { describe, expect, it } from 'vitest';
import { type SeriesRow, twoHosts } from '../../../src/sim/index.ts';
import { throughput } from './flows.ts';

/** What is left of 1,500 octets behind the headers and the timestamps. */
const MSS = 1_448;
const RTT_MS = 50;

/** One flow over a fast link that loses so much, in percent. */
async function alone(
  congestionControl: string,
  loss: number,
  rttMs: number,
  untilMs: number,
  seed = 1,
): Promise<number> {
  const [rate] = await throughput({
    seed,
    topology: twoHosts({ both: { rate: 1e9, delayMs: rttMs / 2 }, forth: { loss } }),
    flows: [{ from: 'client', to: 'server', options: { congestionControl } }],
    warmUpMs: 2_000,
    untilMs,
  });
  return rate!;
}

/** J. Padhye and others (1998), of a sender whose ACKs are counted in bytes; of M. Mathis (1997) where nothing times out. */
function padhye(p: number, rttMs: number): number {
  const timeoutMs = rttMs + 200;
  const timeouts = timeoutMs * Math.min(1, 3 * Math.sqrt((3 * p) / 8)) * p * (1 + 32 * p * p);
  return (MSS * 8_000) / (rttMs * Math.sqrt((2 * p) / 3) + timeouts);
}

/** RFC 9438 section 5.1, equation 6, or Reno's where that gives more. */
function cubicResponse(p: number, rttMs: number): number {
  const rtt = rttMs / 1_000;
  const segments = ((0.4 * 3.7) / (4 * 0.3)) ** 0.25 * (rtt / p) ** 0.75;
  return Math.max((segments * MSS * 8) / rtt, padhye(p, rttMs));
}

describe('the throughput of one flow, by what is lost', () => {
  for (const [percent, untilMs] of [
    [0.2, 40_000],
    [1, 40_000],
    [3, 40_000],
  ] as const) {
    it(`is what the formula of Padhye has for Reno at ${percent} %, or more: time is not lost to timeouts`, async () => {
      const ratio = (await alone('reno', percent, RTT_MS, untilMs)) / padhye(percent / 100, RTT_MS);
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.6);
    }, 120_000);
  }

  it('is that of RFC 9438 for CUBIC, where losses are rare and round trips long', async () => {
    // Some thirty losses a run: chance has its say in each, and less in the three together.
    const rates = [];
    for (const seed of [1, 2, 3]) rates.push(await alone('cubic', 0.1, 100, 40_000, seed));
    const ratio = rates.reduce((sum, rate) => sum + rate) / rates.length / cubicResponse(0.001, 100);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.7);
  }, 120_000);
});

describe('the window of CUBIC after one loss', () => {
  it('is on the curve of RFC 9438, to within a round trip', async () => {
    const rows: SeriesRow[] = [];
    const rttMs = 100;
    await throughput({
      topology: twoHosts({
        both: { rate: 1e9, delayMs: rttMs / 2 },
        forth: { drop: [{ nth: 600, of: 'text' }] },
      }),
      flows: [{ from: 'client', to: 'server', options: { congestionControl: 'cubic' } }],
      warmUpMs: 1_000,
      untilMs: 12_000,
      onSeries: (row) => row.host === 'client' && rows.push(row),
    });
    const lossAt = rows.findIndex(({ ssthresh }) => ssthresh !== Number.POSITIVE_INFINITY);
    const wMax = rows[lossAt - 1]!.cwnd / MSS;
    const after = rows.slice(lossAt);
    const epoch = after.find(({ cwnd, ssthresh }) => cwnd > ssthresh)!;
    const start = epoch.ssthresh / MSS;
    // Section 4.6: what was in flight counts, which was at most the window.
    expect(start / wMax).toBeGreaterThan(0.6);
    expect(start / wMax).toBeLessThanOrEqual(0.701);
    const k = Math.cbrt((wMax - start) / 0.4);
    const curve = (seconds: number) => 0.4 * (seconds - k) ** 3 + wMax;
    for (const { timeMs, cwnd } of after) {
      const seconds = (timeMs - epoch.timeMs) / 1_000;
      if (seconds < 0.5 || seconds > 9) continue;
      expect(cwnd / MSS).toBeGreaterThan(curve(seconds - 2 * (rttMs / 1_000)) - 3);
      expect(cwnd / MSS).toBeLessThan(curve(seconds + 2 * (rttMs / 1_000)) + 3);
    }
  }, 120_000);
});
