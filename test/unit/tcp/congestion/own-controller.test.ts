import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { controllerNames } from '../../../../src/index.ts';
import { type Experiment, simulate } from '../../../../src/sim/index.ts';

const EXAMPLE = new URL('../../../../examples/own-controller.mjs', import.meta.url);

describe('the example of a controller of one’s own', () => {
  it('is written in less than 50 lines', () => {
    expect(readFileSync(EXAMPLE, 'utf8').trim().split('\n').length).toBeLessThan(50);
  });

  it('brings everything over, beside CUBIC, and violates nothing', async () => {
    const { default: experiment } = (await import(EXAMPLE.href)) as { default: Experiment };
    const { violation, workloads } = await simulate(experiment);
    expect(violation).toBeUndefined();
    expect(workloads.map(({ bytesDelivered }) => bytesDelivered)).toEqual([2_000_000, 2_000_000]);
    expect(controllerNames()).toContain('scalable');
  }, 60_000);
});
