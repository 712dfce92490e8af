import { Command } from 'commander';
import { ArrowsTaken, type CampaignResult, detours, type MachineWord, playWords } from '../model/index.ts';
import { LINUX_DIFFERENCES } from '../node/model/linux-differences.ts';
import { EXIT } from './exit.ts';
import {
  limitOption,
  machineOption,
  seedOption,
  strategyOption,
  type WordFlags,
  wordsFor,
} from './model-options.ts';
import { WordProgress } from './model-progress.ts';
import { campaignText } from './model-report.ts';
import { openTarget, type TargetName, targetOption } from './model-targets.ts';

interface TestFlags extends WordFlags {
  readonly target: TargetName;
  readonly slow?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const EXAMPLES = `Examples:
  statewire model test                                every arrow of every chart, on virtual time
  statewire model test --strategy random --limit 5000 --seed 3
  sudo statewire model test --target linux            against this machine's kernel, in a namespace of its own
  sudo statewire model test --target linux --slow     with the words that have to wait, TIME-WAIT's minute among them
`;

const NOTES = `
Three have to agree after every symbol of a word: the target, the chart and the event-processing table of RFC 9293.

Exit codes:
  0  they agreed, or differ as is known; all arrows that the words have were taken
  1  they differ in a way that is not known, or an arrow was not taken
  2  the command line is wrong`;

/** `statewire model test`: words against a target. */
export function modelTestCommand(): Command {
  return new Command('test')
    .summary('play test words on this stack, or on another')
    .description(
      'Make frames and socket calls of test words, play them on a target, and compare what it does with the chart and with the table ' +
        'of RFC 9293, section 3.10.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .addOption(targetOption('what is tested'))
    .addOption(machineOption(true))
    .addOption(strategyOption())
    .addOption(limitOption())
    .addOption(seedOption())
    .option('--slow', 'with words that wait over five seconds, where time is real')
    .option('--json', 'one JSON document')
    .option(
      '-v, --verbose',
      'every arrow with how often it was taken, and known differences with their words',
    )
    .action((flags: TestFlags) => test(flags));
}

async function test(flags: TestFlags): Promise<void> {
  const words = wordsFor(flags);
  const progress = new WordProgress(process.stderr);
  const result = await played(words, flags, progress);
  progress.end();
  process.stdout.write(
    flags.json ? `${JSON.stringify(result)}\n` : `${campaignText(result, flags.verbose === true)}\n`,
  );
  const isNew = result.disagreements.some(({ known }) => known === undefined);
  const covers = flags.strategy === 'transition-cover' && flags.limit === undefined;
  const missed = covers && result.arrows?.some(({ count }) => count === 0);
  process.exitCode = isNew || missed ? EXIT.failure : EXIT.ok;
}

async function played(
  words: readonly MachineWord[],
  flags: TestFlags,
  progress: WordProgress,
): Promise<CampaignResult> {
  const onWord = (done: number, of: number): void => progress.show(done, of);
  const { seed, slow = false } = flags;
  if (flags.target === 'self') {
    const taken = new ArrowsTaken();
    const target = await openTarget('self', { seed, inspect: taken.inspect as never });
    return playWords(target, words, { seed, slow, taken, onWord });
  }
  const target = await openTarget(flags.target, { seed });
  const differences = LINUX_DIFFERENCES;
  try {
    const all = asksForAll(flags) ? [...words, ...detours(target, differences)] : words;
    return await playWords(target, all, { seed, slow, onWord, differences });
  } finally {
    await target.close();
  }
}

/** Not only some of the connection chart's words. */
function asksForAll({ strategy, limit, machine }: TestFlags): boolean {
  return (
    strategy === 'transition-cover' && limit === undefined && (machine === 'all' || machine === 'connection')
  );
}
