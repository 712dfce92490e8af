/** `npm run bench`: figures of this build on this machine, beside what the machine allows. */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { StatusLine } from '../../src/cli/status-line.ts';
import { type Aim, aims } from './aims.ts';
import { type BenchFlags, benchCommand, rowsOf, scaleOf } from './command.ts';
import type { Context, Row } from './context.ts';
import type { Figure, Findings, Missing, RowName } from './figures.ts';
import { type Machine, machineText, thisMachine } from './machine.ts';
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
  const machine = thisMachine();
  const scale = scaleOf(flags);
  const rows = rowsOf(flags);
  const line = new StatusLine(process.stderr);
  const startMs = performance.now();
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
  for (const row of rows) {
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

  const findings = { figures, missing };
  const reached = aims(findings, rows);
  const seconds = Math.round((performance.now() - startMs) / 1_000);
  const json = `${JSON.stringify(asJson(findings, reached, machine, { ...scale, quick: flags.quick === true }), undefined, 2)}\n`;
  if (flags.json === '-') process.stdout.write(json);
  else
    process.stdout.write(
      `statewire on ${machineText(machine)}\n\n${report(findings, reached)}\n${seconds} s\n`,
    );
  if (flags.json !== undefined && flags.json !== '-') writeFileSync(flags.json, json);
  if (flags.svg !== undefined) writeFileSync(flags.svg, picture(findings, reached));
}

function asJson(
  { figures, missing }: Findings,
  reached: readonly Aim[],
  machine: Machine,
  scale: object,
): object {
  const made = new Date().toISOString();
  const withMedians = figures.map((figure) => ({ ...figure, median: median(figure.values) }));
  return { made, machine, scale, figures: withMedians, missing, aims: reached };
}

/** Found out before anything is measured. */
function whyNotWritable({ json, svg, profile }: BenchFlags): string | undefined {
  try {
    for (const file of [json, svg]) if (file !== undefined && file !== '-') appendFileSync(file, '');
    if (typeof profile === 'string') mkdirSync(profile, { recursive: true });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
