import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStack, pair, type Stack } from '../../../src/index.ts';
import { chargen, discard, echo, type Service, serveConnections } from '../../../src/node/simple-services.ts';
import { seededRandom, type VirtualClock, virtualClock } from '../../../src/sim/index.ts';
import type { Connection } from '../../../src/stack/api.ts';

let clock: VirtualClock;
let client: Stack;
let server: Stack;

beforeEach(() => {
  clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 1 });
  client = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  server = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
});
afterEach(() => {
  void client.close(0);
  void server.close(0);
});

/** Runs a client against a service, and the network until both are through. */
async function meet<T>(service: Service, talk: (connection: Connection) => Promise<T>): Promise<T> {
  void serveConnections(server.listen({ port: 7 }), service);
  const done = client.connect({ host: '198.18.0.2', port: 7 }).then(talk);
  await clock.run();
  return done;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function readAll(connection: Connection): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read())
    chunks.push(bytes);
  return Buffer.concat(chunks);
}

async function readExactly(connection: Connection, count: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (let left = count; left > 0; ) {
    const bytes = await connection.read(left);
    if (bytes === null) throw new Error('the stream ended early');
    chunks.push(bytes);
    left -= bytes.length;
  }
  return Buffer.concat(chunks);
}

describe('echo', () => {
  it('sends back what comes, all of it, and closes after its client', async () => {
    const text = 'to and fro '.repeat(50_000);
    const answer = await meet(echo, async (connection) => {
      const sent = connection.write(bytesOf(text)).then(() => connection.shutdown());
      const echoed = await readAll(connection);
      await sent;
      return echoed;
    });
    expect(answer.toString() === text).toBe(true);
    expect(server.connections.size).toBe(0);
  });
});

describe('discard', () => {
  it('takes all that comes, and sends nothing before its FIN', async () => {
    const received = await meet(discard, async (connection) => {
      await connection.write(new Uint8Array(1_000_000));
      await connection.shutdown();
      return readAll(connection);
    });
    expect(received).toHaveLength(0);
    expect(server.connections.size).toBe(0);
  });
});

describe('chargen', () => {
  it('sends lines of 72 characters, each beginning one later, and over the 95 printable ones again', async () => {
    const text = await meet(chargen, async (connection) => {
      const bytes = await readExactly(connection, 96 * 74);
      connection.abort();
      return bytes.toString('latin1');
    });
    const lines = text.split('\r\n').slice(0, -1);
    expect(lines).toHaveLength(96);
    expect(lines[0]).toBe(` !"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_\`abcdefg`);
    expect(lines[1]).toBe(`${lines[0]!.slice(1)}h`);
    expect(lines[94]!.slice(0, 3)).toBe('~ !');
    expect(lines[95]).toBe(lines[0]);
  });

  it('ends with its client, by a close as by a reset', async () => {
    await meet(chargen, async (connection) => {
      await readExactly(connection, 100_000);
      await connection.shutdown();
      await readAll(connection);
    });
    expect(server.connections.size).toBe(0);
    expect([...client.connections].map(({ state }) => state)).toEqual([]);
  });
});

it('a lost connection leaves the others served', async () => {
  void serveConnections(server.listen({ port: 7 }), echo);
  const talk = async (): Promise<string> => {
    const lost = await client.connect({ host: '198.18.0.2', port: 7 });
    await lost.write(bytesOf('half a'));
    lost.abort();
    const kept = await client.connect({ host: '198.18.0.2', port: 7 });
    await kept.write(bytesOf('whole'));
    await kept.shutdown();
    return (await readAll(kept)).toString();
  };
  const answer = talk();
  await clock.run();
  expect(await answer).toBe('whole');
});
