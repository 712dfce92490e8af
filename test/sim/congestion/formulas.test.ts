import { describe, expect, it } from 'vitest';
import { alone, cubicAfterLoss, cubicResponse, mathis, padhye } from './measures.ts';

const RTT_MS = 50;

describe('the throughput of one flow, by what is lost', () => {
  for (const percent of [0.2, 1, 3]) {
    it(`is what the formula of Padhye has for Reno at ${percent} %, or more: time is not lost to timeouts`, async () => {
      const ratio = (await alone('reno', percent, RTT_MS, [1])) / padhye(percent / 100, RTT_MS);
      expect(ratio).toBeGreaterThan(0.7);
      expect(ratio).toBeLessThan(1.6);
    }, 120_000);
  }

  it('is that of Mathis for Reno, where nothing times out', async () => {
    const ratio = (await alone('reno', 0.5, RTT_MS)) / mathis(0.005, RTT_MS);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.3);
  }, 120_000);

  it('is that of RFC 9438 for CUBIC, where losses are rare and round trips long', async () => {
    // Some thirty losses a run: chance has its say in each, and less in the three together.
    const ratio = (await alone('cubic', 0.1, 100)) / cubicResponse(0.001, 100);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.7);
  }, 120_000);
});

describe('the window of CUBIC after one loss', () => {
  it('is on the curve of RFC 9438, to within a round trip', async () => {
    const rttMs = 100;
    const { wMax, start, points, curve } = await cubicAfterLoss(rttMs);
    // Section 4.6: what was in flight counts, which was at most the window.
    expect(start / wMax).toBeGreaterThan(0.6);
    expect(start / wMax).toBeLessThanOrEqual(0.701);
    const judged = points.filter(([seconds]) => seconds >= 0.5 && seconds <= 9);
    expect(judged.length).toBeGreaterThan(50);
    for (const [seconds, segments] of judged) {
      expect(segments).toBeGreaterThan(curve(seconds - 2 * (rttMs / 1_000)) - 3);
      expect(segments).toBeLessThan(curve(seconds + 2 * (rttMs / 1_000)) + 3);
    }
  }, 120_000);
});
