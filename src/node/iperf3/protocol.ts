/** The words of iperf3's protocol, version 3.12, as its two programs say them to each other. Pure: no socket here. */

/** What one byte on the control connection says. */
export const STATE = {
  testStart: 1,
  testRunning: 2,
  testEnd: 4,
  parameterExchange: 9,
  createStreams: 10,
  serverTerminate: 11,
  clientTerminate: 12,
  exchangeResults: 13,
  displayResults: 14,
  done: 16,
  serverError: 254,
  accessDenied: 255,
} as const;

/** Codes that follow `serverError`; the stock client shows its user a sentence for each. */
export const ERROR = { streams: 6, blockSize: 7, notImplemented: 13, parameters: 113 } as const;

/** 36 characters and a NUL: it says which connections belong to one test. */
export const COOKIE_SIZE = 37;
export const DEFAULT_PORT = 5_201;
export const MAXIMUM_STREAMS = 128;
export const MAXIMUM_BLOCK = 1_048_576;
/** Longer texts than these are nonsense: parameters are some 200 bytes, results some 150 a stream and the server's text. */
export const MAXIMUM_PARAMETERS = 65_536;
export const MAXIMUM_RESULTS = 8_388_608;

const COOKIE_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** What the client wants to be done. */
export interface Parameters {
  readonly omitSeconds: number;
  /** 0 when bytes or blocks end the test. */
  readonly seconds: number;
  /** 0 for no limit. */
  readonly bytes: number;
  readonly blocks: number;
  readonly streams: number;
  readonly reverse: boolean;
  /** What is written at a time. */
  readonly blockSize: number;
  /** Of each stream, in bits a second; 0 for no limit. */
  readonly bitsPerSecond: number;
  readonly noDelay: boolean;
  readonly wantsServerOutput: boolean;
}

/** What one end says of a stream. `retransmits` is -1 where nobody counts. */
export interface StreamResult {
  readonly id: number;
  readonly bytes: number;
  readonly retransmits: number;
  readonly seconds: number;
}

export interface Results {
  readonly cpu: { readonly total: number; readonly user: number; readonly system: number };
  readonly streams: readonly StreamResult[];
  readonly congestion: string | undefined;
  readonly isSender: boolean;
  readonly outputText?: string;
  readonly outputJson?: unknown;
}

/** The peer did not keep to the protocol; `reason` is what is counted. */
export class Nonsense extends Error {
  override readonly name = 'Nonsense';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A test that is understood and not done; `code` tells the client why. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A fresh cookie from so many random bytes as it has characters. */
export function cookieOf(random: Uint8Array): Uint8Array {
  const cookie = new Uint8Array(COOKIE_SIZE);
  for (let i = 0; i < COOKIE_SIZE - 1; i++) cookie[i] = COOKIE_ALPHABET.charCodeAt(random[i]! % 32);
  return cookie;
}

/** The number of the stream that is the `index`th to be opened: 1, 3, 4, 5 …; 2 is left out. */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}

export function encodeJson(value: unknown): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(value));
  const bytes = new Uint8Array(4 + text.length);
  new DataView(bytes.buffer).setUint32(0, text.length);
  bytes.set(text, 4);
  return bytes;
}

/** @throws Nonsense when the bytes are no JSON object */
export function decodeJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Nonsense('json', 'the peer sent a text that is no JSON');
  }
  if (isObject(value)) return value;
  throw new Nonsense('json', 'the peer sent JSON that is no object');
}

/** `serverError`, the code, and an errno, which is 0. */
export function encodeServerError(code: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(9);
  bytes[0] = STATE.serverError;
  new DataView(bytes.buffer).setInt32(1, code);
  return bytes;
}

export function encodeParameters(parameters: Parameters): object {
  return {
    tcp: true,
    omit: parameters.omitSeconds,
    time: parameters.seconds,
    num: parameters.bytes,
    blockcount: parameters.blocks,
    parallel: parameters.streams,
    ...(parameters.reverse ? { reverse: true } : {}),
    len: parameters.blockSize,
    ...(parameters.bitsPerSecond > 0 ? { bandwidth: parameters.bitsPerSecond } : {}),
    pacing_timer: 1_000,
    client_version: '3.12',
  };
}

