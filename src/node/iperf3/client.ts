import { randomBytes } from 'node:crypto';
import type { Connection, Stack } from '../../stack/api.ts';
import { Channel } from './channel.ts';
import {
  COOKIE_SIZE,
  cookieOf,
  decodeResults,
  encodeParameters,
  encodeResults,
  MAXIMUM_RESULTS,
  Nonsense,
  type Parameters,
  type Results,
  STATE,
} from './protocol.ts';
import { type Interval, Traffic } from './traffic.ts';

export interface Iperf3ClientOptions {
  readonly stack: Stack;
  readonly host: string;
  readonly port: number;
  readonly parameters: Parameters;
  readonly intervalMs: number;
  /** Ends the test early; the server is told. */
  readonly signal: AbortSignal;
  readonly onStart: (traffic: Traffic, cookie: string) => void;
  readonly onInterval: (interval: Interval) => void;
}

/** What both ends counted; without `remote` the test was ended early. */
export interface Outcome {
  readonly local: Results;
  readonly remote: Results | undefined;
  readonly traffic: Traffic;
}

/** The server did not do the test. */
export class Iperf3Error extends Error {
  override readonly name = 'Iperf3Error';
}

const PATIENCE_MS = 10_000;

/**
 * Runs one test against an iperf3 server.
 *
 * @throws Iperf3Error when the server refuses or leaves, StackError when the network has to say something
 */
export async function runIperf3(options: Iperf3ClientOptions): Promise<Outcome> {
  const { stack, host, port, signal } = options;
  const control = await stack.connect({ host, port, signal, noDelay: true });
  const test = new ClientTest(new Channel(control, stack.clock), options);
  const interrupt = (): void => test.interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  if (signal.aborted) interrupt();
  try {
    return await test.run();
  } catch (error) {
    throw error instanceof Nonsense ? new Iperf3Error(error.message) : error;
  } finally {
    signal.removeEventListener('abort', interrupt);
    test.dispose();
  }
}

class ClientTest {
  readonly #channel: Channel;
  readonly #options: Iperf3ClientOptions;
  readonly #cookie = cookieOf(randomBytes(COOKIE_SIZE));
  readonly #streams: Connection[] = [];
  #traffic: Traffic | undefined;
  #remote: Results | undefined;
  #isInterrupted = false;

  constructor(channel: Channel, options: Iperf3ClientOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  async run(): Promise<Outcome> {
    const channel = this.#channel;
    const { parameters } = this.#options;
    await channel.connection.write(this.#cookie);
    for (;;) {
      const state = await channel.readState();
      if (this.#isInterrupted) return this.#outcome();
      switch (state) {
        case STATE.parameterExchange:
          await channel.sendJson(encodeParameters(parameters));
          break;
        case STATE.createStreams:
          await this.#openStreams();
          break;
        case STATE.testStart:
          break;
        case STATE.testRunning:
          this.#start();
          break;
        case STATE.exchangeResults:
          await this.#exchangeResults();
          break;
        case STATE.displayResults:
          await channel.send(STATE.done);
          return this.#outcome();
        default:
          throw await this.#failure(state);
      }
    }
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#traffic?.stop();
    void this.#channel
      .send(STATE.clientTerminate)
      .then(() => this.#channel.connection.shutdown())
      .catch(() => {});
  }

  dispose(): void {
    this.#traffic?.stop();
    // What is still queued was not counted by anybody.
    for (const connection of this.#streams) connection.abort();
    void this.#channel.connection.close().catch(() => {});
  }

  async #openStreams(): Promise<void> {
    const { stack, host, port, parameters, signal, intervalMs, onInterval, onStart } = this.#options;
    for (let index = 0; index < parameters.streams; index++) {
      const connection = await stack.connect({ host, port, signal });
      this.#streams.push(connection);
      await connection.write(this.#cookie);
    }
    this.#traffic = new Traffic(this.#streams, {
      parameters,
      isSender: !parameters.reverse,
      intervalMs,
      clock: stack.clock,
      onInterval,
    });
    onStart(this.#traffic, new TextDecoder().decode(this.#cookie.subarray(0, COOKIE_SIZE - 1)));
  }

  #start(): void {
    const traffic = this.#traffic;
    if (traffic === undefined) throw new Iperf3Error('the server started a test without streams');
    const { parameters, stack } = this.#options;
    traffic.start();
    const end = (): void => {
      traffic.stop();
      if (!this.#isInterrupted) void this.#channel.send(STATE.testEnd).catch(() => {});
    };
    if (parameters.seconds === 0) void traffic.limitReached.then(end);
    else stack.clock.setTimeout(end, (parameters.seconds + parameters.omitSeconds) * 1_000);
  }

  async #exchangeResults(): Promise<void> {
    await this.#channel.sendJson(encodeResults(this.#local()));
    this.#remote = decodeResults(await this.#channel.readJson(MAXIMUM_RESULTS, PATIENCE_MS));
  }

  #local(): Results {
    const traffic = this.#traffic;
    if (traffic === undefined) throw new Iperf3Error('the server asked for results before there was a test');
    return {
      cpu: traffic.cpu(),
      streams: traffic.results(),
      congestion: this.#channel.connection.info().congestionControl,
      isSender: !this.#options.parameters.reverse,
    };
  }

  #outcome(): Outcome {
    const traffic = this.#traffic;
    if (traffic === undefined) throw new Iperf3Error('the test was ended before it began');
    return { local: this.#local(), remote: this.#remote, traffic };
  }

  async #failure(state: number | undefined): Promise<Iperf3Error> {
    if (state === undefined) return new Iperf3Error('the server closed the control connection');
    if (state === STATE.accessDenied) {
      return new Iperf3Error('the server is busy with another test; try again later');
    }
    if (state === STATE.serverTerminate) return new Iperf3Error('the server has been ended');
    if (state === STATE.serverError) {
      const code = new DataView((await this.#channel.readExactly(8, PATIENCE_MS)).buffer).getInt32(0);
      return new Iperf3Error(`the server refuses this test, with iperf3's error code ${code}`);
    }
    return new Iperf3Error(`the server said ${state}, which has no meaning in iperf3's protocol`);
  }
}
