/** The workloads that come with it. A connection that ends early (reset, timed out) is no error: that is what networks do. */

import { StackError } from '../../errors.ts';
import type { Connection, ConnectionOptions } from '../../stack/api.ts';
import { Octets } from './octets.ts';
import type {
  Abort,
  Bulk,
  HalfClose,
  ManyShort,
  RequestResponse,
  SlowReader,
  WorkloadRun,
  WorkloadValue,
} from './workload.ts';

/** How a workload's connections went. */
export interface WorkloadOutcome {
  readonly connections: number;
  /** Connections of which one end or both met an error: a reset, a timeout, no way to the peer. */
  readonly broken: number;
  /** The errors' codes, each once, in the order of the alphabet. */
  readonly errors: readonly string[];
}

/** One end's part in one connection. It has to end its direction of it. */
type Part = (connection: Connection) => Promise<void>;

const KEEP_ALIVE_MS = 60_000;
/** Written with one call. */
const PIECE = 16_384;

export function runWorkload(workload: WorkloadValue, run: WorkloadRun): Promise<WorkloadOutcome> {
  const { client, server } = partsOf(workload, run);
  const times = workload.kind === 'many-short' ? workload.connections : 1;
  const everyMs = workload.kind === 'many-short' ? (workload.everyMs ?? 0) : 0;
  return serveAndCall(workload, run, { client, server, times, everyMs });
}

function partsOf(workload: WorkloadValue, run: WorkloadRun): { client: Part; server: Part } {
  switch (workload.kind) {
    case 'bulk':
      return bulk(workload, run);
    case 'request-response':
      return requestResponse(workload, run);
    case 'many-short':
      return manyShort(workload, run);
    case 'half-close':
      return halfClose(workload, run);
    case 'abort':
      return abort(workload, run);
    case 'slow-reader':
      return slowReader(workload, run);
  }
}

function bulk({ bytes, direction = 'up' }: Bulk, run: WorkloadRun): { client: Part; server: Part } {
  const up = direction === 'down' ? 0 : bytes;
  const down = direction === 'up' ? 0 : bytes;
  const end =
    (own: 'up' | 'down', count: number, theirs: 'up' | 'down'): Part =>
    async (connection) => {
      // With nothing to send either way neither end may wait for the other's close.
      if (count > 0 || bytes === 0) {
        await Promise.all([send(connection, octets(run, own), count), receive(connection, run, theirs)]);
      } else {
        await receive(connection, run, theirs);
        await connection.shutdown();
      }
    };
  return { client: end('up', up, 'down'), server: end('down', down, 'up') };
}

function requestResponse(workload: RequestResponse, run: WorkloadRun): { client: Part; server: Part } {
  const { requests, requestBytes, responseBytes, thinkMs = 0 } = workload;
  return {
    async client(connection) {
      const sent = octets(run, 'up');
      const expected = new Expected(connection, run, 'down');
      for (let count = 0; count < requests; count++) {
        if (count > 0 && thinkMs > 0) await run.sleep(thinkMs);
        await connection.write(sent.next(requestBytes));
        if (!(await expected.read(responseBytes))) break;
      }
      await connection.close();
    },
    async server(connection) {
      const sent = octets(run, 'down');
      const expected = new Expected(connection, run, 'up');
      while (await expected.read(requestBytes)) await connection.write(sent.next(responseBytes));
      await connection.close();
    },
  };
}

function manyShort({ bytes }: ManyShort, run: WorkloadRun): { client: Part; server: Part } {
  return {
    async client(connection) {
      const sending = connection.write(octets(run, 'up').next(bytes));
      await Promise.all([sending, new Expected(connection, run, 'up').read(bytes)]);
      await connection.close();
    },
    async server(connection) {
      for (let text = await connection.read(); text; text = await connection.read()) {
        run.delivered(text.length);
        await connection.write(text);
      }
      await connection.close();
    },
  };
}

function halfClose({ bytes, replyBytes }: HalfClose, run: WorkloadRun): { client: Part; server: Part } {
  return {
    async client(connection) {
      await Promise.all([send(connection, octets(run, 'up'), bytes), receive(connection, run, 'down')]);
    },
    async server(connection) {
      await receive(connection, run, 'up');
      await send(connection, octets(run, 'down'), replyBytes);
    },
  };
}

function abort({ bytes, afterBytes, by }: Abort, run: WorkloadRun): { client: Part; server: Part } {
  return {
    async client(connection) {
      const sending = send(connection, octets(run, 'up'), bytes);
      if (by === 'client') {
        sending.catch(() => {});
        await connection.read(1);
        connection.abort();
        return;
      }
      await Promise.all([sending, receive(connection, run, 'down')]);
    },
    async server(connection) {
      const expected = new Expected(connection, run, 'up');
      await expected.read(Math.min(bytes, afterBytes));
      if (by === 'server') return connection.abort();
      await connection.write(octets(run, 'down').next(1));
      while (await expected.readSome()) {}
      await connection.close();
    },
  };
}

