import type { DrillOptions, Source } from '../drill/index.ts';
import { runScriptOnLinux } from '../node/drill/play-on-linux.ts';
import { inOrder, playedOf, type Tell } from './drill-one.ts';

/** Plays all scripts against this machine's kernel, `jobs` at a time, and tells of each in their order. */
export async function drillAllOnLinux(
  sources: readonly Source[],
  options: DrillOptions,
  jobs: number,
  withPcap: boolean,
  tell: Tell,
): Promise<void> {
  const take = inOrder(tell);
  let next = 0;
  const ended = new AbortController();
  const play = async (): Promise<void> => {
    for (let index = next++; index < sources.length; index = next++) {
      const result = await runScriptOnLinux(sources[index]!, { ...options, signal: ended.signal });
      take(playedOf(result, withPcap), index);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, sources.length) }, play));
  } finally {
    // What goes wrong with one would go wrong with all: nobody waits for the others.
    ended.abort();
  }
}
