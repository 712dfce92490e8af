import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import type { DrillOptions, DrillResult } from '../drill/index.ts';
import { PROFILE_NAMES, type ProfileName, totalsLine, totalsOf } from '../drill/index.ts';
import { playInspected } from './drill-inspection.ts';
import { drillAllOnLinux } from './drill-linux.ts';
import { playedOf, type Tell } from './drill-one.ts';
import { drillAll } from './drill-workers.ts';
import { EXIT, UsageError } from './exit.ts';
import {
  addInspectOptions,
  checkInspectFlags,
  type InspectFlags,
  wantsInspection,
} from './inspect-options.ts';
import { coloured, Output } from './output.ts';

interface DrillFlags extends InspectFlags {
  readonly json?: boolean;
  readonly jobs: number;
  readonly define: Readonly<Record<string, string>>;
  readonly optionsAsSet?: boolean;
  readonly ip_version?: string;
  readonly mtu?: string;
  readonly tolerance_usecs?: string;
  readonly strict?: boolean;
  readonly target: 'stack' | 'linux';
  readonly profile?: ProfileName;
  readonly pcap?: string;
  readonly quiet?: boolean;
}

const EXAMPLES = `Examples:
  Play one script
    statewire drill test/drill/passive-open.pkt
  Play all scripts below a folder on two cores, whatever the order of TCP options
    statewire drill scripts/ --options-as-set -j 2
  Play a script, and go through it step by step in a browser
    statewire drill test/drill/fast-retransmit.pkt --inspect
  Play a script against the kernel of this machine, as root
    sudo statewire drill test/drill/fast-retransmit.pkt --target linux
  Play a script over IPv6, and keep its packets for Wireshark
    statewire drill half-close.pkt --ip_version ipv6 --mtu 1520 --pcap captures/
`;

const NOTES = `
The last line alone says how it went: "N passed, N failed, N skipped". A script that needs what is not there is skipped, and
says what; one that can't be read counts as failed.

Exit codes:
  0  all passed, or were skipped
  1  a script failed
  2  a script can't be read, or the command line is wrong`;

/** `statewire drill`: packetdrill scripts against the stack, on virtual time. */
export function drillCommand(): Command {
  const command = new Command('drill')
    .summary('play packetdrill scripts against the stack')
    .description(
      'Play packetdrill scripts against the stack of this package, on virtual time and without any privilege; or, as root and in ' +
        'real time, against the kernel of this machine.',
    )
    .argument('<FILE|DIR...>', 'scripts, or folders whose *.pkt are played, those below included')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .option('--json', 'one JSON document a script, and one for the totals, a line each')
    .addOption(
      new Option('-j, --jobs <N>', 'scripts that are played at the same time')
        .argParser((text: string) => wholeNumber('-j', text, 1, 256))
        .default(1),
    )
    .addOption(
      new Option(
        '-D, --define <NAME=VALUE>',
        'a word of the scripts that stands for something else; may be given again',
      )
        .argParser((text: string, before: Readonly<Record<string, string>>) => ({
          ...before,
          ...definition(text),
        }))
        .default({}, 'none'),
    )
    .option('--options-as-set', 'compare TCP options in any order and with any padding')
    .addOption(
      new Option('--ip_version <VERSION>', "in place of the scripts' own").choices([
        'ipv4',
        'ipv6',
        'ipv4-mapped-ipv6',
      ]),
    )
    .option('--mtu <BYTES>', 'the MTU (1520 with IPv6 gives the MSS that IPv4 has with 1500)')
    .option('--tolerance_usecs <N>', 'how far off a time may be, in microseconds')
    .option('--strict', 'fail when the stack has sent what no line of the script takes')
    .addOption(
      new Option('--profile <NAME>', 'which host the stack is to be like (default: rfc)').choices([
        ...PROFILE_NAMES,
      ]),
    )
    .addOption(
      new Option(
        '--target <NAME>',
        "whom to play against: the stack of this package, or this machine's kernel",
      )
        .choices(['stack', 'linux'])
        .default('stack'),
    )
    .option('--pcap <DIR>', 'keep the packets of each script there, as pcapng')
    .option('-q, --quiet', 'say nothing of scripts that passed');
  return addInspectOptions(command).action((paths: string[], flags: DrillFlags) => drill(paths, flags));
}

