import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import {
  differencesOf,
  LEARN_ALPHABET,
  learn,
  type MealyMachine,
  mealyToDot,
  RememberedAnswers,
  randomWords,
  SYMBOLS,
  steady,
  type Target,
  type TestSymbol,
  targetTeacher,
} from '../model/index.ts';
import { seededRandom } from '../sim/index.ts';
import { EXIT, Failure, UsageError } from './exit.ts';
import { seedOption } from './model-options.ts';
import { openTarget, type TargetName, targetOption } from './model-targets.ts';
import { parseWhole } from './parsers.ts';
import { nearest } from './suggestion.ts';

interface LearnFlags {
  readonly target: TargetName;
  readonly alphabet: readonly TestSymbol[];
  readonly cache?: string;
  readonly format: 'dot' | 'json';
  readonly diff?: string;
  readonly seed: number;
  readonly words: number;
}

const EXAMPLES = `Examples:
  statewire model learn > self.dot                          then: dot -Tsvg self.dot
  statewire model learn --format json > self.json
  sudo statewire model learn --target linux --cache linux.jsonl --diff self.json
  statewire model learn --alphabet "OPEN active,SYN,SYN|ACK,ACK,FIN,RST,CLOSE"
`;

const NOTES = `
A machine is learned by asking only: what is answered to a word of symbols, with which state behind it. Words and answers are
kept in the file of --cache, so that a second run asks nothing that the first has asked.

Exit codes:
  0  it was learned; with --diff: the two are equal
  1  with --diff: they differ
  2  the command line is wrong`;

/** `statewire model learn`: a Mealy machine of a target, by asking. */
export function modelLearnCommand(): Command {
  return new Command('learn')
    .summary('learn a state machine of a TCP by asking it')
    .description(
      'Learn how a TCP behaves, as a Mealy machine over test symbols, with Angluin’s algorithm L*.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .addOption(targetOption('what is asked'))
    .addOption(
      new Option(
        '--alphabet <SYMBOLS>',
        'what may happen, with commas between; the comma of a symbol is written |',
      )
        .argParser(parseAlphabet)
        .default(LEARN_ALPHABET, LEARN_ALPHABET.map(written).join(',')),
    )
    .option('--cache <FILE>', 'where words and their answers are kept, a line each')
    .addOption(new Option('--format <FORMAT>', 'how to print it').choices(['dot', 'json']).default('dot'))
    .option('--diff <FILE>', 'print where it differs from a machine saved with --format json')
    .addOption(seedOption())
    .option(
      '--words <N>',
      'words by chance that have to be answered as the machine answers before it is taken for right',
      parseWhole(1, 1_000_000),
      500,
    )
    .action((flags: LearnFlags) => run(flags));
}

/** So that nothing is sent again while a word is asked, on a busy machine either. */
const RTO_MIN_MS = 20_000;

async function run(flags: LearnFlags): Promise<void> {
  const other = flags.diff === undefined ? undefined : readMachine(flags.diff, flags.alphabet);
  const target = await openTarget(flags.target, { seed: flags.seed, rtoMinMs: RTO_MIN_MS });
  try {
    const teacher = remembered(target, flags.cache);
    const machine = await learn(
      flags.alphabet,
      teacher,
      randomWords(teacher, { random: seededRandom(flags.seed), words: flags.words }),
      { onHypothesis: (states) => tell(`${states} states, ${teacher.asked} words asked`) },
    );
    if (other) tellDifferences(machine, other, flags);
    else
      process.stdout.write(
        flags.format === 'dot' ? mealyToDot(machine, target.name) : `${JSON.stringify(machine)}\n`,
      );
  } catch (error) {
    if (error instanceof RangeError)
      throw new Failure(
        `${error.message} Ask again with another --cache, or on a machine that is less busy.`,
      );
    throw error;
  } finally {
    await target.close();
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function tellDifferences(machine: MealyMachine, other: MealyMachine, { target, diff }: LearnFlags): void {
  const differences = differencesOf(machine, other);
  for (const { word, answers } of differences)
    process.stdout.write(`${word.join(' · ')}\n    ${target}: ${answers[0]}\n    ${diff}: ${answers[1]}\n`);
  process.stdout.write(
    `${target} has ${machine.states.length} states, ${diff} has ${other.states.length}; they differ in ${differences.length} places\n`,
  );
  process.exitCode = differences.length === 0 ? EXIT.ok : EXIT.failure;
}

/** With what is in the cache, and what is asked written there at once: a run that is broken off has lost nothing. */
function remembered(target: Target, cache: string | undefined): RememberedAnswers {
  const teacher = target.realTime ? steady(targetTeacher(target)) : targetTeacher(target);
  if (cache === undefined) return new RememberedAnswers(teacher);
  const answers = new RememberedAnswers(teacher, (word, said) =>
    appendFileSync(cache, `${JSON.stringify({ word, answers: said })}\n`),
  );
  if (!existsSync(cache)) {
    writeFileSync(cache, `${JSON.stringify({ target: target.name })}\n`);
    return answers;
  }
  const [head, ...lines] = readFileSync(cache, 'utf8').trimEnd().split('\n');
  const { target: of } = parsed<{ target?: string }>(cache, 1, head ?? '');
  if (of !== target.name)
    throw new UsageError(`${cache} holds answers of ${of ?? 'nobody'}, and ${target.name} is asked.`);
  lines.forEach((line, index) => {
    const { word, answers: said } = parsed<{ word: string[]; answers: string[] }>(cache, index + 2, line);
    answers.remember(word, said);
  });
  return answers;
}

function parsed<T>(file: string, line: number, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new UsageError(`${file}:${line}: this is not a line of words and answers. Remove it, or the file.`);
  }
}

function readMachine(file: string, alphabet: readonly string[]): MealyMachine {
  const machine = parsed<Partial<MealyMachine>>(file, 1, readFileSync(file, 'utf8'));
  if (!machine.states || machine.alphabet?.join() !== alphabet.join())
    throw new UsageError(
      `${file} holds no machine over the same symbols. Make one with --format json, and the same --alphabet.`,
    );
  return machine as MealyMachine;
}

function parseAlphabet(text: string): readonly TestSymbol[] {
  return text.split(',').map((part) => {
    const symbol = part.trim().replaceAll('|', ',');
    const found = SYMBOLS.find((each) => each.replaceAll(', ', ',') === symbol.replaceAll(', ', ','));
    if (found) return found;
    const near = nearest(symbol, SYMBOLS);
    throw new UsageError(
      `--alphabet: there is no symbol "${symbol}".${near ? ` Did you mean "${written(near as TestSymbol)}"?` : ''} They are: ${SYMBOLS.map(written).join(', ')}.`,
    );
  });
}

function written(symbol: TestSymbol): string {
  return symbol.replaceAll(',', '|');
}
