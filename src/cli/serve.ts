import { Command, Option } from 'commander';
import { DEFAULT_PORT } from '../node/iperf3/protocol.ts';
import { EXIT, EXIT_CODES_HELP } from './exit.ts';
import { firstAbort, interruption } from './interruption.ts';
import { Output, stdoutFlushed } from './output.ts';
import { readinessOf, reporterOf, tellCounters, tellReady, tellStats } from './report.ts';
import {
  ANSWERS_MS,
  checkServices,
  connectionOptionsOf,
  type ServeFlags,
  servicesOf,
  startServices,
} from './serve-services.ts';
import { serveOnWorkers } from './serve-workers.ts';
import type { Web } from './web.ts';
import { openWire } from './wire.ts';
import { addWireOptions, parseDecimal, parsePort, parseWhole } from './wire-options.ts';

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
    )
    .optionsGroup('More than one processor:')
    .option(
      '--workers <N>',
      'stacks, each in a thread of its own; the kernel spreads connections over them (default: 1)',
      parseWhole(1, 64),
    );
  return addWireOptions(command).action((flags: ServeFlags) => serve(flags));
}

async function serve(flags: ServeFlags): Promise<void> {
  checkServices(flags);
  const output = new Output({ json: flags.json === true, stdoutTaken: flags.pcap === '-' });
  if (flags.workers !== undefined && flags.workers > 1) return serveOnWorkers(flags, flags.workers, output);
  const interrupted = interruption();
  const wire = await openWire(flags, output, connectionOptionsOf(flags));
  const report = reporterOf(wire, output);
  let web: Web | undefined;
  try {
    web = await startServices(flags, wire, report);
  } catch (error) {
    await wire.close();
    throw error;
  }

  const stats = (): void => tellStats(output, report.standing());
  process.on('SIGUSR2', stats);
  tellReady(output, readinessOf(wire), flags.kernel ?? [], servicesOf(flags));
  await firstAbort(interrupted, wire.gone);

  await web?.close(ANSWERS_MS);
  await wire.close();
  process.off('SIGUSR2', stats);
  tellCounters(output, report.standing());
  await stdoutFlushed();
  // The reason is a failure where the device was taken away; an interrupt is the way to end this.
  if (wire.gone.reason instanceof Error && wire.gone.reason.name === 'Failure') throw wire.gone.reason;
  process.exitCode = EXIT.ok;
}
