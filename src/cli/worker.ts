import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { EXIT_CODES_HELP, Failure } from './exit.ts';
import { firstAbort, interruption } from './interruption.ts';
import { Output } from './output.ts';
import { parseWhole } from './parsers.ts';

interface WorkerFlags {
  readonly queue: string;
  readonly jobs: number;
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  On each of some machines, whatever their number
    statewire worker --queue redis://10.0.0.1
  On any one
    statewire sim --runs 100000 --seed 1 --queue redis://10.0.0.1
`;

/** `statewire worker`: plays runs of campaigns for others. */
export function workerCommand(): Command {
  return new Command('worker')
    .summary('play runs of campaigns that come by way of a queue')
    .description(
      'Take runs of campaigns from a Redis server, play them, and send back what came of them. Needs the packages bullmq and ' +
        'ioredis. A worker that dies loses nothing: another one takes what it had in hand.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .requiredOption('--queue <URL>', 'the Redis server: redis://HOST, rediss://USER:PASSWORD@HOST:PORT')
    .addOption(
      new Option('-j, --jobs <N>', 'worker threads')
        .argParser(parseWhole(1, 256))
        .default(availableParallelism(), `${availableParallelism()}, one a core`),
    )
    .option('--json', 'events as JSON, one a line')
    .action((flags: WorkerFlags) => work(flags));
}

async function work(flags: WorkerFlags): Promise<void> {
  const { QueueError, queueWorker, withoutPassword } = await import('../node/campaign/queue.ts');
  const { localExecutor } = await import('../node/campaign/executors.ts');
  const output = new Output({ json: flags.json === true });
  const executor = localExecutor(flags.jobs);
  const interrupted = interruption();
  let runs = 0;
  try {
    const worker = await queueWorker(flags.queue, {
      executor,
      onDone(job, result) {
        runs += result.runs.length;
        output.event('done', { kind: job.kind, runs: result.runs.length });
      },
      onTrouble: (error) => output.message(`worker: ${error.message}`),
    });
    output.event('ready', { queue: withoutPassword(flags.queue), jobs: flags.jobs });
    output.text(
      `waiting for runs with ${flags.jobs} ${flags.jobs === 1 ? 'thread' : 'threads'}; Ctrl-C ends it`,
    );
    await firstAbort(interrupted);
    await worker.close();
    output.text(`played ${runs} runs`);
  } catch (error) {
    throw error instanceof QueueError ? new Failure(`worker: ${error.message}`) : error;
  } finally {
    await executor.close();
  }
}
