import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createInspector } from '../../src/inspect/index.ts';
import { type InspectorServer, serveInspector } from '../../src/node/inspector-server.ts';
import { echo, exchange, inspected } from '../support/inspected.ts';
import { socketUrl, type TestViewer, view } from '../support/inspector-client.ts';

const run = inspected();
const inspector = createInspector(run.stacks);
let server: InspectorServer;
let good: TestViewer;
/** How many of its batches were counted, and how many connections it so knows to live. */
let looked = 0;
let alive = 0;

beforeAll(async () => {
  echo(run.server.stack);
  server = await serveInspector(inspector, { port: 0 });
  good = await view(server.url);
});

afterAll(() => server.close());

/** The stack carries text, and the viewer that behaves is told of it. */
async function allIsWell(): Promise<void> {
  // Whatever a message has done to the run and to its link is undone.
  good.send({ command: 'resume' });
  for (const host of ['client', 'server']) {
    for (const direction of ['in', 'out'] as const)
      good.send({ command: 'faults', host, direction, impairments: {} });
    good.send({ command: 'blackhole', host, durationMs: 0 });
  }
  const id = `${Math.random()}`;
  good.send({ command: 'ack', batch: 0, id });
  await good.until(({ replies }) => replies.at(-1)?.reply === id);
  const exchanged = exchange(run.client.stack, 100);
  await run.clock.run();
  expect(await exchanged).toBe(100);
  await good.until(() => {
    for (const { envelopes } of good.batches.slice(looked)) {
      for (const { kind } of envelopes) {
        if (kind === 'connection.opened') alive++;
        if (kind === 'connection.ended') alive--;
      }
    }
    looked = good.batches.length;
    return alive === 0;
  });
  expect(good.socket.readyState).toBe(WebSocket.OPEN);
}

/** What became of a client that has sent this: it was answered, or its connection closed with a code. */
async function fateOf(message: string | Uint8Array, path = '/ws'): Promise<number | 'stays'> {
  const socket = new WebSocket(socketUrl(server.url, path));
  socket.on('error', () => {});
  await once(socket, 'open');
  return new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('pong', () => {
      socket.terminate();
      resolve('stays');
    });
    socket.send(message);
    // Read behind the message: whoever is answered was not closed for it.
    socket.ping();
  });
}

/** Commands, and what is nearly one: a field that is missing, or of another kind, or one too many. */
const nearlyCommand = fc
  .record(
    {
      command: fc.oneof(
        ...[
          'ack',
          'pause',
          'resume',
          'step',
          'play',
          'faults',
          'drop-next',
          'blackhole',
          'inject',
          'call',
        ].map((word) => fc.constant(word)),
        fc.constant('__proto__'),
        fc.jsonValue(),
      ),
      id: fc.oneof(fc.nat(), fc.string(), fc.jsonValue()),
      batch: fc.oneof(fc.double(), fc.jsonValue()),
      what: fc.oneof(
        fc.constantFrom('frame', 'timer', 'data', 'SYN', 'RST', 'old-duplicate'),
        fc.jsonValue(),
      ),
      direction: fc.oneof(fc.constantFrom('in', 'out'), fc.jsonValue()),
      impairments: fc.oneof(
        fc.dictionary(fc.constantFrom('loss', 'delayMs', 'rate', 'mtu', 'queue', '__proto__'), fc.double()),
        fc.jsonValue(),
      ),
      count: fc.oneof(fc.integer(), fc.jsonValue()),
      host: fc.oneof(fc.constantFrom('client', 'server', 'constructor'), fc.jsonValue()),
      connection: fc.oneof(fc.string(), fc.jsonValue()),
      call: fc.oneof(fc.constantFrom('close', 'send', 'abort'), fc.jsonValue()),
      text: fc.oneof(fc.string(), fc.jsonValue()),
      durationMs: fc.oneof(fc.double(), fc.jsonValue()),
      speed: fc.oneof(fc.double(), fc.jsonValue()),
    },
    { requiredKeys: ['command'] },
  )
  .map((fields) => JSON.stringify(fields));

describe('whatever comes over the socket', () => {
  test('a message is a command, or the end of its client with a code that says why', async () => {
    const message = fc.oneof(
      { weight: 4, arbitrary: nearlyCommand },
      { weight: 1, arbitrary: fc.json() },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      { weight: 1, arbitrary: fc.uint8Array() },
    );
    await fc.assert(
      fc.asyncProperty(message, async (sent) => {
        const fate = await fateOf(sent);
        const allowed = typeof sent === 'string' ? ['stays', 1008] : [1003];
        expect(allowed).toContain(fate);
        await allIsWell();
      }),
      { numRuns: 150 },
    );
  });

  test('nothing may be said at /stately', async () => {
    expect(await fateOf('{"type":"@xstate.event"}', '/stately')).toBe(1008);
    expect(await fateOf(new Uint8Array([1]), '/stately')).toBe(1008);
    await allIsWell();
  });

  test('bytes that are no WebSocket frames end their client alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean(), async (bytes, isCut) => {
        const socket = await upgraded();
        socket.write(bytes);
        if (isCut) socket.destroy();
        else socket.end();
        await once(socket.resume(), 'close');
        await allIsWell();
      }),
      { numRuns: 60 },
    );
  });

  test('bytes that are no HTTP end their client alone', async () => {
    const line = fc.oneof(
      fc.constantFrom('GET /ws HTTP/1.1', 'GET / HTTP/1.1', 'Upgrade: websocket', 'Connection: Upgrade', ''),
      fc.string({ unit: 'binary-ascii' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end(`${lines.join('\r\n')}\r\n\r\n`);
        await once(socket.resume(), 'close');
        await allIsWell();
      }),
      { numRuns: 60 },
    );
  });
});

async function upgraded(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}
