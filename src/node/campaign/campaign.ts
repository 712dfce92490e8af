/** Campaigns over many workers: what comes of them does not depend on how many there are, or where. */

import { type CampaignTotals, type RunSummary, type Shrunk, Totals } from '../../sim/campaign/index.ts';
import type { Executor } from './executors.ts';
import type { CampaignJob, JobResult } from './jobs.ts';

export interface CampaignOptions {
  readonly seed: string;
  /** The number of the first run. Default 1. */
  readonly first?: number | undefined;
  readonly runs: number;
  /** The URL of a module whose default export makes the stacks. */
  readonly stack?: string | undefined;
  /** Runs in one job. Default 10. */
  readonly runsPerJob?: number | undefined;
  /** Ends it early: what has begun is waited for if that takes no long, and nothing more begins. */
  readonly signal?: AbortSignal | undefined;
  /** Told each time that runs have been added, in their order. */
  readonly onProgress?: ((totals: Totals) => void) | undefined;
}

export interface CampaignResult {
  readonly totals: CampaignTotals;
  readonly violating: readonly RunSummary[];
  /** Of each invariant that was violated the first case, shrunk. */
  readonly shrunk: readonly Shrunk[];
}

const RUNS_PER_JOB = 10;

export async function runCampaign(executor: Executor, options: CampaignOptions): Promise<CampaignResult> {
  const { seed, stack, signal } = options;
  signal?.addEventListener('abort', () => executor.cancel?.(), { once: true });
  const totals = await playAll(executor, options);
  const { violating } = totals;
  const toShrink = signal?.aborted ? [] : firstOfEach(violating);
  const jobs = toShrink.map(({ run }): CampaignJob => ({ kind: 'shrink', seed, run, stack }));
  const results = await Promise.all(jobs.map((job) => executor.execute(job)));
  const shrunk = results.map((result) => result.shrunk).filter((each) => each !== undefined);
  return { totals: totals.result(), violating, shrunk };
}

/** As many jobs at a time as the executor likes; their results are added in the order of the runs. */
async function playAll(executor: Executor, options: CampaignOptions): Promise<Totals> {
  const { seed, stack, first = 1, runs, runsPerJob = RUNS_PER_JOB, signal, onProgress } = options;
  const totals = new Totals();
  const waiting = new Map<number, readonly RunSummary[]>();
  const end = first + runs;
  let next = first;
  let added = first;
  const playUnlessOver = (job: CampaignJob): Promise<JobResult | undefined> =>
    executor.execute(job).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
      return undefined;
    });
  const lane = async (): Promise<void> => {
    while (next < end && !signal?.aborted) {
      const from = next;
      const count = Math.min(runsPerJob, end - from);
      next += count;
      const result = await playUnlessOver({ kind: 'play', seed, first: from, count, stack });
      if (!result) return;
      waiting.set(from, result.runs);
      for (let ready = waiting.get(added); ready; ready = waiting.get(added)) {
        waiting.delete(added);
        added += ready.length;
        for (const summary of ready) totals.add(summary);
        onProgress?.(totals);
      }
    }
  };
  await Promise.all(Array.from({ length: executor.width }, lane));
  return totals;
}

function firstOfEach(violating: readonly RunSummary[]): RunSummary[] {
  const first = new Map<string, RunSummary>();
  for (const summary of violating) {
    const { invariant } = summary.violation!;
    if (!first.has(invariant)) first.set(invariant, summary);
  }
  return [...first.values()];
}
