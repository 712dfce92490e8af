/** BBR on virtual time: what it is for, and what it must not do to others. */

import { describe, expect, it } from 'vitest';
import { type SeriesRow, twoHosts } from '../../../src/sim/index.ts';
import { bottleneck, throughput } from './flows.ts';
import { SHARED_RATE } from './measures.ts';

interface Flow {
  readonly rate: number;
  readonly delayMs: number;
  readonly loss?: number;
  readonly queue: number;
}

/** One flow for twenty seconds: which share of the link it gets through, and its mean round trip. */
async function alone(congestionControl: string, { rate, delayMs, loss = 0, queue }: Flow) {
  const rows: SeriesRow[] = [];
  const [goodput] = await throughput({
    topology: twoHosts({
      forth: { rate, delayMs, loss, queue: { kind: 'drop-tail', limit: queue } },
      back: { delayMs },
    }),
    flows: [{ from: 'client', to: 'server', options: { congestionControl } }],
    warmUpMs: 2_000,
    untilMs: 22_000,
    onSeries: (row) => row.host === 'client' && row.timeMs > 2_000 && rows.push(row),
  });
  const srttMs = rows.reduce((sum, row) => sum + (row.srttMs ?? 0), 0) / rows.length;
  return { share: goodput! / rate, srttMs };
}

describe('BBR', () => {
  it('fills a link and leaves its queue almost empty, where CUBIC fills both', async () => {
    const path = { rate: 10e6, delayMs: 20, queue: 200 };
    const bbr = await alone('bbr', path);
    const cubic = await alone('cubic', path);
    expect(bbr.share).toBeGreaterThan(0.92);
    expect(bbr.srttMs).toBeLessThan(1.3 * 40);
    expect(cubic.srttMs).toBeGreaterThan(2.5 * 40);
  }, 60_000);

  it('keeps a long path full at 1 % of random loss, where CUBIC keeps a tenth of it', async () => {
    const path = { rate: 50e6, delayMs: 50, loss: 1, queue: 800 };
    expect((await alone('bbr', path)).share).toBeGreaterThan(0.85);
    expect((await alone('cubic', path)).share).toBeLessThan(0.1);
  }, 60_000);

  it('gives way where more is lost than it takes for chance: 10 %', async () => {
    const { share } = await alone('bbr', { rate: 50e6, delayMs: 50, loss: 10, queue: 800 });
    expect(share).toBeLessThan(0.5);
  }, 60_000);

  it('leaves CUBIC a good part of a link whose queue holds a round trip, and takes one', async () => {
    const rates = await throughput({
      topology: bottleneck(2, SHARED_RATE, 20),
      flows: ['bbr', 'cubic'].map((congestionControl, index) => ({
        from: `left${index + 1}`,
        to: `right${index + 1}`,
        options: { congestionControl },
      })),
      warmUpMs: 5_000,
      untilMs: 35_000,
    });
    for (const rate of rates) expect(rate, rates.join(' ')).toBeGreaterThan(0.15 * SHARED_RATE);
    expect(rates[0]! + rates[1]!).toBeGreaterThan(0.85 * SHARED_RATE);
  }, 60_000);
});