/** @throws Nonsense, or Refusal for what iperf3 can do and this can't */
export function decodeParameters(json: Readonly<Record<string, unknown>>): Parameters {
  if (json.udp === true) throw new Refusal(ERROR.notImplemented, 'UDP is not done');
  if (json.sctp === true) throw new Refusal(ERROR.notImplemented, 'SCTP is not done');
  if (json.bidirectional === true)
    throw new Refusal(ERROR.notImplemented, 'both directions at once are not done');
  const number = (name: string, otherwise: number, maximum: number): number => {
    const value = json[name] ?? otherwise;
    if (typeof value === 'number' && value >= 0 && value <= maximum) return value;
    throw new Nonsense('parameters', `${name} is no number from 0 to ${maximum}`);
  };
  const streams = number('parallel', 1, Number.MAX_SAFE_INTEGER);
  if (!Number.isInteger(streams) || streams < 1 || streams > MAXIMUM_STREAMS) {
    throw new Refusal(ERROR.streams, `${streams} streams are not done: 1 to ${MAXIMUM_STREAMS}`);
  }
  const blockSize = number('len', 131_072, Number.MAX_SAFE_INTEGER) || 131_072;
  if (!Number.isInteger(blockSize) || blockSize > MAXIMUM_BLOCK) {
    throw new Refusal(ERROR.blockSize, `blocks of ${blockSize} bytes are not done`);
  }
  return {
    omitSeconds: number('omit', 0, 600),
    seconds: number('time', 0, 86_400),
    bytes: number('num', 0, Number.MAX_SAFE_INTEGER),
    blocks: number('blockcount', 0, Number.MAX_SAFE_INTEGER),
    streams,
    reverse: json.reverse === true,
    blockSize,
    bitsPerSecond: number('bandwidth', 0, Number.MAX_SAFE_INTEGER),
    noDelay: json.nodelay === true,
    wantsServerOutput: json.get_server_output === 1 || json.get_server_output === true,
  };
}

export function encodeResults(results: Results): object {
  const { cpu, isSender, congestion, streams, outputText, outputJson } = results;
  return {
    cpu_util_total: cpu.total,
    cpu_util_user: cpu.user,
    cpu_util_system: cpu.system,
    sender_has_retransmits: isSender ? 1 : -1,
    ...(congestion === undefined ? {} : { congestion_used: congestion }),
    ...(outputText === undefined ? {} : { server_output_text: outputText }),
    ...(outputJson === undefined ? {} : { server_output_json: outputJson }),
    streams: streams.map(({ id, bytes, retransmits, seconds }) => ({
      id,
      bytes,
      retransmits,
      jitter: 0,
      errors: 0,
      packets: 0,
      start_time: 0,
      end_time: seconds,
    })),
  };
}

/** @throws Nonsense */
export function decodeResults(json: Readonly<Record<string, unknown>>): Results {
  if (!Array.isArray(json.streams)) throw new Nonsense('results', 'the results have no streams');
  const isSender = json.sender_has_retransmits === 1;
  const streams = json.streams.map((stream: unknown): StreamResult => {
    if (!isObject(stream)) throw new Nonsense('results', 'a stream of the results is no object');
    const number = (name: string): number => {
      const value = stream[name];
      if (typeof value === 'number') return value;
      throw new Nonsense('results', `a stream's ${name} is no number`);
    };
    return {
      id: number('id'),
      bytes: number('bytes'),
      retransmits: isSender ? number('retransmits') : -1,
      seconds: number('end_time') - number('start_time'),
    };
  });
  const figure = (name: string): number => (typeof json[name] === 'number' ? json[name] : 0);
  const cpu = {
    total: figure('cpu_util_total'),
    user: figure('cpu_util_user'),
    system: figure('cpu_util_system'),
  };
  const congestion = typeof json.congestion_used === 'string' ? json.congestion_used : undefined;
  return { cpu, streams, congestion, isSender };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
