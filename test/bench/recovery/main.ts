/** `npm run bench:recovery`: statewire's loss recovery beside Linux's, over the very same wire. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { StatusLine } from '../../../src/cli/status-line.ts';
import { machineText, thisMachine } from '../machine.ts';
import { replaced } from '../markdown.ts';
import { buildServe } from '../net/build.ts';
import { compilePrograms } from '../net/programs.ts';
import { type Cell, grid, quickGrid, TAIL_CELLS } from './cells.ts';
import { compared, summary, TAIL_TRANSFERS, table } from './report.ts';
import { addRun, loadResults, type Results, type Run, runsOf, saveResults } from './results.ts';
import { picture } from './svg.ts';
import { BBR, DEFAULTS, type Match, type Programs, type SenderName, Wire } from './wire.ts';

interface Flags {
  readonly quick?: boolean;
  readonly cells?: RegExp;
  readonly senders?: RegExp;
  readonly runs?: number;
  readonly window: number;
  readonly json?: string;
  readonly svg?: string;
  readonly report?: boolean;
  readonly bbr?: boolean;
  readonly markdown?: string;
}

const WARM_MS = 1_000;
/** Four runs have enough for a percentile of 99. */
const TAIL_TRANSFERS_A_RUN = Math.ceil(TAIL_TRANSFERS / 4);

process.setMaxListeners(100);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const command = new Command('npm run bench:recovery --')
  .description(
    "Compare loss recovery with Linux's own TCP, over the same impaired link; needs root, TUN and a C compiler.",
  )
  .option('--quick', '6 cells, 3 runs each: about 10 minutes')
  .option('--cells <REGEX>', 'only cells whose names match', (text) => pattern(text))
  .option('--senders <REGEX>', 'only those whose names match', (text) => pattern(text))
  .option('--bbr', 'with BBR, beside that of Linux and CUBIC, in place of what both have by default')
  .option('--runs <N>', 'runs of each sender in each cell (default: 5)', (text) => whole(text, 1))
  .option('--window <MS>', 'how long goodput is measured', (text) => whole(text, 100), 5_000)
  .option('--json <FILE>', 'keep raw results there, and go on from those that it holds')
  .option('--svg <FILE>', 'draw the goodput of all cells')
  .option('--markdown <FILE>', 'put the tables into the page between its two markers')
  .option('--report', 'measure nothing: tell what --json holds')
  .addHelpText(
    'after',
    '\nThe whole grid takes hours and can be stopped and gone on with at any time:\n  npm run bench:recovery -- --window 3000 --json docs/recovery/grid.json --svg docs/recovery/goodput.svg --markdown docs/RECOVERY.md',
  )
  .action(bench);

try {
  await command.exitOverride().showHelpAfterError('(npm run bench:recovery -- --help)').parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

async function bench(flags: Flags): Promise<void> {
  const cells = (flags.quick ? quickGrid() : grid()).filter(({ name }) => flags.cells?.test(name) ?? true);
  if (cells.length === 0)
    throw new InvalidArgumentError(
      `no cell matches; there are: ${grid()
        .map(({ name }) => name)
        .join('; ')}`,
    );
  if (flags.bbr && (flags.markdown !== undefined || flags.svg !== undefined))
    throw new InvalidArgumentError('--markdown and --svg are for what both have by default, not for --bbr');
  const match: Match = flags.bbr ? BBR : DEFAULTS;
  const senders = match.senders.filter((sender) => flags.senders?.test(sender) ?? true);
  if (senders.length === 0)
    throw new InvalidArgumentError(`no sender matches; there are: ${match.senders.join(', ')}`);
  if (flags.json !== undefined) mkdirSync(dirname(flags.json), { recursive: true });
  const results = loadResults(flags.json, { machine: machineText(thisMachine()), windowMs: flags.window });
  if (!flags.report) {
    buildServe();
    const programs = compilePrograms();
    if ('reason' in programs) throw new Error(programs.reason);
    await measure(programs, { cells, senders }, results, flags);
  }
  const comparisons = compared(results, flags.report ? grid() : cells, match);
  process.stdout.write(`${table(comparisons, match)}\n`);
  if (flags.markdown !== undefined) {
    const page = readFileSync(flags.markdown, 'utf8');
    const text = [summary(comparisons, results), table(comparisons, match)].join('\n\n');
    writeFileSync(flags.markdown, replaced(page, text, 'bench:recovery'));
  }
  if (flags.svg !== undefined) writeFileSync(flags.svg, picture(comparisons));
}

async function measure(
  programs: Programs,
  { cells, senders }: { readonly cells: readonly Cell[]; readonly senders: readonly SenderName[] },
  results: Results,
  flags: Flags,
): Promise<void> {
  const rounds = flags.runs ?? (flags.quick ? 3 : 5);
  const line = new StatusLine(process.stderr);
  for (let round = 0; round < rounds; round++) {
    for (const cell of cells) {
      for (let step = 0; step < senders.length; step++) {
        // Each round begins with another sender, and all meet the same fate at first.
        const sender = senders[(round + step) % senders.length]!;
        if (runsOf(results, cell.name, sender).length > round) continue;
        line.show(`round ${round + 1} of ${rounds}: ${cell.name}: ${sender}`);
        addRun(results, cell.name, sender, await once(programs, sender, cell, round + 1, flags));
        saveResults(flags.json, results);
      }
    }
  }
  line.clear();
}

async function once(
  programs: Programs,
  sender: SenderName,
  cell: Cell,
  seed: number,
  flags: Flags,
): Promise<Run> {
  await using wire = await Wire.open(programs, sender, cell, seed);
  const goodput = await wire.bulk(WARM_MS, flags.window);
  const counts = await wire.counts();
  const small = TAIL_CELLS.includes(cell.name) && !flags.quick ? TAIL_TRANSFERS_A_RUN : 5;
  const ms20kB = await wire.transfers(20_000, small);
  const ms1MB = await wire.transfers(1_000_000, 1);
  return { seed, goodput, ...counts, ms20kB, ms1MB };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function whole(text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least)
    throw new InvalidArgumentError(`give a whole number from ${least} on.`);
  return value;
}
