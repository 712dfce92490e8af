/** `npm run bench`: figures of this build on this machine, beside what the machine allows. */

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { StatusLine } from '../../src/cli/status-line.ts';
import { type Aim, aims } from './aims.ts';
import { type BenchFlags, benchCommand, rowsOf, type Scale, scaleOf } from './command.ts';
import type { Context, Row } from './context.ts';
import { type Figure, type Findings, type Missing, ROWS, type RowName } from './figures.ts';
import { type Machine, machineText, thisMachine } from './machine.ts';
import { markdown, replaced } from './markdown.ts';
import { Beds } from './net/beds.ts';
import { segmentsThroughOneActor } from './rows/actor.ts';
import { collectorAndMemory } from './rows/collector.ts';
import { idleConnections } from './rows/idle.ts';
import { costOfInspection } from './rows/inspector.ts';
import { manyConnections } from './rows/many.ts';
import { stacksInMemory } from './rows/memory.ts';
import { overDevice } from './rows/over-device.ts';
import { median } from './statistics.ts';
import { picture } from './svg.ts';
import { report } from './table.ts';

const MEASURE: Readonly<Record<RowName, Row>> = {
  bulk: (context) => overDevice('bulk', context),
  echo: (context) => overDevice('echo', context),
  connections: (context) => overDevice('connections', context),
  workers: (context) => overDevice('workers', context),
  many: manyConnections,
  idle: idleConnections,
  collector: collectorAndMemory,
  memory: stacksInMemory,
  actor: segmentsThroughOneActor,
  inspector: costOfInspection,
  // A browser's driver takes its time to load.
  page: async (context) => (await import('./rows/page.ts')).pageUnderLoad(context),
};

// Namespaces and children go away with the process; there are more of them than Node thinks is right.
process.setMaxListeners(50);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  await benchCommand(bench).exitOverride().showHelpAfterError('(npm run bench -- --help)').parseAsync();
} catch (error) {
  // Commander has said it already; help is no error.
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}

async function bench(flags: BenchFlags): Promise<void> {
  const reason = whyNotWritable(flags);
  if (reason !== undefined) {
    process.stderr.write(`bench: ${reason}\n`);
    process.exitCode = 2;
    return;
  }
  const startMs = performance.now();
  const run = flags.from === undefined ? await measure(flags) : earlier(flags.from);
  const reached = aims(run, Object.keys(ROWS) as RowName[]);
  const json = `${JSON.stringify(asJson(run, reached), undefined, 2)}\n`;
  const machine = `statewire on ${machineText(run.machine)}`;
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  if (flags.json === '-') process.stdout.write(json);
  else process.stdout.write(`${machine}\n\n${report(run, reached)}\n${seconds} s\n`);
  if (flags.json !== undefined && flags.json !== '-') writeFileSync(flags.json, json);
  if (flags.svg !== undefined) writeFileSync(flags.svg, picture(run, reached));
  if (flags.markdown !== undefined) {
    const page = readFileSync(flags.markdown, 'utf8');
    writeFileSync(flags.markdown, replaced(page, markdown(run, reached, machine)));
  }
}

interface Run extends Findings {
  readonly made: string;
  readonly machine: Machine;
  readonly scale: Scale;
}

async function measure(flags: BenchFlags): Promise<Run> {
  const machine = thisMachine();
  const scale = scaleOf(flags);
  const line = new StatusLine(process.stderr);
  let beds: ReturnType<typeof Beds.open> | undefined;
  const context: Context = {
    scale,
    beds() {
      beds ??= Beds.open(context);
      return beds;
    },
    profileDirectory: flags.profile === true ? '.' : flags.profile,
    tell: (progress) => line.show(progress),
  };
  const figures: Figure[] = [];
  const missing: Missing[] = [];
  for (const row of rowsOf(flags)) {
    try {
      const found = await MEASURE[row](context);
      figures.push(...found.figures);
      missing.push(...found.missing);
    } catch (error) {
      missing.push({ row, reason: `it failed: ${(error as Error).message}` });
      process.exitCode = 1;
    }
  }
  if (beds !== undefined && 'dispose' in beds) await beds.dispose();
  line.clear();
  return { made: new Date().toISOString(), machine, scale, figures, missing };
}

/** Figures of earlier runs as those of one. */
function earlier(files: readonly string[]): Run {
  const runs = files.map((file) => JSON.parse(readFileSync(file, 'utf8')) as Run);
  const latest = new Map(runs.flatMap((run) => run.figures.map(({ row }) => [row, run] as const)));
  const figures = [...latest].flatMap(([row, run]) => run.figures.filter((figure) => figure.row === row));
  const missing = runs.flatMap((run) => run.missing.filter(({ row }) => (latest.get(row) ?? run) === run));
  return { ...runs[0]!, figures, missing };
}

function asJson({ made, machine, scale, figures, missing }: Run, reached: readonly Aim[]): object {
  const withMedians = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  return { made, machine, scale, figures: withMedians, missing, aims: reached };
}

/** Found out before anything is measured. */
function whyNotWritable({ json, svg, markdown: page, from = [], profile }: BenchFlags): string | undefined {
  try {
    for (const file of [json, svg]) if (file !== undefined && file !== '-') appendFileSync(file, '');
    for (const file of from) JSON.parse(readFileSync(file, 'utf8'));
    if (page !== undefined) replaced(readFileSync(page, 'utf8'), '');
    if (typeof profile === 'string') mkdirSync(profile, { recursive: true });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
