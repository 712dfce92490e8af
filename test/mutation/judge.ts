/** Whether the tests notice a mutant. */

import type { Verdict } from './kept.ts';
import { filesOf, type Killers, patiently, type Stage, totalMs, waitsForEver } from './killers.ts';
import type { LaneAnswer, RanTest } from './lane.ts';
import type { Lane } from './lanes.ts';
import type { Mutant } from './mutants.ts';

/** Beyond ten times what the tests take without a mutant; only a test that loops without end reaches it. */
const HUNG_MS = 60_000;

/** Asks one test after another until one fails. `all`: even those that never come upon the mutant's place. */
export async function judge(mutant: Mutant, lane: Lane, killers: Killers, all: boolean): Promise<Verdict> {
  const sinceMs = performance.now();
  const verdict = (outcome: Verdict['outcome'], by?: string, message?: string): Verdict => ({
    id: mutant.id,
    outcome,
    by,
    message,
    tookMs: Math.round(performance.now() - sinceMs),
  });
  const late: RanTest[] = [];

  /** The verdict, or undefined when the mutant survived the stage. */
  const play = async ({ tests, timeLimitMs }: Stage): Promise<Verdict | undefined> => {
    for (let left = tests; left.length > 0; ) {
      const boundMs = HUNG_MS + 10 * totalMs(left) + timeLimitMs;
      const answer = await lane.run({ mutant, files: filesOf(left), timeLimitMs }, boundMs);
      if (!answer) return verdict('hung');
      const failed = answer.tests.find(({ passed }) => !passed);
      // Every mutant makes a machine that XState takes, so what no test caught is what the mutant did.
      if (!failed && answer.errors.length > 0)
        return verdict('killed', 'an uncaught error', answer.errors[0]);
      if (!failed) return undefined;
      const isLate = failed.message?.startsWith('Test timed out') ?? false;
      // One that waits for its time limit is no quick killer.
      if (!isLate) killers.killed(mutant, failed.id);
      if (!isLate || waitsForEver(failed, { tests, timeLimitMs }))
        return verdict('killed', `${failed.file}: ${failed.name}`, failed.message);
      late.push(tests.find(({ id }) => id === failed.id)!);
      left = left.filter(({ id }) => !ran(answer, id));
    }
    return undefined;
  };

  for (const stage of killers.stages(mutant, all)) {
    const found = await play(stage);
    if (found) return found;
  }
  return (await play(patiently(late))) ?? verdict('survived');
}

function ran(answer: LaneAnswer, id: string): boolean {
  return answer.tests.some((test) => test.id === id);
}
