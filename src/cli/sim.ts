import { availableParallelism } from 'node:os';
import { Command, Option } from 'commander';
import { UsageError } from './exit.ts';
import {
  addInspectOptions,
  checkInspectFlags,
  type InspectFlags,
  wantsInspection,
} from './inspect-options.ts';
import { parseWhole } from './parsers.ts';

export interface SimFlags extends InspectFlags {
  readonly seed?: string;
  readonly json?: boolean;
  readonly series?: string;
  readonly pcap?: string;
  readonly pcapAt?: string;
  readonly hash?: boolean;
  readonly replay?: string;
  readonly runs?: number;
  readonly first?: number;
  readonly jobs?: number;
  readonly save?: string;
  readonly stack?: string;
  readonly queue?: string;
}

const EXAMPLES = `Examples:
  Run an experiment: a file that says which hosts, links and workloads there are
    statewire sim examples/bottleneck.mjs --series cwnd.csv --pcap run.pcapng
  A thousand runs of cases drawn by chance, each invariant watched at every step
    statewire sim --runs 1000 --seed 1 -j 2
  One of them again
    statewire sim --runs 1 --seed 1 --first 417
  A case that failed and was saved: does it still?
    statewire sim --replay failed/seed-1-run-417.mjs --inspect
  The same thousand on many machines, on each of which runs: statewire worker --queue redis://10.0.0.1
    statewire sim --runs 1000 --seed 1 --queue redis://10.0.0.1
`;

const NOTES = `
The same seed gives the same run, to the byte, on every machine and every version of Node. docs/SIMULATION.md says how an
experiment is written, and which invariants are watched.

Exit codes:
  0  it went well
  1  an invariant was violated, a workload threw, or a file can't be written
  2  the command line or the experiment is wrong
  130  it was stopped by Ctrl-C; a campaign says what it had found`;

const EXPERIMENT_FLAGS = ['series', 'pcap', 'pcapAt', 'hash'] as const;
/** A script of steps, in which two stacks stand by themselves. */
const STEPS_HAVE_NO = [...EXPERIMENT_FLAGS, 'stack'] as const;
const CAMPAIGN_FLAGS = ['first', 'jobs', 'save', 'queue'] as const;

/** `statewire sim`: experiments and campaigns on virtual time. */
export function simCommand(): Command {
  const command = new Command('sim')
    .summary('simulate networks of many hosts, and look for faults in them by chance')
    .description(
      'Run an experiment on a virtual network: hosts, routers, queues and links that lose, reorder, double and damage. Or draw ' +
        'such experiments by chance, run after run, and watch whether all of them keep what TCP promises.',
    )
    .argument('[FILE]', 'an experiment: a module whose default export is { topology, workloads, seed }')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .option('--seed <SEED>', 'chooses all that is left to chance (default: 1, or what the file says)')
    .option('--json', 'events as JSON, one a line; they hold nothing of the wall clock')
    .option(
      '--stack <FILE>',
      'have the stacks made by this module: its default export is ({ options, create }) => Stack',
    )
    .optionsGroup('An experiment:')
    .option(
      '--series <FILE>',
      'write cwnd, ssthresh, flight, SRTT, RTO and state over time, as comma-separated values',
    )
    .option('--pcap <FILE>', 'write what the hosts sent, for Wireshark; - is standard output')
    .option('--pcap-at <HOST>', 'write what crossed the device of this host instead, both ways')
    .option('--hash', 'print SHA-256 hashes of capture and event log')
    .option(
      '--replay <FILE>',
      'run a case that was saved, here or by statewire check, and tell whether it does what it did',
    )
    .optionsGroup('A campaign:')
    .option('--runs <N>', 'so many runs, each drawn by chance', parseWhole(1, 1_000_000_000))
    .option('--first <N>', 'the number of the first one (default: 1)', parseWhole(1, 1_000_000_000))
    .addOption(
      new Option(
        '-j, --jobs <N>',
        `worker threads (default: ${availableParallelism()}, one a core)`,
      ).argParser(parseWhole(1, 256)),
    )
    .option('--save <DIR>', 'keep the cases that violate something there, one a file')
    .option(
      '--queue <URL>',
      'leave the runs to workers at a Redis server: redis://HOST, rediss://USER:PASSWORD@HOST:PORT',
    );
  return addInspectOptions(command).action((file: string | undefined, flags: SimFlags) => sim(file, flags));
}

async function sim(file: string | undefined, flags: SimFlags): Promise<void> {
  checkInspectFlags(flags);
  const wanted = [file !== undefined, flags.replay !== undefined, flags.runs !== undefined].filter(
    Boolean,
  ).length;
  if (wanted !== 1)
    throw new UsageError('sim: give one of an experiment FILE, --replay FILE, or --runs N for a campaign.');
  if (flags.runs !== undefined) {
    refuse(flags, EXPERIMENT_FLAGS, 'an experiment', '--runs');
    if (wantsInspection(flags))
      throw new UsageError('sim: --inspect and --record are for an experiment; --runs has many.');
    const { runSimCampaign } = await import('./sim-campaign.ts');
    return runSimCampaign({ ...flags, runs: flags.runs });
  }
  refuse(flags, CAMPAIGN_FLAGS, 'a campaign', '--runs');
  if (flags.replay !== undefined && flags.seed !== undefined)
    throw new UsageError('sim: --replay runs a case with the seed that it has; leave --seed out.');
  if (flags.replay !== undefined) {
    const { holdsSteps, replay } = await import('./check-replay.ts');
    if (await holdsSteps(flags.replay)) {
      if (wantsInspection(flags) || STEPS_HAVE_NO.some((name) => flags[name] !== undefined))
        throw new UsageError(
          `sim: ${flags.replay} is a counterexample of statewire check; give --json alone.`,
        );
      return replay(flags.replay, flags.json === undefined ? {} : { json: flags.json });
    }
  }
  const { runExperiment } = await import('./sim-experiment.ts');
  return runExperiment((flags.replay ?? file)!, flags);
}

function refuse(flags: SimFlags, names: readonly (keyof SimFlags)[], what: string, other: string): void {
  for (const name of names) {
    if (flags[name] === undefined) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(
      `sim: ${flag} is for ${what}${what === 'a campaign' ? `, which needs ${other} N` : `; ${other} is a campaign`}.`,
    );
  }
}
