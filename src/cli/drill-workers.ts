import { Worker } from 'node:worker_threads';
import type { DrillOptions, Source } from '../drill/index.ts';
import { inOrder, type Played, playOne, type Tell } from './drill-one.ts';

/** What a worker is given when it begins. */
export interface WorkerTask {
  readonly options: DrillOptions;
  readonly withPcap: boolean;
}

/** A script for a worker, and what it sends back. */
export interface WorkerScript {
  readonly index: number;
  readonly source: Source;
}

export interface WorkerAnswer {
  readonly index: number;
  readonly played: Played;
}

/** Plays all scripts, `jobs` at a time, and tells of each in their order. */
export async function drillAll(
  sources: readonly Source[],
  options: DrillOptions,
  jobs: number,
  withPcap: boolean,
  tell: Tell,
): Promise<void> {
  // A worker of its own can't read TypeScript, as whoever develops this package may run it.
  const compiled = import.meta.url.endsWith('.js');
  if (jobs === 1 || sources.length === 1 || !compiled) {
    sources.forEach((source, index) => {
      tell(playOne(source, options, withPcap), index);
    });
    return;
  }
  let next = 0;
  const take = inOrder(tell);
  const workers = Array.from({ length: Math.min(jobs, sources.length) }, () => {
    const task: WorkerTask = { options, withPcap };
    const worker = new Worker(new URL('./drill-worker.js', import.meta.url), { workerData: task });
    return new Promise<void>((resolve, reject) => {
      const send = (): void => {
        const index = next++;
        const source = sources[index];
        if (source) worker.postMessage({ index, source } satisfies WorkerScript);
        else void worker.terminate();
      };
      worker.on('message', ({ index, played }: WorkerAnswer) => {
        take(played, index);
        send();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
      send();
    });
  });
  await Promise.all(workers);
}
