import { writeFile } from 'node:fs/promises';
import { setImmediate as pause } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { Check, type CheckResult, tellCounterexample } from '../model/index.ts';
import { drillOfCounterexample } from './check-drill.ts';
import { faultNamed, tellFaults } from './check-faults.ts';
import { addBounds, type BoundFlags, boundsOf } from './check-options.ts';
import { jsonOf, progressText, tellResult } from './check-report.ts';
import { EXIT, Failure, UsageError } from './exit.ts';
import { Output } from './output.ts';
import { parseWhole } from './parsers.ts';
import { StatusLine } from './status-line.ts';

export interface CheckFlags extends BoundFlags {
  /** A name; or false, for none. */
  readonly fault?: string | false;
  readonly listFaults?: boolean;
  readonly fold: boolean;
  readonly mostStates?: number;
  readonly save?: string;
  readonly saveDrill?: string;
  readonly replay?: string;
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  Every state of two connections that open, send two octets each way, close and abort, while the network loses, doubles
  and delays a segment each: some two minutes
    statewire check
  Something smaller, in seconds: nothing but opening and closing
    statewire check --octets 0
  Something else: windows of one octet, and users who read when they like
    statewire check --window 1 --reorderings 0 --duplicates 0 --calls listen,connect,send,receive,shutdown
  What a violation looks like: a TCP with a fault in it
    statewire check --fault any-rst-in-window --save rst.mjs
    statewire check --replay rst.mjs
    statewire check --replay rst.mjs --no-fault
`;

const NOTES = `
Each state is held to every rule: forbidden pairs of states, unhandled labels, deadlocks and connections that never close
among them. docs/VERIFICATION.md says what that proves, and what is assumed.

Exit codes:
  0  no rule is broken
  1  one is: the shortest way there is printed; or a file can't be read or written
  2  the command line is wrong`;

/** So many states between two looks at the clock. */
const PORTION = 20_000;

/** `statewire check`: the model checker. */
export function checkCommand(): Command {
  const command = new Command('check')
    .summary('explore every state that two connected charts can come to')
    .description(
      'Explore every state of two connection charts, their listeners and the network between them within bounds, with the code ' +
        'that runs, and look for one that breaks a rule.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .option('--json', 'one JSON document')
    .option('--no-fold', 'do not let a state stand for its mirror image, with both ends swapped')
    .addOption(
      new Option('--most-states <N>', 'stop when so many states are known').argParser(
        parseWhole(1, 1_000_000_000),
      ),
    );
  return addBounds(command)
    .optionsGroup('Counterexamples:')
    .option('--fault <NAME>', 'put this fault in, within bounds that show it; flags change these')
    .option('--no-fault', 'with --replay: leave out the fault that the file names')
    .option('--list-faults', 'name the faults')
    .option('--save <FILE>', 'write the counterexample as a module (name.mjs) that can be replayed')
    .option('--save-drill <FILE>', 'write it as a packetdrill script, for statewire drill')
    .option('--replay <FILE>', 'play a counterexample again, on two real stacks')
    .action((flags: CheckFlags) => check(flags));
}

async function check(flags: CheckFlags): Promise<void> {
  if (flags.listFaults) return tellFaults(flags.json === true);
  if (flags.replay !== undefined) {
    const { replay } = await import('./check-replay.ts');
    return replay(flags.replay, flags);
  }
  if (flags.fault === false)
    throw new UsageError('check: --no-fault is for --replay; without --fault there is none.');
  const fault = flags.fault === undefined ? undefined : faultNamed(flags.fault);
  const bounds = { ...fault?.bounds, ...boundsOf(flags) };
  const output = new Output({ json: flags.json === true });
  const startMs = performance.now();
  const checked = new Check({
    bounds,
    folds: flags.fold,
    ...(fault === undefined ? {} : { parts: fault.parts }),
    ...(flags.mostStates === undefined ? {} : { mostStates: flags.mostStates }),
  });
  const result = await explored(checked, startMs);
  const seconds = (performance.now() - startMs) / 1_000;
  const told = result.violation && tellCounterexample(checked.model, result.violation, fault?.name);
  const drill = told && drillOfCounterexample(told, checked.model.parts, fault !== undefined);
  if (told && flags.save !== undefined) await save(flags.save, told.module);
  if (drill && flags.saveDrill !== undefined) await save(flags.saveDrill, drill.text);
  const all = { model: checked.model, result, seconds, folds: flags.fold, fault, told, drill };
  if (output.isJson) process.stdout.write(`${JSON.stringify(jsonOf(all), null, 2)}\n`);
  else tellResult(all, flags);
  if (told) process.exitCode = EXIT.failure;
}

async function explored(checked: Check, startMs: number): Promise<CheckResult> {
  const line = new StatusLine(process.stderr);
  for (;;) {
    const result = checked.run(PORTION);
    if (result) {
      line.clear();
      return result;
    }
    const text = (): string =>
      progressText(checked.figures, (performance.now() - startMs) / 1_000, checked.isExplored);
    if (checked.isExplored) line.show(text());
    else line.update(text);
    // Signals are heard between two portions.
    await pause();
  }
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new Failure(`${file} can't be written: ${(error as Error).message}`);
  }
}
