import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { StackError } from '../errors.ts';
import type { Connection } from '../stack/api.ts';
import { EXIT, EXIT_CODES_HELP, Failure, UsageError } from './exit.ts';
import { fetchFollowing, type Request } from './http-client.ts';
import { interruption } from './interruption.ts';
import { Output, stdoutFlushed } from './output.ts';
import { Progress } from './progress.ts';
import { openWire, type Wire } from './wire.ts';
import { addWireOptions, type WireFlags } from './wire-options.ts';

interface GetFlags extends WireFlags {
  readonly output?: string;
  readonly header: readonly string[];
  readonly insecure?: boolean;
}

const EXAMPLES = `Examples:
  Fetch a file from a web server of this machine (python3 -m http.server 8000, say)
    sudo statewire get http://198.18.0.1:8000/file -o file --tun tun7 --kernel 198.18.0.1/24 --address 198.18.0.2
  The same over IPv6, with every packet written down
    sudo statewire get 'http://[fd00::1]:8000/file' -o file --tun tun7 --kernel fd00::1/64 --address fd00::2 --pcap file.pcapng
`;

const NOTES = `
Packets go no further than this machine unless it forwards them. 130 is the exit code after SIGINT or SIGTERM.
`;

/** `statewire get`: an HTTP client on a stack that reaches the kernel through a TUN device. */
export function getCommand(): Command {
  const command = new Command('get')
    .summary('fetch a URL through the stack')
    .description(
      'Fetch an http or https URL through the stack and a TUN device. Redirects are followed, ten at most.',
    )
    .argument('<URL>', 'what to fetch')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES + EXIT_CODES_HELP)
    .option('-o, --output <FILE>', 'write to this file, once it is whole (default: standard output)')
    .addOption(
      new Option('--header <LINE>', 'a header to send, as "Name: value"; may be given again')
        .argParser((line: string, before: readonly string[]) => [...before, line])
        .default([], 'none'),
    )
    .option('--insecure', "take any certificate for the server's");
  return addWireOptions(command).action((url: string, flags: GetFlags) => get(url, flags));
}

async function get(text: string, flags: GetFlags): Promise<void> {
  const url = parseUrl(text);
  const headers = parseHeaders(flags.header);
  const toStdout = flags.output === undefined || flags.output === '-';
  if (toStdout && flags.pcap === '-') {
    throw new UsageError("--pcap - and the download can't both go to stdout: give -o FILE.");
  }
  const output = new Output({ json: flags.json === true, stdoutTaken: toStdout || flags.pcap === '-' });
  const interrupted = interruption();
  const wire = await openWire(flags, output);
  const signal = AbortSignal.any([interrupted, wire.gone]);
  try {
    const request = { url, headers, insecure: flags.insecure === true, signal };
    await download(wire, request, toStdout ? undefined : flags.output, output);
  } catch (error) {
    if (wire.gone.reason instanceof Failure) throw wire.gone.reason;
    if (!signal.aborted) throw explained(error);
    process.exitCode = EXIT.interrupted;
  } finally {
    await wire.close();
    await stdoutFlushed();
  }
  // The last of a record or a capture is written when all else is over.
  if (wire.gone.reason instanceof Failure) throw wire.gone.reason;
}

async function download(
  wire: Wire,
  request: Request,
  file: string | undefined,
  output: Output,
): Promise<void> {
  const { response, url, connection } = await fetchFollowing(wire.stack, request);
  const { statusCode = 0, statusMessage = '' } = response;
  const length = response.headers['content-length'];
  const total = length === undefined ? undefined : Number(length);
  output.event('response', { url: url.href, status: statusCode, length: total });
  if (statusCode < 200 || statusCode > 299) {
    response.destroy();
    throw new Failure(`${url.href}: ${statusCode} ${statusMessage}`);
  }
  const showsBody = file === undefined && process.stdout.isTTY === true;
  const progress = new Progress(process.stderr, total, !showsBody);
  try {
    await (file === undefined
      ? save(response, process.stdout, progress, request.signal)
      : saveFile(response, file, progress, request.signal));
  } catch (error) {
    throw isCutShort(error) ? cutShort(url, total, connection) : error;
  } finally {
    progress.end();
  }
  const { retransmissions, segmentsSent, segmentsReceived } = connection.info();
  const { bytes, seconds } = progress;
  output.event('done', {
    bytes,
    seconds,
    bytesPerSecond: bytes / seconds,
    retransmissions,
    segmentsSent,
    segmentsReceived,
  });
}

async function save(
  from: IncomingMessage,
  to: Writable,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      progress.add(chunk.length);
      done(null, chunk);
    },
  });
  // Standard output stays open for what else there is to say.
  await pipeline(from, counted, to, { signal, end: to !== process.stdout });
}

/** Under another name until it is whole, so that a file of that name is a whole one. */
async function saveFile(
  from: IncomingMessage,
  file: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  // A device or a pipe is written to; a name would take its place.
  if (before !== undefined && !before.isFile()) {
    if (before.isDirectory()) throw new Failure(`${file} is a directory: give -o the name of a file.`);
    return save(from, createWriteStream(file), progress, signal);
  }
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.part`);
  try {
    await save(from, createWriteStream(temporary, { flags: 'wx' }), progress, signal);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new UsageError(`${text} is no http or https URL; give one as http://198.18.0.1:8000/file.`);
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    const value = line.slice(colon + 1).trim();
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new UsageError(`--header: ${JSON.stringify(line)} is no header; give one as "Name: value".`);
    }
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

/** Node's HTTP says "aborted" of an answer that ends early, whatever it was that ended it. */
function isCutShort(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
}

function cutShort(url: URL, total: number | undefined, connection: Connection): Failure {
  const how = connection.closeReason?.how === 'reset' ? 'reset' : 'closed';
  const all = total === undefined ? 'the answer was through' : `all ${total} bytes had come`;
  return new Failure(`${url.href}: the server ${how} the connection before ${all}`);
}

/** One line for whoever asked: what the network, the file system or TLS said. */
function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error instanceof StackError || error.cause instanceof StackError) {
    return new Failure(
      error.cause instanceof StackError ? `${error.message} (${error.cause.message})` : error.message,
    );
  }
  const hint = /CERT|SELF_SIGNED|ALTNAME/.test(String(error.code))
    ? ' (--insecure takes any certificate)'
    : '';
  return new Failure(error.message + hint);
}
