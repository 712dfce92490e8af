import { Command, Option } from 'commander';
import { DEFAULT_PORT } from '../node/iperf3/protocol.ts';
import { Iperf3Server } from '../node/iperf3/server.ts';
import { chargen, discard, echo, type Service, serveConnections } from '../node/simple-services.ts';
import type { ConnectionOptions } from '../stack/api.ts';
import { EXIT, EXIT_CODES_HELP, UsageError } from './exit.ts';
import { firstAbort, interruption } from './interruption.ts';
import { Output, stdoutFlushed } from './output.ts';
import { type Reporter, reporterOf } from './report.ts';
import { startWeb, type Web } from './web.ts';
import { openWire, type Wire } from './wire.ts';
import { addWireOptions, parseDecimal, parsePort, type WireFlags } from './wire-options.ts';

interface ServeFlags extends WireFlags {
  readonly http?: number;
  readonly root?: string;
  readonly writable?: boolean;
  readonly echo?: number;
  readonly discard?: number;
  readonly chargen?: number;
  readonly iperf3?: number;
  readonly msl?: number;
}

const EXAMPLES = `Examples:
  Serve the files of public/ to this machine, over IPv4 and IPv6 (then: curl http://198.18.0.2/)
    sudo statewire serve --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2 \\
      --kernel fd00::1/64 --address fd00::2 --http 80 --root public
  An echo server behind a bad network, watched in Wireshark
    sudo statewire serve --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2 --echo 7 \\
      --loss 2 --reorder 5 --delay 20 --pcap - | wireshark -k -i -
  Speed, as iperf3 measures it (then: iperf3 -c 198.18.0.2, and with -R the other way)
    sudo statewire serve --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2 --iperf3
  Without root, on a device that root has made for you
    sudo ip tuntap add dev tun7 mode tun user $USER
    sudo ip address add 198.18.0.1/24 dev tun7 && sudo ip link set tun7 up
    statewire serve --tun tun7 --address 198.18.0.2 --echo 7
`;

const NOTES = `
Once it listens it prints "ready" (with --json a line {"event":"ready",…}). SIGINT or SIGTERM closes the
connections and prints the counters, a second one ends it at once; SIGUSR2 prints the state of things.
`;

/** So long do answers that have begun get to end, before their connections are closed. */
const ANSWERS_MS = 1_000;

/** `statewire serve`: servers on a stack that the kernel reaches through a TUN device. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('serve files, echo and more to the kernel through a TUN device')
    .description(
      "Run servers on the stack, and reach them from the kernel's own TCP through a TUN device. Ping is answered.",
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES + EXIT_CODES_HELP)
    .optionsGroup('Services:')
    .option('--http <PORT>', 'files over HTTP: GET and HEAD, with ranges and listings', parsePort)
    .option('--root <DIR>', 'the directory that --http serves')
    .option('--writable', 'let PUT create and replace files in it')
    .option('--echo <PORT>', 'send back what comes (RFC 862)', parsePort)
    .option('--discard <PORT>', 'throw away what comes (RFC 863)', parsePort)
    .option('--chargen <PORT>', 'send a pattern of characters without end (RFC 864)', parsePort)
    .addOption(
      new Option('--iperf3 [PORT]', `run the tests of iperf3 clients, over TCP (default: ${DEFAULT_PORT})`)
        .preset(String(DEFAULT_PORT))
        .argParser(parsePort),
    )
    .option(
      '--msl <SECONDS>',
      'maximum segment lifetime: TIME-WAIT lasts twice as long (default: 30)',
      parseDecimal(0, 600),
    );
  return addWireOptions(command).action((flags: ServeFlags) => serve(flags));
}

async function serve(flags: ServeFlags): Promise<void> {
  checkServices(flags);
  const output = new Output({ json: flags.json === true, stdoutTaken: flags.pcap === '-' });
  const options: ConnectionOptions = flags.msl === undefined ? {} : { mslMs: flags.msl * 1_000 };
  const interrupted = interruption();
  const wire = await openWire(flags, output, options);
  const report = reporterOf(wire, output);
  let web: Web | undefined;
  try {
    web = await startServices(flags, wire, report);
  } catch (error) {
    await wire.close();
    throw error;
  }

  const tellStats = (): void => report.stats();
  process.on('SIGUSR2', tellStats);
  report.ready(flags.kernel ?? [], servicesOf(flags));
  await firstAbort(interrupted, wire.gone);

  await web?.close(ANSWERS_MS);
  await wire.close();
  process.off('SIGUSR2', tellStats);
  report.counters();
  await stdoutFlushed();
  // The reason is a failure where the device was taken away; an interrupt is the way to end this.
  if (wire.gone.reason instanceof Error && wire.gone.reason.name === 'Failure') throw wire.gone.reason;
  process.exitCode = EXIT.ok;
}

const SIMPLE = { echo, discard, chargen } as const satisfies Record<string, Service>;

function servicesOf(flags: ServeFlags): Record<string, number> {
  const { http, echo, discard, chargen, iperf3 } = flags;
  return Object.fromEntries(
    Object.entries({ http, echo, discard, chargen, iperf3 }).filter(
      (entry): entry is [string, number] => entry[1] !== undefined,
    ),
  );
}

async function startServices(flags: ServeFlags, wire: Wire, report: Reporter): Promise<Web | undefined> {
  for (const [name, service] of Object.entries(SIMPLE)) {
    const port = flags[name as keyof typeof SIMPLE];
    if (port === undefined) continue;
    const listener = wire.stack.listen({ port });
    void serveConnections(listener, (connection) => {
      report.opened(name, connection);
      return service(connection);
    });
  }
  if (flags.iperf3 !== undefined) {
    const server = new Iperf3Server({
      stack: wire.stack,
      json: flags.json === true,
      onConnection: (connection) => report.opened('iperf3', connection),
    });
    report.counted('iperf3', server.counts);
    void server.serve(wire.stack.listen({ port: flags.iperf3 }));
  }
  const { http: port, root, writable = false } = flags;
  if (port === undefined || root === undefined) return undefined;
  return startWeb(wire.stack, { port, root, writable }, report);
}

function checkServices(flags: ServeFlags): void {
  const { http, root, writable } = flags;
  if (http !== undefined && root === undefined) {
    throw new UsageError('--http needs --root DIR: the directory whose files it serves.');
  }
  if (http === undefined && root !== undefined) throw new UsageError('--root needs --http PORT.');
  if (http === undefined && writable) throw new UsageError('--writable needs --http PORT and --root DIR.');
  const ports = Object.entries(servicesOf(flags));
  for (const [index, [name, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, earlier]) => earlier === port);
    if (other) throw new UsageError(`--${other[0]} and --${name} can't both listen at port ${port}.`);
  }
}
