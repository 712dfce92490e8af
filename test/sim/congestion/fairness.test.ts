import { describe, expect, it } from 'vitest';
import type { Link, Topology } from '../../../src/sim/index.ts';
import { jain } from '../../bench/statistics.ts';
import { bottleneck, throughput } from './flows.ts';

const RATE = 10e6;

describe('flows of the same kind on one narrow link', () => {
  for (const [congestionControl, counts] of [
    ['cubic', [2, 10]],
    ['reno', [2]],
    ['vegas', [4]],
  ] as const) {
    for (const count of counts) {
      it(`share it evenly, and leave little of it unused: ${count} with ${congestionControl}`, async () => {
        const rates = await throughput({
          topology: bottleneck(count, RATE, 20),
          flows: Array.from({ length: count }, (_, index) => ({
            from: `left${index + 1}`,
            to: `right${index + 1}`,
            options: { congestionControl },
          })),
          warmUpMs: 5_000,
          untilMs: 20_000,
        });
        expect(jain(rates), rates.join(' ')).toBeGreaterThan(0.8);
        // Headers take a 27th.
        expect(rates.reduce((sum, rate) => sum + rate, 0)).toBeGreaterThan(0.85 * RATE);
      }, 120_000);
    }
  }
});

describe('two flows whose round trips are 24 ms and 96 ms', () => {
  /** By how much the one with the shorter round trips gets more through. */
  async function advantage(congestionControl: string): Promise<number> {
    const [near, far] = await throughput({
      topology: farther(bottleneck(2, RATE, 10), 'left2', 36),
      flows: [1, 2].map((n) => ({ from: `left${n}`, to: `right${n}`, options: { congestionControl } })),
      warmUpMs: 10_000,
      untilMs: 30_000,
    });
    return near! / far!;
  }

  it('share a link less unevenly with CUBIC than with Reno (R9438 5.2)', async () => {
    const cubic = await advantage('cubic');
    const reno = await advantage('reno');
    expect(reno).toBeGreaterThan(1.5);
    expect(cubic).toBeLessThan(reno);
  }, 120_000);
});

function farther(topology: Topology, host: string, delayMs: number): Topology {
  const links = topology.links.map(
    (link): Link => (link.between[0] === host ? { ...link, both: { ...link.both, delayMs } } : link),
  );
  return { ...topology, links };
}
