import { describe, expect, it } from 'vitest';
import { isAsExpected, playRun, printScript, shrinkRun } from '../../../../src/sim/campaign/index.ts';
import type { Expected } from '../../../../src/sim/campaign/script.ts';
import { type Experiment, simulate } from '../../../../src/sim/index.ts';
import { BROKEN_STACKS, type BrokenStack } from '../../../support/broken-stacks.ts';

const SEED = 'broken';
const MOST_RUNS = 60;
const TIMEOUT_MS = 120_000;

/** The first run of a campaign in which it is found. */
async function find({ makeStack }: BrokenStack) {
  for (let run = 1; run <= MOST_RUNS; run++) {
    const { result } = await playRun(SEED, run, { makeStack });
    if (result.violation) return { run, violation: result.violation };
  }
  throw new Error(`not found in ${MOST_RUNS} runs`);
}

/** The module that a script is, without a file. */
function load(script: string): Promise<{ default: Experiment; expected: Expected }> {
  return import(`data:text/javascript,${encodeURIComponent(script)}`);
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length;

describe('a stack that', () => {
  it.each(BROKEN_STACKS)(
    '$what is found, and its case shrunk to a script that does the same again',
    async (broken) => {
      const { makeStack, violates } = broken;
      const { run, violation } = await find(broken);
      expect(violates).toContain(violation.invariant);

      const shrunk = (await shrinkRun(SEED, run, { makeStack, mostTried: 25 }))!;
      expect(shrunk.violation.invariant).toBe(violation.invariant);
      expect(shrunk.tried).toBeGreaterThan(0);

      const script = await load(printScript(SEED, shrunk));
      expect(script.default).toEqual(shrunk.case);
      expect(isAsExpected(script.expected, await simulate(script.default, { makeStack }))).toBe(true);
      // It is the stack's fault, not the case's.
      expect((await simulate(script.default)).violation).toBeUndefined();
    },
    TIMEOUT_MS,
  );
});

describe('shrinking', () => {
  it(
    'leaves no more of a case than is needed',
    async () => {
      const broken = BROKEN_STACKS.find(({ what }) => what.startsWith('keeps'))!;
      const { run } = await find(broken);
      const shrunk = (await shrinkRun(SEED, run, { makeStack: broken.makeStack }))!;
      expect(shrunk.case.workloads).toHaveLength(1);
      expect(Object.keys(shrunk.case.topology.hosts)).toEqual(['client', 'server']);
      expect(sizeOf(shrunk.case)).toBeLessThan(300);
    },
    TIMEOUT_MS,
  );

  it('finds nothing where nothing is wrong', async () => {
    expect(await shrinkRun(SEED, 1)).toBeUndefined();
  });
});
