/** The command line of `npm run bench`. */

import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDecimal, parseWhole } from '../../src/cli/parsers.ts';
import { ROWS, type RowName, USUAL_ROWS } from './figures.ts';

export interface BenchFlags {
  readonly quick?: boolean;
  readonly only?: readonly RowName[];
  readonly rounds?: number;
  readonly seconds?: number;
  readonly long?: number;
  readonly open?: number;
  readonly json?: string;
  readonly svg?: string;
  readonly markdown?: string;
  readonly from?: readonly string[];
  readonly profile?: true | string;
  readonly page?: true | number;
}

/** How much is measured of everything. */
export interface Scale {
  readonly rounds: number;
  readonly windowMs: number;
  readonly warmMs: number;
  /** Of the run in which pauses and memory are watched. */
  readonly longSeconds: number;
  /** Connections that are open at once and say nothing. */
  readonly open: number;
  /** Pairs of transfers with the inspector and without. */
  readonly pairs: number;
  /** Of the inspector's page. */
  readonly pageSeconds: number;
}

const QUICK = {
  rounds: 2,
  windowMs: 500,
  warmMs: 150,
  longSeconds: 5,
  open: 2_000,
  pairs: 4,
  pageSeconds: 20,
};
const FULL = {
  rounds: 5,
  windowMs: 2_000,
  warmMs: 500,
  longSeconds: 600,
  open: 100_000,
  pairs: 20,
  pageSeconds: 60,
};

const EXAMPLES = `Examples:
  npm run bench -- --quick                      every row, in less than two minutes
  npm run bench -- --only bulk echo             two rows of them
  npm run bench -- --json out.json --svg out.svg
  npm run bench -- --only bulk --profile        what serve does meanwhile, for Chromium's DevTools
`;

const NOTES = `
Rows:
${Object.entries(ROWS)
  .map(([row, what]) => `  ${row.padEnd(12)} ${what}`)
  .join('\n')}

Over a device Linux's TCP is the client, in network namespaces that are made for it: that takes Linux, root,
/dev/net/tun and a C compiler. What can't be measured is named with the reason.
All subjects of a row are measured in turn, round by round, so compare within one run; ± is half of the range.
`;

/** @param action is handed what was asked for */
export function benchCommand(action: (flags: BenchFlags) => Promise<void>): Command {
  return new Command('npm run bench --')
    .description('Measure this build on this machine, beside what the machine allows.')
    .usage('[options]')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .optionsGroup('What to measure:')
    .option('--quick', 'short rounds and few of them: a look, no measurement')
    .option('--only <ROW...>', 'these rows alone', parseRow)
    .option('--rounds <N>', `how often each figure is measured (default: ${FULL.rounds})`, parseWhole(1, 100))
    .option('--seconds <S>', `how long each time (default: ${FULL.windowMs / 1_000})`, parseDecimal(0.1, 600))
    .option(
      '--long <S>',
      `how long pauses and memory are watched (default: ${FULL.longSeconds})`,
      parseWhole(4, 86_400),
    )
    .option(
      '--open <N>',
      `how many idle connections (default: ${FULL.open.toLocaleString('en-US')})`,
      parseWhole(100, 120_000),
    )
    .addOption(
      new Option('--page [SECONDS]', "the inspector's page in a browser, and nothing else")
        .argParser(parseWhole(1, 3_600))
        .conflicts('only'),
    )
    .optionsGroup('What comes out:')
    .option('--json <FILE>', 'all values, and what the machine is; - for stdout, in place of the table')
    .option('--svg <FILE>', 'a picture')
    .option('--markdown <FILE>', 'tables, in the place of this page that is marked for them')
    .option(
      '--from <FILE...>',
      'what --json has written before, in place of measuring; of a row the last counts',
    )
    .option(
      '--profile [DIR]',
      'CPU profiles of serve during the rows bulk, echo and connections (default: this directory)',
    )
    .allowExcessArguments(false)
    .action(async (flags: BenchFlags) => action(flags));
}

export function scaleOf({ quick, rounds, seconds, long, open, page, only }: BenchFlags): Scale {
  const scale = quick ? QUICK : FULL;
  return {
    ...scale,
    rounds: rounds ?? scale.rounds,
    windowMs: seconds === undefined ? scale.windowMs : seconds * 1_000,
    longSeconds: long ?? scale.longSeconds,
    open: open ?? scale.open,
    // A look has no time for it, unless it is asked for.
    pairs: quick && !only?.includes('inspector') ? 0 : scale.pairs,
    pageSeconds: typeof page === 'number' ? page : scale.pageSeconds,
  };
}

export function rowsOf({ only, page }: BenchFlags): readonly RowName[] {
  if (page !== undefined) return ['page'];
  return only ?? USUAL_ROWS;
}

function parseRow(text: string, before: readonly RowName[] = []): RowName[] {
  if (Object.hasOwn(ROWS, text)) return [...before, text as RowName];
  throw new InvalidArgumentError(`There are ${Object.keys(ROWS).join(', ')}.`);
}