async function drill(paths: readonly string[], flags: DrillFlags): Promise<void> {
  const files = paths.flatMap(scriptsAt);
  if (files.length === 0) throw new UsageError(`there is no *.pkt below ${paths.join(', ')}.`);
  checkInspection(flags, files);
  const options = drillOptions(flags);
  const sources = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const captures = flags.pcap === undefined ? undefined : captureFolder(flags.pcap, files);
  const results: Pick<DrillResult, 'verdict'>[] = [];
  const tell: Tell = ({ result, text, pcap }, index) => {
    results.push(result);
    if (pcap && captures) writeFileSync(captures[index]!, pcap);
    if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (!(flags.quiet && result.verdict === 'pass'))
      process.stdout.write(`${painted(text, result.verdict)}\n`);
  };
  const inspected = wantsInspection(flags)
    ? await playInspected(
        sources[0]!,
        options,
        flags,
        new Output({ json: flags.json === true, stdoutTaken: true }),
      )
    : undefined;
  const playAll = flags.target === 'linux' ? drillAllOnLinux : drillAll;
  if (inspected) tell(playedOf(inspected.result, captures !== undefined), 0);
  else await playAll(sources, options, flags.jobs, captures !== undefined, tell);
  const totals = totalsOf(results);
  process.stdout.write(flags.json ? `${JSON.stringify(totals)}\n` : `${totalsLine(totals)}\n`);
  process.exitCode = totals.errors > 0 ? EXIT.usage : totals.failed > 0 ? EXIT.failure : EXIT.ok;
  await inspected?.close();
}

function checkInspection(flags: DrillFlags, files: readonly string[]): void {
  checkInspectFlags(flags);
  if (!wantsInspection(flags)) return;
  if (flags.target === 'linux')
    throw new UsageError('--inspect and --record look into the stack; --target linux has none.');
  if (files.length > 1)
    throw new UsageError(`--inspect and --record take one script; there are ${files.length}.`);
}

/** A file by itself, or every script below a folder, in the order of their names. */
function scriptsAt(path: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`${path}: there is no such file or folder.`);
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.pkt'))
    .sort()
    .map((file) => join(path, file));
}

function drillOptions(flags: DrillFlags): DrillOptions {
  const { optionsAsSet = false, strict = false, define, ip_version, mtu, tolerance_usecs } = flags;
  if (flags.target === 'linux' && flags.profile !== undefined)
    throw new UsageError('--profile says what the stack is like; --target linux has none.');
  const overrides = Object.fromEntries(
    Object.entries({ ip_version, mtu, tolerance_usecs }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
  for (const name of ['mtu', 'tolerance_usecs'] as const) {
    if (overrides[name] !== undefined)
      wholeNumber(`--${name}`, overrides[name], name === 'mtu' ? 68 : 0, 2 ** 31);
  }
  return { optionsAsSet, strict, profile: flags.profile ?? 'rfc', defines: define, overrides };
}

/** One capture a script, by the script's name; scripts of the same name get a number. */
function captureFolder(folder: string, files: readonly string[]): string[] {
  mkdirSync(folder, { recursive: true });
  const taken = new Map<string, number>();
  return files.map((file) => {
    const name = basename(file, '.pkt');
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    return join(folder, `${name}${count === 0 ? '' : `-${count + 1}`}.pcapng`);
  });
}

function painted(text: string, verdict: DrillResult['verdict']): string {
  const [first, ...rest] = text.split('\n');
  const colour = verdict === 'pass' ? 'green' : verdict === 'skip' ? 'dim' : 'red';
  const word = first!.slice(0, 5);
  return [`${coloured(process.stdout, colour, word)}${first!.slice(5)}`, ...rest].join('\n');
}

function definition(text: string): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError(`--define is "${text}"; give NAME=VALUE.`);
  return { [text.slice(0, equals)]: text.slice(equals + 1) };
}

function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`${option} is "${text}"; give a whole number of ${min} to ${max}.`);
}
