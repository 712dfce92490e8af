/** Parts of a campaign, as they are handed to a worker: plain values, so that they can cross a thread, a socket or a queue. */

import { playRun, type RunSummary, type Shrunk, shrinkRun, summaryOf } from '../../sim/campaign/index.ts';
import { loadMakeStack } from './make-stack.ts';

export type CampaignJob = PlayJob | ShrinkJob;

/** Plays the runs `first` … `first + count − 1`. */
export interface PlayJob {
  readonly kind: 'play';
  readonly seed: string;
  readonly first: number;
  readonly count: number;
  /** The URL of a module whose default export makes the stacks. */
  readonly stack?: string | undefined;
}

/** Makes the case of a run that violates something as small as it will go. */
export interface ShrinkJob {
  readonly kind: 'shrink';
  readonly seed: string;
  readonly run: number;
  readonly stack?: string | undefined;
}

/** What comes back: of a play job the runs in their order, of a shrink job the case if there is one. */
export interface JobResult {
  readonly runs: readonly RunSummary[];
  readonly shrunk: Shrunk | undefined;
}

export async function executeJob(job: CampaignJob): Promise<JobResult> {
  const makeStack = job.stack === undefined ? undefined : await loadMakeStack(job.stack);
  if (job.kind === 'shrink') return { runs: [], shrunk: await shrinkRun(job.seed, job.run, { makeStack }) };
  const runs: RunSummary[] = [];
  for (let run = job.first; run < job.first + job.count; run++)
    runs.push(summaryOf(await playRun(job.seed, run, { makeStack })));
  return { runs, shrunk: undefined };
}
