import { createHash } from 'node:crypto';
import { hashingStage } from '../inspect/index.ts';
import { type Expected, isAsExpected } from '../sim/campaign/script.ts';
import {
  type Experiment,
  experimentCapture,
  type HostFrame,
  INVARIANTS,
  SERIES_COLUMNS,
  type SeriesRow,
  type SimulateOptions,
  type Simulation,
  seriesLine,
  simulate,
} from '../sim/index.ts';
import { inspectDemo } from './demo-inspection.ts';
import { EXIT, UsageError } from './exit.ts';
import { wantsInspection } from './inspect-options.ts';
import { coloured, humanBytes, Output } from './output.ts';
import { OutputFile } from './output-file.ts';
import type { SimFlags } from './sim.ts';
import { loadExperiment, loadStackFile } from './sim-files.ts';

/** `statewire sim FILE`, and `--replay FILE`. */
export async function runExperiment(file: string, flags: SimFlags): Promise<void> {
  const { experiment: written, expected } = await loadExperiment(file);
  if (flags.replay !== undefined && !expected)
    throw new UsageError(`${file} does not say what it is expected to do; run it without --replay.`);
  const experiment = flags.seed === undefined ? written : { ...written, seed: flags.seed };
  const output = new Output({
    json: flags.json === true,
    stdoutTaken: flags.pcap === '-' || flags.series === '-',
  });
  const { result, hashes } = await play(experiment, flags, output);
  tell(result, output);
  if (hashes) tellHashes(hashes, output);
  if (flags.replay !== undefined) tellWhetherAsExpected(expected!, result, output);
  if (result.violation || result.workloads.some(({ error }) => error !== undefined))
    process.exitCode = EXIT.failure;
}

interface Hashes {
  readonly capture: string;
  readonly events: Readonly<Record<string, string>>;
}

async function play(
  experiment: Experiment,
  flags: SimFlags,
  output: Output,
): Promise<{ result: Simulation; hashes: Hashes | undefined }> {
  if (flags.hash && wantsInspection(flags))
    throw new UsageError('sim: --hash looks at the stacks by itself; leave --inspect and --record out.');
  if (flags.pcapAt !== undefined && flags.pcap === undefined)
    throw new UsageError('sim: --pcap-at needs --pcap FILE.');
  const hash = flags.hash ? createHash('sha256') : undefined;
  const files: OutputFile[] = [];
  const onFrame = captureOf(experiment, flags, files, hash);
  const onSeries = seriesOf(flags, files);
  const hashing = flags.hash ? hashingStage() : undefined;
  const inspection = wantsInspection(flags) ? await inspectDemo(flags, output) : undefined;
  const stage = hashing?.stage ?? inspection?.stage();
  const options: SimulateOptions = {
    ...(onFrame && { onFrame }),
    ...(onSeries && { onSeries }),
    ...(stage && { stage }),
    ...(flags.stack !== undefined && { makeStack: (await loadStackFile(flags.stack)).makeStack }),
    // A viewer may do what no network does, such as to make segments up.
    ...(flags.inspect !== undefined && { invariants: false }),
  };
  const result = await simulate(experiment, options);
  for (const file of files) await file.close();
  await inspection?.sceneIsOver();
  await inspection?.close();
  const hashes = hash && { capture: hash.digest('hex'), events: hashing?.hashes() ?? {} };
  return { result, hashes };
}

function captureOf(
  experiment: Experiment,
  { pcap, pcapAt }: SimFlags,
  files: OutputFile[],
  hash: ReturnType<typeof createHash> | undefined,
): ((event: HostFrame) => void) | undefined {
  if (pcap === undefined && !hash) return undefined;
  const file = pcap === undefined ? undefined : new OutputFile('--pcap', pcap);
  if (file) files.push(file);
  const write = (bytes: Uint8Array): void => {
    hash?.update(bytes);
    file?.write(bytes);
  };
  return experimentCapture(experiment.topology, write, pcapAt);
}

function seriesOf({ series }: SimFlags, files: OutputFile[]): ((row: SeriesRow) => void) | undefined {
  if (series === undefined) return undefined;
  const file = new OutputFile('--series', series);
  files.push(file);
  file.write(`${SERIES_COLUMNS.join(',')}\n`);
  return (row) => file.write(`${seriesLine(row)}\n`);
}

function tell(result: Simulation, output: Output): void {
  const { violation, workloads, timeMs, faults } = result;
  output.event('simulated', result);
  for (const { name, bytesDelivered, outcome, error } of workloads) {
    const said = [humanBytes(bytesDelivered)];
    if (outcome && outcome.connections !== 1) said.push(`${outcome.connections} connections`);
    if (outcome && outcome.broken > 0) said.push(`${outcome.broken} broken: ${outcome.errors.join(', ')}`);
    if (error !== undefined) said.push(coloured(process.stdout, 'red', `threw ${error}`));
    output.text(`${name}: ${said.join(', ')}`);
  }
  const happened = Object.entries(faults).filter(([, count]) => count > 0);
  output.text(
    `${(timeMs / 1_000).toFixed(3)} s, ${result.framesSent} segments sent, ${result.retransmissions} of them again` +
      (happened.length === 0 ? '' : `; ${happened.map(([name, count]) => `${name} ${count}`).join(', ')}`),
  );
  if (!violation) return;
  const { invariant, message, host, connection } = violation;
  output.text(coloured(process.stdout, 'red', `violated: ${INVARIANTS[invariant]}`));
  const where = [host, connection].filter((each) => each !== undefined).join(', ');
  output.text(`  at ${violation.timeMs} ms${where === '' ? '' : `, ${where}`}: ${message}`);
}

function tellHashes({ capture, events }: Hashes, output: Output): void {
  output.event('hashes', { capture, events });
  output.text(`capture ${capture}`);
  for (const [host, hash] of Object.entries(events)) output.text(`events of ${host} ${hash}`);
}

function tellWhetherAsExpected(expected: Expected, result: Simulation, output: Output): void {
  const same = isAsExpected(expected, result);
  output.event('replayed', { same, expected });
  if (same) return output.text('It does what it did, to the last segment.');
  const now = result.violation === undefined ? 'violates nothing' : 'violates something in another way';
  output.text(
    `It did violate "${INVARIANTS[expected.invariant]}" at ${expected.timeMs} ms (${expected.message}); now it ${now}.`,
  );
}
