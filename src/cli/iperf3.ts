import { Command, type Command as CommandType, InvalidArgumentError } from 'commander';
import { StackError } from '../errors.ts';
import { Iperf3Error, type Outcome, runIperf3 } from '../node/iperf3/client.ts';
import { DEFAULT_PORT, MAXIMUM_BLOCK, MAXIMUM_STREAMS, type Parameters } from '../node/iperf3/protocol.ts';
import { header, intervalLines, RULE, summaryLine, sumOfResults } from '../node/iperf3/text.ts';
import type { Interval, Traffic } from '../node/iperf3/traffic.ts';
import { parseAddress } from '../wire/index.ts';
import { EXIT, EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { interruption } from './interruption.ts';
import { Iperf3Document } from './iperf3-document.ts';
import { Output, stdoutFlushed } from './output.ts';
import { openWire } from './wire.ts';
import { addWireOptions, parseDecimal, parsePort, parseWhole, type WireFlags } from './wire-options.ts';

interface Iperf3Flags extends WireFlags {
  readonly client: string;
  readonly port: number;
  readonly reverse?: boolean;
  readonly parallel: number;
  readonly time?: number;
  readonly bytes?: number;
  readonly length: number;
  readonly omit: number;
  readonly interval: number;
}

const EXAMPLES = `Examples:
  Send to a stock server of this machine (iperf3 -s) for 10 seconds
    sudo statewire iperf3 -c 198.18.0.1 --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2
  Receive over four connections for 5 seconds, the figures as JSON
    sudo statewire iperf3 -c 198.18.0.1 -R -P 4 -t 5 --json --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2
`;

const NOTES = `
The server for stock clients is statewire serve --iperf3. TCP in one direction at a time; --json prints one document
with the keys of iperf3's. 130 is the exit code after SIGINT or SIGTERM, which end the test early.
`;

/** `statewire iperf3`: a client of iperf3 servers, on a stack that reaches the kernel through a TUN device. */
export function iperf3Command(): CommandType {
  const command = new Command('iperf3')
    .summary('measure throughput against an iperf3 server')
    .description('Measure throughput against an iperf3 server, through the stack and a TUN device.')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES + EXIT_CODES_HELP)
    .requiredOption('-c, --client <HOST>', "the server's address, as 198.18.0.1 or fd00::1", parseHost)
    .option('-p, --port <PORT>', 'its port', parsePort, DEFAULT_PORT)
    .option('-R, --reverse', 'the server sends')
    .option('-P, --parallel <N>', 'so many connections', parseWhole(1, MAXIMUM_STREAMS), 1)
    .option('-t, --time <SECONDS>', 'how long (default: 10)', parseWhole(1, 86_400))
    .option('-n, --bytes <BYTES>', 'how much, as 64M, in place of how long', parseBytes)
    .option('-l, --length <BYTES>', 'bytes of one write, as 128K (default: 128K)', parseBlock, 131_072)
    .option('-O, --omit <SECONDS>', 'leave the first seconds out of the result', parseWhole(0, 60), 0)
    .option('-i, --interval <SECONDS>', 'between two reports; 0 for none', parseDecimal(0, 60), 1);
  return addWireOptions(command).action((flags: Iperf3Flags) => iperf3(flags));
}

