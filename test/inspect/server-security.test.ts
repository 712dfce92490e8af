import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInspector } from '../../src/inspect/index.ts';
import { type InspectorServer, serveInspector } from '../../src/node/inspector-server.ts';
import { echo, exchange, inspected } from '../support/inspected.ts';
import { attempt, socketUrl, view } from '../support/inspector-client.ts';

const run = inspected();
const inspector = createInspector(run.stacks);
const folder = mkdtempSync(join(tmpdir(), 'inspector-page-'));
let server: InspectorServer;

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(folder, 'app.js'), 'export {};');
  writeFileSync(`${folder}.outside`, 'secret');
  server = await serveInspector(inspector, { port: 0, folder });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
  rmSync(`${folder}.outside`);
});

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** A request as it stands: fetch would not let a wrong Host, or a path with dots, through. */
async function get(
  path: string,
  headers: Record<string, string> = {},
  { method = 'GET', of = server }: { method?: string; of?: InspectorServer } = {},
): Promise<Answer> {
  const sent = request({
    host: new URL(of.url).hostname.replace(/[[\]]/g, ''),
    port: of.port,
    path,
    method,
    headers,
  });
  sent.end();
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const part of response) text += part;
  return { status: response.statusCode, headers: response.headers, text };
}

describe('the page', () => {
  test('is served, and may load nothing but its own files', async () => {
    const { status, headers, text } = await get('/');
    expect(status).toBe(200);
    expect(text).toContain('<title>page</title>');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  test('has the right types for its files, and none that are not its own', async () => {
    expect((await get('/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
    const name = folder.split('/').at(-1);
    for (const path of [
      '/missing.js',
      `/../${name}.outside`,
      `/%2e%2e/${name}.outside`,
      `/..%2f${name}.outside`,
      `/app.js/../../${name}.outside`,
      '/%00',
      '/%E0%A4%A',
      '/app.js/',
    ]) {
      const { status, text } = await get(path);
      expect([path, status]).toEqual([path, 404]);
      expect(text).not.toContain('secret');
    }
  });

  test('can be looked for, and not written to', async () => {
    const head = await get('/', {}, { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await get('/', {}, { method: 'POST' })).status).toBe(405);
    expect((await get('/', {}, { method: 'DELETE' })).status).toBe(405);
  });

  test('says what to do when it is not built', async () => {
    const bare = await serveInspector(inspector, { port: 0, folder: join(folder, 'nothing') });
    const { status, text } = await get('/', {}, { of: bare });
    expect(status).toBe(404);
    expect(text).toContain('npm run build');
    await bare.close();
  });
});

describe('the server', () => {
  test('listens on this machine alone, at an address of numbers', () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`);
  });

  test('answers under its own address and port, and under no name that points there', async () => {
    const { port } = server;
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
      expect([host, (await get('/', { Host: host })).status]).toEqual([host, 200]);
      expect([host, await attempt(server.url, '/ws', { Host: host })]).toEqual([host, 101]);
    }
    for (const host of [
      `evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `127.0.0.1:${port + 1}`,
      '127.0.0.1',
      'localhost',
      `127.0.0.2:${port}`,
      `[::1]:${port}`,
    ]) {
      expect([host, (await get('/', { Host: host })).status]).toEqual([host, 403]);
      expect([host, await attempt(server.url, '/ws', { Host: host })]).toEqual([host, 403]);
    }
  });

  test('admits its own page, and a client that is no browser', async () => {
    expect(await attempt(server.url, '/ws')).toBe(101);
    expect(await attempt(server.url, '/ws', { Origin: `http://127.0.0.1:${server.port}` })).toBe(101);
    expect(
      await attempt(server.url, '/ws', {
        Origin: `http://localhost:${server.port}`,
        Host: `localhost:${server.port}`,
      }),
    ).toBe(101);
  });

  test.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1',
    'https://127.0.0.1:7413',
    'http://127.0.0.1.evil.example:7413',
    'file://',
  ])('refuses a page of another origin: %s', async (text) => {
    const origin = text.replace('7413', String(server.port));
    expect(await attempt(server.url, '/ws', { Origin: origin })).toBe(403);
    expect(await attempt(server.url, '/stately', { Origin: origin })).toBe(403);
    expect((await get('/', { Origin: origin })).status).toBe(403);
  });

  test('refuses a rebound name even when Host and Origin agree', async () => {
    const host = `evil.example:${server.port}`;
    expect(await attempt(server.url, '/ws', { Host: host, Origin: `http://${host}` })).toBe(403);
  });

  test('knows two sockets, and no other', async () => {
    expect(await attempt(server.url, '/stately')).toBe(101);
    expect(await attempt(server.url, '/')).toBe(404);
    expect(await attempt(server.url, '/ws/more')).toBe(404);
  });

  test('admits one foreign page to /stately when told to, and to nothing else', async () => {
    const open = await serveInspector(inspector, {
      port: 0,
      folder,
      statelyOrigin: 'https://stately.example/',
    });
    const headers = { Origin: 'https://stately.example' };
    expect(await attempt(open.url, '/stately', headers)).toBe(101);
    expect(await attempt(open.url, '/ws', headers)).toBe(403);
    expect((await get('/', headers, { of: open })).status).toBe(403);
    expect(await attempt(open.url, '/stately', { Origin: 'https://other.example' })).toBe(403);
    await open.close();
    await expect(serveInspector(inspector, { port: 0, statelyOrigin: 'stately' })).rejects.toThrow(
      /origin stately is none/,
    );
  });

  test('wants a token where others than this machine may come', async () => {
    // An address that is loopback, and not written as one.
    const open = await serveInspector(inspector, { port: 0, folder, host: '::ffff:127.0.0.1' });
    const { search, hostname } = new URL(open.url);
    const Host = `127.0.0.1:${open.port}`;
    expect(hostname).toMatch(/^\[/);
    expect(search).toMatch(/^\?token=[0-9a-f]{32}$/);
    const of = { of: open };
    expect((await get(`/${search}`, { Host }, of)).status).toBe(200);
    expect((await get('/', { Host }, of)).status).toBe(403);
    expect((await get('/index.html', { Host }, of)).status).toBe(403);
    expect(await attempt(open.url, '/ws', { Host })).toBe(101);
    const bare = open.url.replace(search, '');
    expect(await attempt(bare, '/ws', { Host })).toBe(403);
    expect(await attempt(bare, '/stately', { Host })).toBe(403);
    expect(await attempt(`${bare}?token=${'0'.repeat(32)}`, '/ws', { Host })).toBe(403);
    await open.close();
  });

  test('says what to do about a port that is taken', async () => {
    await expect(serveInspector(inspector, { port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringMatching(/another program listens there; give another port/),
    });
  });
});

describe('a message that is none', () => {
  test.each([
    ['no JSON', 'hello', 1008],
    ['no command', '{"command":"format disk"}', 1008],
    ['a command with a wrong field', '{"command":"step","what":1}', 1008],
    ['bytes', new Uint8Array([1, 2, 3]), 1003],
    ['too long', `"${'x'.repeat(100_000)}"`, 1009],
  ])('ends the connection of its sender, and of nobody else: %s', async (_, message, code) => {
    const good = await view(server.url);
    const bad = await view(server.url);
    bad.socket.send(message);
    const [closed] = await once(bad.socket, 'close');
    expect(closed).toBe(code);
    good.send({ command: 'ack', batch: 1, id: 'alive' });
    await good.until(({ replies }) => replies.length > 0);
    expect(good.replies).toEqual([{ v: 1, reply: 'alive', ok: true }]);
    await good.close();
  });

  test.each([
    ['frames that are no WebSocket frames', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])],
    ['an end in the middle of a frame', Buffer.from([0x81])],
  ])('does the stack no harm: %s', async (_, bytes) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await once(socket, 'data');
    socket.end(bytes);
    socket.resume();
    await once(socket, 'close');
    const exchanged = exchange(run.client.stack, 1_000, 9);
    const listener = echo(run.server.stack, 9);
    await run.clock.run();
    expect(await exchanged).toBe(1_000);
    await listener.close();
  });

  test('is not answered when it is no HTTP either', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.end('nonsense\r\n\r\n');
    let answer = '';
    socket.on('data', (part) => {
      answer += part;
    });
    await once(socket, 'close');
    expect(answer).toBe('');
    expect((await get('/')).status).toBe(200);
  });
});

describe('the server at its end', () => {
  test('lets viewers and the stack go', async () => {
    const own = createInspector(run.stacks);
    const short = await serveInspector(own, { port: 0, folder });
    const viewer = await view(short.url);
    expect(own.watched).toBe(true);
    expect(short.clients).toBe(1);
    const closed = once(viewer.socket, 'close');
    await short.close();
    expect((await closed)[0]).toBe(1001);
    expect(own.watched).toBe(false);
    await expect(attempt(short.url, '/ws')).rejects.toThrow(/ECONNREFUSED/);
    expect(socketUrl(short.url, '/ws')).toMatch(/^ws:\/\/127/);
  });
});
