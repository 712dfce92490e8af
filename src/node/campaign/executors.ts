/** Who plays a campaign's jobs: this thread, or a pool of others. Workers of other machines are in queue.ts. */

import { Piscina } from 'piscina';
import { type CampaignJob, executeJob, type JobResult } from './jobs.ts';

export interface Executor {
  /** How many jobs it likes to have at hand. */
  readonly width: number;
  execute(job: CampaignJob): Promise<JobResult>;
  /** Has what is under way, and may take long, rejected; by default it is waited for. */
  cancel?(): void;
  close(): Promise<void>;
}

/** @param threads 1 for this thread */
export function localExecutor(threads: number): Executor {
  // A thread of its own can't read TypeScript, as whoever develops this package may run it.
  const compiled = import.meta.url.endsWith('.js');
  return threads === 1 || !compiled ? new ThisThread() : new Pool(threads);
}

class ThisThread implements Executor {
  readonly width = 1;

  execute(job: CampaignJob): Promise<JobResult> {
    return executeJob(job);
  }

  async close(): Promise<void> {}
}

class Pool implements Executor {
  readonly width: number;
  readonly #pool: Piscina<CampaignJob, JobResult>;

  constructor(threads: number) {
    // One more than there are threads, so that none waits for this thread.
    this.width = threads + 1;
    this.#pool = new Piscina({
      filename: new URL('./worker-thread.js', import.meta.url).href,
      minThreads: threads,
      maxThreads: threads,
    });
  }

  execute(job: CampaignJob): Promise<JobResult> {
    return this.#pool.run(job);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
