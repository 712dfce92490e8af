import { describe, expect, it } from 'vitest';
import { advantage, SHARED_RATE, shared } from './measures.ts';

describe('flows of the same kind on one narrow link', () => {
  for (const [congestionControl, counts] of [
    ['cubic', [2, 5, 10]],
    ['reno', [2, 10]],
    ['vegas', [4]],
    ['bbr', [2, 5, 10]],
  ] as const) {
    for (const count of counts) {
      it(`share it evenly, and leave little of it unused: ${count} with ${congestionControl}`, async () => {
        const { index, sum, rates } = await shared(congestionControl, count);
        expect(index, rates.join(' ')).toBeGreaterThan(0.8);
        // Headers take a 27th.
        expect(sum).toBeGreaterThan(0.85 * SHARED_RATE);
      }, 120_000);
    }
  }
});

describe('two flows whose round trips are 24 ms and 96 ms', () => {
  it('share a link less unevenly with CUBIC than with Reno (R9438 5.2)', async () => {
    const cubic = await advantage('cubic', 36);
    const reno = await advantage('reno', 36);
    expect(reno).toBeGreaterThan(1.5);
    expect(cubic).toBeLessThan(reno);
  }, 120_000);
});
