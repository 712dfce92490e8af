import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { cryptoRandom } from '../node/crypto-random.ts';
import { fineClock } from '../node/fine-clock.ts';
import { joinDevices, type Link } from '../node/link.ts';
import { openTun, type TunDevice } from '../node/tun.ts';
import { seededRandom } from '../sim/index.ts';
import { openCapture } from './capture-file.ts';
import { EXIT, EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { addImpairmentOptions, chosenImpairments } from './impairment-options.ts';
import { firstAbort, interruption } from './interruption.ts';
import { Output, positive, stdoutFlushed } from './output.ts';
import { collect } from './parsers.ts';
import { addDeviceTuning } from './wire-options.ts';

interface LinkFlags extends Readonly<Record<string, unknown>> {
  readonly tun?: readonly string[];
  readonly mtu?: number;
  readonly spin?: number;
  readonly seed?: string;
  readonly pcap?: string;
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  Two network namespaces of Linux over 20 Mbit/s with 50 ms each way and 1 % of loss
    sudo statewire link --tun left --tun right --rate 20mbit --delay 50 --loss 1 --queue 170 --seed 1 &
    sudo ip link set left netns A && sudo ip -n A address add 198.18.0.1/24 dev left && sudo ip -n A link set left up
    sudo ip link set right netns B && sudo ip -n B address add 198.18.0.2/24 dev right && sudo ip -n B link set right up
  A path MTU black hole: what is longer than 1400 bytes is lost, and nobody is told (with ,icmp behind it: senders are)
    sudo statewire link --tun left --tun right --path-mtu 1400
  Loss on the way from left to right only, and marks (ECN) on the way back
    sudo statewire link --tun left --tun right --loss-out 1 --ecn-mark-in 1
`;

const NOTES = `
What the kernel sends to one device comes out of the other, out is from the first to the second. Once both are open it
prints "ready" (with --json a line {"event":"ready",…}); SIGUSR2 prints the counters, SIGINT and SIGTERM end it. The devices
may be moved to other network namespaces while it runs. Segmentation offload is off: each frame meets its own fate.
Times are kept to a fifth of a millisecond. --queue counts what waits for its time on the way as well, as netem does.
`;

/** `statewire link`: two TUN devices joined in user space, through a bad network. */
export function linkCommand(): Command {
  const command = new Command('link')
    .summary('join two TUN devices through a bad network')
    .description(
      "Join two TUN devices in user space, through the same impairments that the stack's own link may have.",
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES + EXIT_CODES_HELP)
    .optionsGroup('The TUN devices:')
    .option('--tun <NAME>', 'a TUN device, made if there is none of that name; to be given twice', collect);
  addDeviceTuning(command);
  addImpairmentOptions(command);
  return command
    .optionsGroup('What to show:')
    .option('--pcap <FILE>', 'write the packets that come through as pcapng, - for stdout')
    .option('--json', 'events as JSON, one a line (on stdout; on stderr where stdout is taken)')
    .action((flags: LinkFlags) => link(flags));
}

async function link(flags: LinkFlags): Promise<void> {
  const { tun: names = [], pcap } = flags;
  if (names.length !== 2 || names[0] === names[1]) {
    throw new UsageError('--tun: a link has two ends; name two devices, as --tun left --tun right.');
  }
  const impairments = chosenImpairments(flags) ?? { in: {}, out: {} };
  const output = new Output({ json: flags.json === true, stdoutTaken: pcap === '-' });
  const seed = flags.seed ?? String(cryptoRandom().uint32());
  const gone = new AbortController();
  const capture = pcap === undefined ? undefined : openCapture(pcap);
  capture?.on('error', (error: NodeJS.ErrnoException) =>
    gone.abort(
      error.code === 'EPIPE' ? undefined : new Failure(`The capture can't be written: ${error.message}`),
    ),
  );
  const devices = await openBoth(names as [string, string], flags);
  for (const device of devices) {
    device.drained$.subscribe({
      complete: () => gone.abort(new Failure(device.endReason ?? `${device.name} is gone`)),
    });
  }
  const clock = await fineClock();
  const joined = joinDevices(...devices, {
    clock,
    random: seededRandom(seed),
    ...impairments,
    capture,
  });
  const interrupted = interruption();
  const tellStats = (): void => report('stats', joined, devices, output);
  process.on('SIGUSR2', tellStats);
  const [first, second] = devices;
  output.event('ready', {
    devices: [first.name, second.name],
    mtu: Math.min(first.mtu, second.mtu),
    seed,
    ...impairments,
    pid: process.pid,
  });
  output.text(
    `ready\n  ${first.name} and ${second.name} are joined; --seed ${seed} repeats this run's bad luck`,
  );
  await firstAbort(interrupted, gone.signal);
  const failure: unknown = gone.signal.reason;
  process.off('SIGUSR2', tellStats);
  report('counters', joined, devices, output);
  joined.close();
  clock.close();
  await ended(capture);
  await stdoutFlushed();
  if (failure instanceof Failure) throw failure;
  process.exitCode = EXIT.ok;
}

async function openBoth(
  names: readonly [string, string],
  { mtu, spin }: LinkFlags,
): Promise<[TunDevice, TunDevice]> {
  const options = {
    // Every frame by itself meets its fate.
    offload: false,
    ...(mtu === undefined ? {} : { mtu }),
    ...(spin === undefined ? {} : { spinUs: spin }),
  };
  const first = await openTun({ name: names[0], ...options });
  try {
    return [first, await openTun({ name: names[1], ...options })];
  } catch (error) {
    first.close();
    throw error;
  }
}

function report(
  event: 'stats' | 'counters',
  link: Link,
  devices: readonly TunDevice[],
  output: Output,
): void {
  const [first, second] = devices as readonly [TunDevice, TunDevice];
  const ways = {
    out: { ...link.stats.out, ...link.impairments.out },
    in: { ...link.stats.in, ...link.impairments.in },
  };
  output.event(event, { ...ways, devices: { [first.name]: first.stats, [second.name]: second.stats } });
  if (output.isJson) return;
  output.table(`${first.name} to ${second.name}`, positive(ways.out));
  output.table(`${second.name} to ${first.name}`, positive(ways.in));
  for (const { name, stats } of devices) {
    const lost = positive(stats.dropped);
    if (Object.keys(lost).length > 0) output.table(`${name} did not get`, lost);
  }
}

async function ended(capture: Writable | undefined): Promise<void> {
  if (capture === undefined || capture.destroyed) return;
  await new Promise<void>((resolve) => {
    capture.once('error', () => resolve());
    capture.end(() => resolve());
  });
}
