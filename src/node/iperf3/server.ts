import { StackError } from '../../errors.ts';
import type { Connection, Listener, Stack } from '../../stack/api.ts';
import { Channel, deny } from './channel.ts';
import {
  decodeParameters,
  decodeResults,
  ERROR,
  encodeResults,
  encodeServerError,
  MAXIMUM_PARAMETERS,
  MAXIMUM_RESULTS,
  Nonsense,
  type Parameters,
  Refusal,
  STATE,
} from './protocol.ts';
import { header, intervalJson, intervalLines, RULE, resultJson, summaryLine, sumOfResults } from './text.ts';
import { type Interval, Traffic } from './traffic.ts';

export interface Iperf3ServerOptions {
  readonly stack: Stack;
  /** Answer `--get-server-output` with JSON, as `iperf3 -s --json` does, in place of text. Default false. */
  readonly json?: boolean;
  /** How long a client may be silent where it has to say something. Default 10,000. */
  readonly patienceMs?: number;
  /** Called for each connection that is taken. */
  readonly onConnection?: (connection: Connection) => void;
}

/**
 * Runs the tests of stock iperf3 clients, one at a time, over TCP in either direction.
 *
 * @example
 * ```ts
 * const server = new Iperf3Server({ stack });
 * await server.serve(stack.listen({ port: 5201 }));
 * ```
 */
export class Iperf3Server {
  /** Tests that were run to their end, and what went wrong, by reason. */
  readonly counts: Record<string, number> = {};

  readonly #options: Iperf3ServerOptions;
  #test: ServerTest | undefined;

  constructor(options: Iperf3ServerOptions) {
    this.#options = options;
  }

  /** Serves every connection of the listener; fulfilled when that is closed. */
  async serve(listener: Listener): Promise<void> {
    const { onConnection } = this.#options;
    for await (const connection of listener) {
      onConnection?.(connection);
      void this.#take(connection).catch((error: unknown) => {
        connection.abort();
        if (error instanceof Nonsense) this.#count(error.reason);
        else if (error instanceof StackError) this.#count('connection lost');
        else throw error;
      });
    }
  }

  async #take(connection: Connection): Promise<void> {
    const { stack } = this.#options;
    if (this.#test === undefined) {
      const test = new ServerTest(connection, this.#options);
      this.#test = test;
      try {
        this.#count(await test.run());
      } finally {
        this.#test = undefined;
        test.dispose();
      }
    } else if (!(await this.#test.takeStream(connection))) {
      this.#count('denied');
      await deny(connection, stack.clock);
    }
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }
}

class ServerTest {
  readonly #options: Iperf3ServerOptions;
  readonly #channel: Channel;
  readonly #patienceMs: number;
  readonly #lines: string[] = [];
  readonly #intervals: Interval[] = [];
  #cookie: Uint8Array | undefined;
  #parameters: Parameters | undefined;
  #streams: Connection[] = [];
  #traffic: Traffic | undefined;
  #isOver = false;
  #streamsComplete: () => void = () => {};

  constructor(connection: Connection, options: Iperf3ServerOptions) {
    this.#options = options;
    this.#channel = new Channel(connection, options.stack.clock);
    this.#patienceMs = options.patienceMs ?? 10_000;
  }