function slowReader(workload: SlowReader, run: WorkloadRun): { client: Part; server: Part } {
  const { bytes, readBytes, everyMs } = workload;
  return {
    async client(connection) {
      await Promise.all([send(connection, octets(run, 'up'), bytes), receive(connection, run, 'down')]);
    },
    async server(connection) {
      const expected = new Expected(connection, run, 'up');
      while (await expected.readSome(readBytes)) await run.sleep(everyMs);
      await connection.close();
    },
  };
}

interface Calls {
  readonly client: Part;
  readonly server: Part;
  readonly times: number;
  readonly everyMs: number;
}

async function serveAndCall(
  workload: WorkloadValue,
  run: WorkloadRun,
  { client, server, times, everyMs }: Calls,
): Promise<WorkloadOutcome> {
  const { from, to, version = 4, port = run.port, atMs = 0 } = workload;
  const outcome = new Outcome();
  const listener = run.host(to).listen({ keepAliveMs: KEEP_ALIVE_MS, ...workload.server, port });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) serving.push(outcome.of(() => play(connection, server)));
  })();
  const options = { keepAliveMs: KEEP_ALIVE_MS, ...workload.client } satisfies ConnectionOptions;
  const call = async (): Promise<void> => {
    const connection = await run.host(from).connect({ ...options, host: run.address(to, version), port });
    await play(connection, client);
  };
  if (atMs > 0) await run.sleep(atMs);
  const calling: Promise<void>[] = [];
  for (let count = 0; count < times; count++) {
    if (count > 0 && everyMs > 0) await run.sleep(everyMs);
    outcome.connections++;
    calling.push(outcome.of(call));
  }
  await Promise.all(calling);
  await listener.close();
  await accepting;
  await Promise.all(serving);
  return outcome.result();
}

/** Whatever becomes of the part, the connection is on its way to its end afterwards; waits until it is there. */
async function play(connection: Connection, part: Part): Promise<void> {
  try {
    await part(connection);
  } catch (error) {
    connection.abort();
    throw error;
  }
  await connection.closed;
}

class Outcome {
  connections = 0;
  #broken = 0;
  readonly #errors = new Set<string>();

  /** Errors of the stack are noted; others are faults of the program, and go on. */
  async of(part: () => Promise<void>): Promise<void> {
    try {
      await part();
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      this.#broken++;
      this.#errors.add(error.code);
    }
  }

  result(): WorkloadOutcome {
    return { connections: this.connections, broken: this.#broken, errors: [...this.#errors].sort() };
  }
}

function octets(run: WorkloadRun, direction: 'up' | 'down'): Octets {
  return new Octets(run.random.fork(direction));
}

async function send(connection: Connection, from: Octets, count: number): Promise<void> {
  for (let left = count; left > 0; left -= PIECE) await connection.write(from.next(Math.min(left, PIECE)));
  await connection.shutdown();
}

/** Reads to the end of the stream. */
async function receive(connection: Connection, run: WorkloadRun, direction: 'up' | 'down'): Promise<void> {
  const expected = new Expected(connection, run, direction);
  while (await expected.readSome()) {}
}

/** Reads, and holds what comes against what was sent. */
class Expected {
  readonly #connection: Connection;
  readonly #run: WorkloadRun;
  readonly #direction: 'up' | 'down';
  readonly #octets: Octets;
  #position = 0;

  constructor(connection: Connection, run: WorkloadRun, direction: 'up' | 'down') {
    this.#connection = connection;
    this.#run = run;
    this.#direction = direction;
    this.#octets = octets(run, direction);
  }

  /** Returns how many octets came; 0 at the end of the stream. */
  async readSome(max?: number): Promise<number> {
    const text = await this.#connection.read(max);
    if (text === null) return 0;
    const parted = this.#octets.compare(text);
    if (parted >= 0) {
      const at = this.#position + parted;
      this.#run.corrupt(
        this.#connection,
        `octet ${at} of the stream ${this.#direction} is not what was sent`,
      );
    }
    this.#position += text.length;
    this.#run.delivered(text.length);
    return text.length;
  }

  /** Reads exactly so many octets; false when the stream ended before. */
  async read(count: number): Promise<boolean> {
    for (let left = count; left > 0; ) {
      const got = await this.readSome(left);
      if (got === 0) return false;
      left -= got;
    }
    return true;
  }
}
