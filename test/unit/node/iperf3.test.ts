/** What iperf3's two ends say to each other, and what becomes of nonsense. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pair } from '../../../src/net/index.ts';
import { runIperf3 } from '../../../src/node/iperf3/client.ts';
import {
  COOKIE_SIZE,
  cookieOf,
  decodeJson,
  decodeParameters,
  decodeResults,
  encodeJson,
  encodeParameters,
  encodeResults,
  Nonsense,
  type Parameters,
  Refusal,
  STATE,
  streamId,
} from '../../../src/node/iperf3/protocol.ts';
import { Iperf3Server } from '../../../src/node/iperf3/server.ts';
import { scaled, summaryLine } from '../../../src/node/iperf3/text.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import type { Connection } from '../../../src/stack/api.ts';
import { createStack } from '../../../src/stack/stack.ts';

const PARAMETERS: Parameters = {
  omitSeconds: 0,
  seconds: 1,
  bytes: 0,
  blocks: 0,
  streams: 1,
  reverse: false,
  blockSize: 131_072,
  bitsPerSecond: 0,
  noDelay: false,
  wantsServerOutput: false,
};

describe('the messages', () => {
  it('number the streams 1, 3, 4, 5, as the stock pair does', () => {
    expect([0, 1, 2, 3].map(streamId)).toEqual([1, 3, 4, 5]);
  });

  it('bear a cookie of 36 characters and a NUL', () => {
    const cookie = cookieOf(Uint8Array.from({ length: COOKIE_SIZE }, (_, at) => at * 7));
    expect(new TextDecoder().decode(cookie)).toMatch(/^[a-z2-7]{36}\0$/);
  });

  it('take parameters and results there and back', () => {
    const parameters = { ...PARAMETERS, reverse: true, streams: 128, bitsPerSecond: 5 };
    expect(decodeParameters(decodeJson(encodeJson(encodeParameters(parameters)).subarray(4)))).toEqual(
      parameters,
    );
    const results = {
      cpu: { total: 3, user: 1, system: 2 },
      streams: [{ id: 1, bytes: 9, retransmits: 2, seconds: 1.5 }],
      congestion: 'reno',
      isSender: true,
    };
    expect(decodeResults({ ...encodeResults(results) })).toEqual(results);
  });

  it.each([
    [{ udp: true }, 13],
    [{ bidirectional: true }, 13],
    [{ parallel: 129 }, 6],
    [{ parallel: 0 }, 6],
    [{ len: 1_048_577 }, 7],
  ])('refuse %j with the code %i', (json, code) => {
    expect(() => decodeParameters(json)).toThrow(Refusal);
    expect(() => decodeParameters(json)).toThrow(expect.objectContaining({ code }));
  });

  it('throw nothing but Nonsense and Refusal, whatever comes', () => {
    const only = (decode: () => unknown): void => {
      try {
        decode();
      } catch (error) {
        expect(error instanceof Nonsense || error instanceof Refusal).toBe(true);
      }
    };
    const keys = fc.constantFrom(
      'parallel',
      'len',
      'time',
      'num',
      'omit',
      'bandwidth',
      'streams',
      'blockcount',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), fc.uint8Array(), (json, bytes) => {
        only(() => decodeParameters(json));
        only(() => decodeResults(json));
        only(() => decodeJson(bytes));
      }),
    );
  });
});

describe('the text', () => {
  it('has three digits and a prefix', () => {
    expect([0, 999, 1_050_000, 12_345_678].map((value) => scaled(value, 1_000))).toEqual([
      '0.00 ',
      ' 999 ',
      '1.05 M',
      '12.3 M',
    ]);
  });

  it('has the columns of the stock client', () => {
    const result = { id: 1, bytes: 125_000, retransmits: 0, seconds: 1 };
    expect(summaryLine(5, result, 'sender')).toBe(
      '[  5]   0.00-1.00   sec   122 KBytes  1.00 Mbits/sec    0             sender',
    );
  });
});

describe('the server', () => {
  async function world(play: (connect: () => Promise<Connection>, run: Run) => Promise<void>) {
    const clock = virtualClock();
    const [left, right] = pair(clock, { delayMs: 1 });
    const a = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
    const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
    const server = new Iperf3Server({ stack: b });
    const listener = b.listen({ port: 5_201 });
    void server.serve(listener);
    const place = { host: '198.18.0.2', port: 5_201 };
    const run = (parameters: Partial<Parameters>, signal = new AbortController().signal) =>
      runIperf3({
        ...place,
        stack: a,
        parameters: { ...PARAMETERS, ...parameters },
        intervalMs: 1_000,
        signal,
        onStart: () => {},
        onInterval: () => {},
      });
    let failure: unknown;
    void play(() => a.connect(place), run)
      .catch((error) => {
        failure = error ?? new Error('failed');
      })
      .finally(() => listener.close());
    await clock.run();
    if (failure !== undefined) throw failure;
    return server.counts;
  }
  type Run = (parameters: Partial<Parameters>, signal?: AbortSignal) => ReturnType<typeof runIperf3>;

  const small = { seconds: 0, bytes: 100_000, blockSize: 10_000 };
  const untilEnd = async (connection: Connection): Promise<number[]> => {
    const all: number[] = [];
    try {
      for (let bytes = await connection.read(); bytes; bytes = await connection.read()) all.push(...bytes);
    } catch {
      all.push(-1);
    }
    return all;
  };

  it('runs tests of our own client in both directions, and both count the same bytes', async () => {
    const counts = await world(async (_connect, run) => {
      for (const reverse of [false, true]) {
        const { local, remote } = await run({ ...small, reverse, streams: 2 });
        const [sent, received] = reverse ? [remote, local] : [local, remote];
        const sum = (results: typeof sent) => results!.streams.reduce((total, { bytes }) => total + bytes, 0);
        expect(sum(sent)).toBeGreaterThanOrEqual(100_000);
        expect(sum(received)).toBeGreaterThan(0);
        expect(sum(received)).toBeLessThanOrEqual(sum(sent));
      }
    });
    expect(counts).toEqual({ completed: 2 });
  });

  it.each([
    ['a huge length', Uint8Array.of(0xff, 0xff, 0xff, 0xff), 'length'],
    ['text that is no JSON', Uint8Array.of(0, 0, 0, 2, 0x7b, 0x7b), 'json'],
    ['JSON that is no object', encodeJson([1]), 'json'],
    ['parameters of a wrong kind', encodeJson({ tcp: true, time: 'long' }), 'parameters'],
    ['nothing at all', new Uint8Array(0), 'silence'],
  ])('counts %s, closes, and runs the next test', async (_what, bytes, reason) => {
    const counts = await world(async (connect, run) => {
      const connection = await connect();
      await connection.write(new Uint8Array(COOKIE_SIZE));
      if (bytes.length > 0) await connection.write(bytes);
      expect((await untilEnd(connection))[0]).toBe(STATE.parameterExchange);
      await connection.close();
      expect((await run(small)).remote).toBeDefined();
    });
    expect(counts).toEqual({ [reason]: 1, completed: 1 });
  });

  it('denies a stream with a wrong cookie, and waits for the right one', async () => {
    const counts = await world(async (connect) => {
      const control = await connect();
      await control.write(new Uint8Array(COOKIE_SIZE).fill(1));
      await control.write(encodeJson(encodeParameters(PARAMETERS)));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([9, 10]);
      const wrong = await connect();
      await wrong.write(new Uint8Array(COOKIE_SIZE).fill(2));
      expect(await untilEnd(wrong)).toEqual([STATE.accessDenied]);
      await wrong.close();
      const right = await connect();
      await right.write(new Uint8Array(COOKIE_SIZE).fill(1));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([1, 2]);
      await control.write(Uint8Array.of(STATE.clientTerminate));
      await Promise.all([right.close(), control.close()]);
    });
    expect(counts).toEqual({ denied: 1, 'terminated by the client': 1 });
  });

  it('tells in words what it saw, when it is asked for', async () => {
    const counts = await world(async (connect) => {
      const control = await connect();
      await control.write(new Uint8Array(COOKIE_SIZE).fill(1));
      await control.write(encodeJson({ ...encodeParameters(PARAMETERS), get_server_output: 1 }));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([9, 10]);
      const stream = await connect();
      await stream.write(new Uint8Array(COOKIE_SIZE + 1_024).fill(1));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([1, 2]);
      await control.write(Uint8Array.of(STATE.testEnd));
      await control.write(encodeJson({ streams: [] }));
      expect((await control.read(1))![0]).toBe(STATE.exchangeResults);
      await control.write(Uint8Array.of(STATE.done));
      const answer = Uint8Array.from(await untilEnd(control));
      expect(answer.at(-1)).toBe(STATE.displayResults);
      const results = decodeJson(answer.subarray(4, -1));
      expect(results.streams).toMatchObject([{ id: 1, bytes: 1_024 }]);
      expect(results.server_output_text).toMatch(/^Accepted connection from 198\.18\.0\.1, port \d+\n/);
      expect(results.server_output_text).toMatch(/ 1\.00 KBytes .* receiver\n$/);
      await Promise.all([stream.close(), control.close()]);
    });
    expect(counts).toEqual({ completed: 1 });
  });

  it('ends the streams that it sends on at the end of a test, since the stock client reads them out first', async () => {
    const counts = await world(async (connect) => {
      const control = await connect();
      await control.write(new Uint8Array(COOKIE_SIZE).fill(1));
      const parameters = { ...PARAMETERS, reverse: true, blockSize: 5_000, bitsPerSecond: 80_000 };
      await control.write(encodeJson(encodeParameters(parameters)));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([9, 10]);
      const stream = await connect();
      await stream.write(new Uint8Array(COOKIE_SIZE).fill(1));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([1, 2]);
      await control.write(Uint8Array.of(STATE.testEnd));
      expect((await untilEnd(stream)).length).toBeGreaterThan(0);
      await control.write(encodeJson({ streams: [] }));
      await control.write(Uint8Array.of(STATE.done));
      await untilEnd(control);
      await Promise.all([stream.close(), control.close()]);
    });
    expect(counts).toEqual({ completed: 1 });
  });

  it('counts a state without meaning in mid-test', async () => {
    const counts = await world(async (connect) => {
      const control = await connect();
      await control.write(new Uint8Array(COOKIE_SIZE).fill(1));
      await control.write(encodeJson(encodeParameters(PARAMETERS)));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([9, 10]);
      const stream = await connect();
      await stream.write(new Uint8Array(COOKIE_SIZE).fill(1));
      expect([(await control.read(1))![0], (await control.read(1))![0]]).toEqual([1, 2]);
      await control.write(Uint8Array.of(77));
      expect(await untilEnd(control)).toEqual([]);
      await stream.close();
    });
    expect(counts).toEqual({ state: 1 });
  });
});