  /** Runs the test to its end; tells how it ended. */
  async run(): Promise<'completed' | 'terminated by the client' | 'refused' | 'parameters'> {
    const channel = this.#channel;
    const { connection } = channel;
    // A client that has lost its network must not keep the server busy for ever.
    connection.set({ keepAliveMs: 10_000, keepAliveIntervalMs: 2_000 });
    this.#cookie = await channel.readCookie(this.#patienceMs);
    this.#lines.push(`Accepted connection from ${connection.remoteAddress}, port ${connection.remotePort}`);
    await channel.send(STATE.parameterExchange);
    const json = await channel.readJson(MAXIMUM_PARAMETERS, this.#patienceMs);
    try {
      this.#parameters = decodeParameters(json);
    } catch (error) {
      const code = error instanceof Refusal ? error.code : ERROR.parameters;
      void deny(connection, this.#options.stack.clock, encodeServerError(code)).catch(() => {});
      if (error instanceof Refusal) return 'refused';
      if (error instanceof Nonsense) return 'parameters';
      throw error;
    }
    const traffic = await this.#openStreams(this.#parameters);
    await channel.send(STATE.testStart, STATE.testRunning);
    traffic.start();
    const state = await channel.readState();
    traffic.stop();
    if (state === STATE.clientTerminate) return 'terminated by the client';
    if (state !== STATE.testEnd) throw unexpected(state);
    // The stock client may sit in a read of its stream, and hears nothing more until that ends.
    if (this.#parameters.reverse) traffic.close();
    await this.#exchangeResults(traffic, this.#parameters);
    await channel.send(STATE.displayResults);
    // The place is free from here: the client's last word may be lost, and come again after the next client.
    this.#isOver = true;
    void this.#farewell();
    return 'completed';
  }

  /** Whether a connection is one of this test's streams. */
  async takeStream(connection: Connection): Promise<boolean> {
    const parameters = this.#parameters;
    if (parameters === undefined || this.#traffic !== undefined) return false;
    const cookie = await new Channel(connection, this.#options.stack.clock).readCookie(this.#patienceMs);
    if (this.#traffic !== undefined || !cookie.every((byte, at) => byte === this.#cookie![at])) return false;
    this.#streams.push(connection);
    if (this.#streams.length === parameters.streams) this.#streamsComplete();
    return true;
  }

  dispose(): void {
    this.#traffic?.stop();
    for (const connection of this.#streams) void connection.close().catch(() => {});
    // A refusal and a farewell close the control connection themselves, once it has been read.
    if (this.#traffic !== undefined && !this.#isOver) void this.#channel.connection.close().catch(() => {});
  }

  async #farewell(): Promise<void> {
    await this.#channel.readExactly(1, this.#patienceMs).catch(() => {});
    await this.#channel.connection.close().catch(() => {});
  }

  async #openStreams(parameters: Parameters): Promise<Traffic> {
    const { clock } = this.#options.stack;
    let isLate = false;
    const complete = new Promise<void>((resolve) => {
      this.#streamsComplete = resolve;
    });
    const timer = clock.setTimeout(() => {
      isLate = true;
      this.#streamsComplete();
    }, this.#patienceMs);
    await this.#channel.send(STATE.createStreams);
    // A client that gives up before its streams are there closes the control connection.
    void this.#channel.connection.closed.then(() => this.#streamsComplete());
    await complete;
    clock.clearTimeout(timer);
    if (this.#streams.length < parameters.streams) {
      throw new Nonsense(isLate ? 'silence' : 'cut short', 'the client did not open its streams');
    }
    const isSender = parameters.reverse;
    this.#traffic = new Traffic(this.#streams, {
      parameters,
      isSender,
      intervalMs: 1_000,
      clock,
      onInterval: (interval) => {
        if (!parameters.wantsServerOutput) return;
        this.#intervals.push(interval);
        this.#lines.push(...intervalLines(interval, isSender));
      },
    });
    for (const { socket, connection } of this.#traffic.streams) {
      const { localAddress, localPort, remoteAddress, remotePort } = connection;
      const id = String(socket).padStart(3);
      this.#lines.push(
        `[${id}] local ${localAddress} port ${localPort} connected to ${remoteAddress} port ${remotePort}`,
      );
    }
    this.#lines.push(header(isSender));
    return this.#traffic;
  }

  async #exchangeResults(traffic: Traffic, { reverse, wantsServerOutput }: Parameters): Promise<void> {
    await this.#channel.send(STATE.exchangeResults);
    decodeResults(await this.#channel.readJson(MAXIMUM_RESULTS, this.#patienceMs));
    const streams = traffic.results();
    const output = wantsServerOutput ? this.#output(traffic, reverse) : {};
    const { congestionControl: congestion } = this.#channel.connection.info();
    await this.#channel.sendJson(
      encodeResults({ cpu: traffic.cpu(), streams, isSender: reverse, congestion, ...output }),
    );
  }

  #output(traffic: Traffic, isSender: boolean): { outputText?: string; outputJson?: unknown } {
    const results = traffic.results();
    if (this.#options.json === true) {
      return {
        outputJson: {
          intervals: this.#intervals.map((interval) => intervalJson(interval, isSender)),
          end: { [isSender ? 'sum_sent' : 'sum_received']: resultJson(sumOfResults(results), isSender) },
        },
      };
    }
    const role = isSender ? 'sender' : 'receiver';
    const lines = results.map((result, index) => summaryLine(traffic.streams[index]!.socket, result, role));
    if (results.length > 1) lines.push(summaryLine(undefined, sumOfResults(results), role));
    // Where there are several streams, each interval ends with a rule.
    else this.#lines.push(RULE);
    return { outputText: `${[...this.#lines, header(isSender, true), ...lines].join('\n')}\n` };
  }
}

function unexpected(state: number | undefined): Nonsense {
  return state === undefined
    ? new Nonsense('cut short', 'the client closed in the middle of a test')
    : new Nonsense('state', `the client said ${state}, which has no meaning here`);
}
