import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import {
  captureOf,
  type Ladder,
  NUMBERS,
  type Numbers,
  playScene,
  printJson,
  printRfc,
  printTcpdump,
  SCENES,
  type SceneOptions,
  type Style,
} from '../sim/index.ts';
import { type DemoInspection, inspectDemo } from './demo-inspection.ts';
import { EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import {
  addInspectOptions,
  checkInspectFlags,
  type InspectFlags,
  wantsInspection,
} from './inspect-options.ts';
import { coloured, Output } from './output.ts';
import { nearest } from './suggestion.ts';
import { parseDecimal, parseWhole } from './wire-options.ts';

interface DemoFlags extends InspectFlags {
  readonly list?: boolean;
  readonly format: 'rfc' | 'tcpdump' | 'json';
  readonly json?: boolean;
  readonly numbers: Numbers;
  readonly explain?: boolean;
  readonly all?: boolean;
  readonly pcap?: string;
  readonly seed?: number;
  readonly issA?: number;
  readonly issB?: number;
  readonly msl?: number;
  readonly pending: boolean;
}

const EXAMPLES = `Examples:
  statewire demo                          a short tour of a connection's life
  statewire demo --list                   all scenes, a line each
  statewire demo time-wait --explain      why each segment was sent, and why 2 MSL
  statewire demo handshake --iss-a 100 --iss-b 300 --numbers letters
  statewire demo loss --pcap loss.pcapng  and have a look at it in Wireshark
  statewire demo http --format tcpdump
  statewire demo loss --inspect           watch it in a browser, and break it yourself
`;

/** The tour that is played without a scene's name. */
const TOUR = ['handshake', 'session', 'time-wait'];
/** On a terminal the tour goes a line at a time, all in all about so long. */
const TOUR_MS = 6_000;

const NEXT = `
What to try next:
  npx statewire demo --list             17 scenes, from the handshake to a link that loses 5 %
  npx statewire demo loss --explain     why each segment was sent, with the paragraph of the RFC
  npx statewire doctor                  whether this machine can talk to its own kernel through a TUN device
  npx statewire serve --help            then: Linux's TCP fetches files from a statechart`;

const MAX_ISS = 2 ** 32 - 1;

/** `statewire demo`: scenes of two endpoints on a virtual network, printed as ladders. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .summary('play scenes of a connection on a virtual network')
    .description(
      'Play a scene: a real run of two endpoints of the stack over a virtual network, printed as a ladder of the segments that ' +
        'crossed the wire and the states that the charts were in. No root, no TUN device, no waiting: time is virtual.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODES_HELP)
    .argument('[SCENE]', 'the scene to play; --list names them')
    .option('--list', 'name the scenes')
    .addOption(
      new Option('--format <FORM>', 'how to print').choices(['rfc', 'tcpdump', 'json']).default('rfc'),
    )
    .option('--json', 'the same as --format json')
    .addOption(
      new Option('--numbers <KIND>', 'sequence numbers; letters are the J, K, M, N of the textbooks')
        .choices([...NUMBERS])
        .default('absolute'),
    )
    .option('--explain', 'say of each segment why it was sent, and answer the old questions')
    .option('--all', 'every line of a long ladder')
    .option('--pcap <FILE>', 'write a capture for Wireshark; - is standard output, without the ladder')
    .option('--seed <N>', 'choose what is left to chance', parseWhole(0, Number.MAX_SAFE_INTEGER))
    .option('--iss-a <N>', "A's initial sequence number", parseWhole(0, MAX_ISS))
    .option('--iss-b <N>', "B's initial sequence number", parseWhole(0, MAX_ISS))
    .option(
      '--msl <SECONDS>',
      'maximum segment lifetime: TIME-WAIT lasts twice as long',
      parseDecimal(0, 3_600),
    )
    .option('--no-pending', 'half-close: B has nothing more to send');
  return addInspectOptions(command).action((scene: string | undefined, flags: DemoFlags) =>
    demo(scene, flags),
  );
}

async function demo(name: string | undefined, flags: DemoFlags): Promise<void> {
  if (flags.list) return list(flags);
  if (name === undefined && flags.pcap !== undefined)
    throw new UsageError('demo: --pcap captures one scene; name it');
  if (name !== undefined) checkName(name);
  checkInspectFlags(flags);
  const output = new Output({ json: isJson(flags), stdoutTaken: true });
  const inspection = wantsInspection(flags) ? await inspectDemo(flags, output) : undefined;
  if (name !== undefined) await scene(name, flags, inspection);
  else await tour(flags, inspection);
  await inspection?.close();
}

function list(flags: DemoFlags): void {
  if (isJson(flags)) {
    for (const { name, title, description } of SCENES) say(JSON.stringify({ name, title, description }));
    return;
  }
  const width = Math.max(...SCENES.map((each) => each.name.length));
  for (const { name, title } of SCENES)
    say(`${coloured(process.stdout, 'bold', name.padEnd(width))}  ${title}`);
}

async function scene(name: string, flags: DemoFlags, inspection: DemoInspection | undefined): Promise<void> {
  const ladder = await play(name, flags, inspection);
  warnOfUnused(name, flags);
  if (flags.pcap !== '-') for (const line of print(ladder, flags)) say(line);
  if (flags.pcap !== undefined) await capture(ladder, flags.pcap);
}

async function tour(flags: DemoFlags, inspection: DemoInspection | undefined): Promise<void> {
  const lines: string[] = [];
  for (const name of TOUR) lines.push(...print(await play(name, flags, inspection), flags), '');
  // Somebody who watches wants to see the segments go; a pipe wants its bytes.
  const betweenMs = process.stdout.isTTY === true && !isJson(flags) ? TOUR_MS / lines.length : 0;
  for (const line of isJson(flags) ? lines.filter((each) => each !== '') : lines) {
    say(line);
    if (betweenMs > 0) await sleep(betweenMs);
  }
  process.stderr.write(`${NEXT.trimStart()}\n`);
}

async function play(name: string, flags: DemoFlags, inspection: DemoInspection | undefined): Promise<Ladder> {
  checkName(name);
  const options = optionsOf(flags);
  if (!inspection) return playScene(name, options);
  const ladder = await playScene(name, { ...options, stage: inspection.stage() });
  await inspection.sceneIsOver();
  return ladder;
}

function checkName(name: string): void {
  const names = SCENES.map((each) => each.name);
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new UsageError(`demo: there is no scene "${name}".${hint} There are: ${names.join(', ')}`);
}

function optionsOf(flags: DemoFlags): Omit<SceneOptions, 'stage'> {
  const { seed, issA, issB, msl, pending } = flags;
  return {
    seed,
    issA,
    issB,
    mslMs: msl === undefined ? undefined : msl * 1_000,
    noPending: pending ? undefined : true,
  };
}

const FLAG_OF = {
  seed: '--seed',
  issA: '--iss-a',
  issB: '--iss-b',
  mslMs: '--msl',
  noPending: '--no-pending',
} as const satisfies Record<keyof ReturnType<typeof optionsOf>, string>;

/** Says which flags were given for nothing: a ladder that looks as ever would puzzle whoever gave them. */
function warnOfUnused(name: string, flags: DemoFlags): void {
  const heeded = SCENES.find((each) => each.name === name)?.options ?? [];
  for (const [option, value] of Object.entries(optionsOf(flags))) {
    const key = option as keyof typeof FLAG_OF;
    if (value === undefined || heeded.includes(key)) continue;
    process.stderr.write(`demo: ${FLAG_OF[key]} changes nothing in the scene ${name}\n`);
  }
}

function print(ladder: Ladder, flags: DemoFlags): string[] {
  const { numbers, explain = false, all = false } = flags;
  if (isJson(flags)) return printJson(ladder, { numbers });
  if (flags.format === 'tcpdump') return printTcpdump(ladder, { numbers });
  return printRfc(ladder, { numbers, explain, all, paint });
}

async function capture(ladder: Ladder, file: string): Promise<void> {
  const bytes = captureOf(ladder);
  if (file === '-') {
    process.stdout.write(bytes);
    return;
  }
  await writeFile(file, bytes).catch((error: Error) => {
    throw new Failure(`--pcap: can't write ${file}: ${error.message}`);
  });
  process.stderr.write(`${file}: a capture of ${bytes.length} bytes, for Wireshark or tshark\n`);
}

function isJson(flags: DemoFlags): boolean {
  return flags.json === true || flags.format === 'json';
}

const COLOURS: Partial<Record<Style, 'green' | 'red' | 'dim' | 'bold'>> = {
  title: 'bold',
  state: 'green',
  lost: 'red',
  pause: 'dim',
  explanation: 'dim',
  faint: 'dim',
};

function paint(style: Style, text: string): string {
  const colour = COLOURS[style];
  return colour === undefined ? text : coloured(process.stdout, colour, text);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
