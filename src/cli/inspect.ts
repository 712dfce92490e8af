import { Command } from 'commander';
import { StackError } from '../errors.ts';
import { type ReplayResult, type RunRecord, recordSource, replay } from '../inspect/index.ts';
import { INSPECTOR_PORT, serveInspector } from '../node/inspector-server.ts';
import { recordFromFile } from '../node/record-file.ts';
import { EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { firstAbort, interruption } from './interruption.ts';
import { Output } from './output.ts';
import { parseWhole } from './parsers.ts';

interface ReplayFlags {
  readonly port: number;
  readonly replay?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  Look at a run that --record kept, on any machine, offline
    statewire inspect run.jsonl
  Run it again, and see whether the stack does the same
    statewire inspect run.jsonl --replay
`;

/** `statewire inspect`: a saved run in the inspector, or run again. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .summary('look at a recorded run, or run it again')
    .description(
      'Open a run that --record has kept in the inspector, which this serves to browsers of this machine until it is interrupted.',
    )
    .argument('<FILE>', 'the record')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .option('--replay', 'run it again instead, and compare what the stack does with what it did')
    .option(
      '--port <PORT>',
      'the port of the page; 0: any that is free',
      parseWhole(0, 65_535),
      INSPECTOR_PORT,
    )
    .option('--json', 'events as JSON, one a line')
    .action((file: string, flags: ReplayFlags) => inspect(file, flags));
}

async function inspect(file: string, flags: ReplayFlags): Promise<void> {
  const output = new Output({ json: flags.json === true });
  const record = read(file);
  if (flags.replay) return tellReplay(file, runAgain(file, record), output);
  const interrupted = interruption();
  const server = await serveInspector(recordSource(record), { port: flags.port });
  output.event('inspector', { url: server.url });
  output.text(`${file}: open ${server.url}`);
  const { replayable, why } = record.header;
  if (!replayable) output.message(`The record is for looking at only: ${why ?? 'it has no inputs'}.`);
  await firstAbort(interrupted);
  await server.close();
}

function read(file: string): RunRecord {
  try {
    return recordFromFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new UsageError(`${file} can't be read: ${(error as Error).message}`);
  }
}

function runAgain(file: string, record: RunRecord): ReplayResult {
  try {
    return replay(record);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    throw new UsageError(`${file}: ${error.message}`);
  }
}

function tellReplay(file: string, result: ReplayResult, output: Output): void {
  const { same, recorded, replayed, difference } = result;
  output.event('replay', { file, same, recorded, replayed, difference });
  for (const [host, hash] of Object.entries(replayed)) output.text(`${host}  ${hash}`);
  if (same) {
    output.text(`${file}: the same again`);
    return;
  }
  if (same === undefined) {
    throw new Failure(`${file}: the record was cut off, so that there is no hash to compare with`);
  }
  const where = difference
    ? `\n${difference.host}, entry ${difference.order ?? 'behind the last one'}\n  recorded: ${difference.recorded ?? 'nothing'}\n  replayed: ${difference.replayed ?? 'nothing'}`
    : '';
  throw new Failure(`${file}: the stack did something else${where}`);
}
