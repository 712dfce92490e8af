/** What a thread of a campaign's pool runs: one job a call. */

import { inheritInterpreter } from '../interpreter.ts';
import { type CampaignJob, executeJob, type JobResult } from './jobs.ts';

inheritInterpreter();

export default function work(job: CampaignJob): Promise<JobResult> {
  return executeJob(job);
}