async function iperf3(flags: Iperf3Flags): Promise<void> {
  if (flags.time !== undefined && flags.bytes !== undefined) {
    throw new UsageError('-t and -n both say when to end: give one of them.');
  }
  if (flags.interval > 0 && flags.interval < 0.1) throw new UsageError('-i: give 0, or 0.1 and more.');
  const output = new Output({ stdoutTaken: flags.pcap === '-' });
  const parameters: Parameters = {
    omitSeconds: flags.omit,
    seconds: flags.bytes === undefined ? (flags.time ?? 10) : 0,
    bytes: flags.bytes ?? 0,
    blocks: 0,
    streams: flags.parallel,
    reverse: flags.reverse === true,
    blockSize: flags.length,
    bitsPerSecond: 0,
    noDelay: false,
    wantsServerOutput: false,
  };
  const place = { host: flags.client, port: flags.port };
  const report =
    flags.json === true
      ? new Iperf3Document(place, parameters, output)
      : new Lines(place, parameters, output);
  const interrupted = interruption();
  const wire = await openWire(flags, output);
  const signal = AbortSignal.any([interrupted, wire.gone]);
  try {
    const outcome = await runIperf3({
      ...place,
      stack: wire.stack,
      parameters,
      intervalMs: flags.interval * 1_000,
      signal,
      onStart: (traffic, cookie) => report.start(traffic, cookie),
      onInterval: (interval) => report.interval(interval),
    });
    report.end(outcome);
    if (outcome.remote === undefined) process.exitCode = EXIT.interrupted;
  } catch (error) {
    if (wire.gone.reason instanceof Failure) throw wire.gone.reason;
    if (signal.aborted) process.exitCode = EXIT.interrupted;
    else if (error instanceof Iperf3Error || error instanceof StackError) {
      report.failed(error.message);
      throw new Failure(`iperf3: ${error.message}`);
    } else throw error;
  } finally {
    await wire.close();
    await stdoutFlushed();
  }
  if (wire.gone.reason instanceof Failure) throw wire.gone.reason;
}

/** What is printed for people. */
class Lines {
  readonly #output: Output;
  readonly #parameters: Parameters;

  constructor({ host, port }: { host: string; port: number }, parameters: Parameters, output: Output) {
    this.#output = output;
    this.#parameters = parameters;
    output.text(`Connecting to host ${host}, port ${port}`);
    if (parameters.reverse) output.text(`Reverse mode, remote host ${host} is sending`);
  }

  start(traffic: Traffic, _cookie: string): void {
    for (const { socket, connection } of traffic.streams) {
      const { localAddress, localPort, remoteAddress, remotePort } = connection;
      const id = String(socket).padStart(3);
      this.#output.text(
        `[${id}] local ${localAddress} port ${localPort} connected to ${remoteAddress} port ${remotePort}`,
      );
    }
    this.#output.text(header(!this.#parameters.reverse));
  }

  interval(interval: Interval): void {
    for (const line of intervalLines(interval, !this.#parameters.reverse)) this.#output.text(line);
  }

  end({ local, remote, traffic }: Outcome): void {
    const sent = this.#parameters.reverse ? remote : local;
    const received = this.#parameters.reverse ? local : remote;
    // Where there are several, each interval ends with a rule.
    if (traffic.streams.length === 1) this.#output.text(RULE);
    this.#output.text(header(true, true));
    for (const { id, socket } of traffic.streams) {
      for (const [results, role] of [
        [sent, 'sender'],
        [received, 'receiver'],
      ] as const) {
        const result = results?.streams.find((stream) => stream.id === id);
        if (result !== undefined) this.#output.text(summaryLine(socket, result, role));
      }
    }
    if (traffic.streams.length > 1) {
      if (sent) this.#output.text(summaryLine(undefined, sumOfResults(sent.streams), 'sender'));
      if (received) this.#output.text(summaryLine(undefined, sumOfResults(received.streams), 'receiver'));
    }
    this.#output.text(remote === undefined ? '\niperf3: interrupted' : '\niperf Done.');
  }

  failed(_message: string): void {}
}

function parseHost(text: string): string {
  if (parseAddress(text) === undefined) {
    throw new InvalidArgumentError('Give an address of IPv4 or IPv6, as 198.18.0.1.');
  }
  return text;
}

function parseBytes(text: string): number {
  const [, number, prefix = ''] = /^(\d+)([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(number) * 1_024 ** ['', 'K', 'M', 'G'].indexOf(prefix.toUpperCase());
  if (bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new InvalidArgumentError('Give a number of bytes, as 1000, 64M or 1G.');
}

function parseBlock(text: string): number {
  const bytes = parseBytes(text);
  if (bytes <= MAXIMUM_BLOCK) return bytes;
  throw new InvalidArgumentError('Give at most 1M.');
}
