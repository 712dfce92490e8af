import { accessSync, constants, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type CampaignResult, runCampaign } from '../node/campaign/campaign.ts';
import { type Executor, localExecutor } from '../node/campaign/executors.ts';
import { printScript, type Shrunk, type Totals } from '../sim/campaign/index.ts';
import { INVARIANTS } from '../sim/index.ts';
import { EXIT, Failure, UsageError } from './exit.ts';
import { interruption } from './interruption.ts';
import { coloured, humanBytes, Output } from './output.ts';
import type { SimFlags } from './sim.ts';
import { loadStackFile } from './sim-files.ts';
import { bar, StatusLine } from './status-line.ts';

/** More are counted, and not named one by one. */
const MOST_NAMED = 10;

/** `statewire sim --runs N`. */
export async function runSimCampaign(flags: SimFlags & { readonly runs: number }): Promise<void> {
  const { seed = '1', first, runs, save } = flags;
  if (flags.queue !== undefined && flags.stack !== undefined)
    throw new UsageError(
      'sim: --stack is for runs on this machine; the workers of a queue have stacks of their own.',
    );
  if (flags.queue !== undefined && flags.jobs !== undefined)
    throw new UsageError(
      'sim: --jobs is for runs on this machine; workers of a queue say themselves how many they take.',
    );
  const stack = flags.stack === undefined ? undefined : (await loadStackFile(flags.stack)).url;
  if (save !== undefined) makeFolder(save);
  const output = new Output({ json: flags.json === true });
  const signal = interruption();
  const executor = await executorFor(flags, output).catch(explained);
  const progress = new CampaignProgress(runs);
  try {
    const result = await runCampaign(executor, {
      seed,
      first,
      runs,
      stack,
      signal,
      onProgress: (totals) => progress.show(totals),
    });
    progress.clear();
    tell(result, seed, flags, output);
    if (!output.isJson) tellPace(result, progress.seconds, output);
    if (signal.aborted) process.exitCode = EXIT.interrupted;
    else if (result.violating.length > 0) process.exitCode = EXIT.failure;
  } catch (error) {
    explained(error);
  } finally {
    progress.clear();
    await executor.close();
  }
}

/** What is wrong with a queue is for its user to mend. */
function explained(error: unknown): never {
  if (error instanceof Error && error.name === 'QueueError') throw new Failure(`--queue: ${error.message}`);
  throw error;
}

async function executorFor(
  { jobs = availableParallelism(), queue }: SimFlags,
  output: Output,
): Promise<Executor> {
  if (queue === undefined) return localExecutor(jobs);
  const { queueExecutor, withoutPassword } = await import('../node/campaign/queue.ts');
  const executor = await queueExecutor(queue);
  if ((await executor.workers()) === 0)
    output.message(
      `No worker is at the queue yet. On any machine: statewire worker --queue ${withoutPassword(queue)}`,
    );
  return executor;
}

function tell(result: CampaignResult, seed: string, flags: SimFlags, output: Output): void {
  const { totals, violating, shrunk } = result;
  for (const { run, violation } of violating.slice(0, MOST_NAMED)) {
    output.event('violation', { seed, ...violation, run });
    output.text(
      `${coloured(process.stdout, 'red', `run ${run} violated: ${INVARIANTS[violation!.invariant]}`)}\n` +
        `  ${violation!.message}\n  again: statewire sim --runs 1 --seed ${seed} --first ${run}`,
    );
  }
  if (violating.length > MOST_NAMED) output.text(`… and ${violating.length - MOST_NAMED} more runs`);
  for (const each of shrunk) tellShrunk(each, seed, flags, output);
  output.event('campaign', { seed, first: flags.first ?? 1, ...totals });
  output.text(`runs            ${totals.runs}, ${totals.violations} of which violated an invariant`);
  output.text(`virtual time    ${totals.virtualHours.toFixed(1)} h`);
  output.text(`segments        ${totals.segments}, ${totals.retransmissions} of them sent again`);
  output.text(`connections     ${totals.connectionEnds} ends, ${totals.broken} of which met an error`);
  output.text(`text delivered  ${humanBytes(totals.bytesDelivered)}`);
  const faults = Object.entries(totals.faults).map(([name, count]) => `${name} ${count}`);
  output.text(`faults          ${faults.length === 0 ? 'none' : faults.join(', ')}`);
  output.text(`digest          ${totals.digest}`);
}

function tellShrunk(shrunk: Shrunk, seed: string, { save }: SimFlags, output: Output): void {
  const script = printScript(seed, shrunk);
  const { run, violation, tried, taken } = shrunk;
  const file =
    save === undefined ? undefined : join(save, `seed-${seed.replace(/[^\w.-]/g, '_')}-run-${run}.mjs`);
  output.event('shrunk', {
    seed,
    run,
    invariant: violation.invariant,
    tried,
    taken,
    case: shrunk.case,
    script,
  });
  if (file === undefined) {
    output.text(
      `run ${run} made smaller in ${taken} of ${tried} attempts; --save DIR keeps this in a file:\n\n${script}`,
    );
    return;
  }
  try {
    writeFileSync(file, script);
  } catch (error) {
    throw new Failure(`--save: can't write ${file}: ${(error as Error).message}`);
  }
  output.text(`run ${run} made smaller in ${taken} of ${tried} attempts: statewire sim --replay ${file}`);
}

/** What depends on the machine; never in JSON, so that two runs with one seed print the same bytes. */
function tellPace({ totals }: CampaignResult, seconds: number, output: Output): void {
  const pace = (totals.runs / seconds).toFixed(1);
  output.text(
    `pace            ${pace} runs/s, ${Math.round(totals.segments / seconds)} segments/s, ${seconds.toFixed(1)} s in all`,
  );
}

function makeFolder(folder: string): void {
  try {
    // Node 20 never comes back from a recursive one where a parent that exists says ENOENT, as /proc does.
    if (!existsSync(folder)) mkdirSync(folder, { recursive: !existsSync(dirname(folder)) });
    accessSync(`${folder}/.`, constants.W_OK);
  } catch (error) {
    throw new UsageError(`--save: can't keep files in ${folder}: ${(error as Error).message}`);
  }
}

class CampaignProgress {
  readonly #line = new StatusLine(process.stderr);
  readonly #startMs = performance.now();
  readonly #runs: number;

  constructor(runs: number) {
    this.#runs = runs;
  }

  get seconds(): number {
    return Math.max(0.001, (performance.now() - this.#startMs) / 1_000);
  }

  show(totals: Totals): void {
    this.#line.update(() => {
      const { runs, virtualHours, violating } = totals;
      const failed = violating.length === 0 ? '' : `, ${violating.length} violations`;
      const pace = (runs / this.seconds).toFixed(1);
      return `${bar(runs / this.#runs)}  ${runs} runs, ${pace}/s, ${virtualHours.toFixed(1)} h${failed}`;
    });
  }

  clear(): void {
    this.#line.clear();
  }
}
