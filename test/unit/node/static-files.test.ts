import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { staticFiles } from '../../../src/node/static-files.ts';

let folder: string;
let root: string;
let server: Server;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statewire-files-'));
  root = join(folder, 'root');
  await mkdir(join(root, 'sub'), { recursive: true });
  await writeFile(join(root, 'digits.txt'), '0123456789');
  await writeFile(join(root, 'empty'), '');
  await writeFile(join(root, 'sub', 'a&b 100%.html'), '<p>hello</p>');
  await writeFile(join(folder, 'secret'), 'not yours');
  await symlink(join(folder, 'secret'), join(root, 'out'));
  await symlink(join(root, 'digits.txt'), join(root, 'inside'));
  await serve({});
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

async function serve({ writable = false }: { writable?: boolean }): Promise<void> {
  server?.close();
  server = createServer(await staticFiles({ root, writable }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** By node:http, which sends a path as it is; fetch would tidy it up first. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks = await response.toArray();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
const get = (path: string, headers?: Record<string, string>) => ask('GET', path, headers);
const put = (path: string, body: string, headers?: Record<string, string>) => ask('PUT', path, headers, body);

describe('GET', () => {
  it('sends a file with its length, its type and when it was changed', async () => {
    const { status, headers, body } = await get('/digits.txt?query');
    expect({ status, body }).toEqual({ status: 200, body: '0123456789' });
    expect(headers).toMatchObject({
      'content-length': '10',
      'content-type': 'text/plain; charset=utf-8',
      'accept-ranges': 'bytes',
    });
    expect(Date.parse(headers['last-modified'] ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  it('sends an empty file', async () => {
    expect(await get('/empty')).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '0', 'content-type': 'application/octet-stream' },
    });
  });

  it('decodes names', async () => {
    expect(await get('/sub/a%26b%20100%25.html')).toMatchObject({ status: 200, body: '<p>hello</p>' });
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=9-9', '9', 'bytes 9-9/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('sends the range %s', async (range, body, contentRange) => {
    expect(await get('/digits.txt', { range })).toMatchObject({
      status: 206,
      body,
      headers: { 'content-range': contentRange, 'content-length': String(body.length) },
    });
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])(
    'has no range %s in a file of ten bytes',
    async (range) => {
      const answer = await get('/digits.txt', { range });
      expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    },
  );

  it.each(['bytes=0-1,4-5', 'bytes=4-2', 'lines=1-2', 'bytes=-', 'bytes=a-b'])(
    'sends the whole file for the range %s, which it does not serve',
    async (range) => {
      expect(await get('/digits.txt', { range })).toMatchObject({ status: 200, body: '0123456789' });
    },
  );

  it('sends the whole file when the range is meant for another version of it', async () => {
    const { headers } = await get('/digits.txt');
    const range = 'bytes=2-4';
    const same = { range, 'if-range': headers['last-modified']! };
    expect(await get('/digits.txt', same)).toMatchObject({ status: 206 });
    const other = { range, 'if-range': 'Thu, 01 Jan 1970 00:00:00 GMT' };
    expect(await get('/digits.txt', other)).toMatchObject({ status: 200 });
  });

  it('lists a directory, with links that lead to its files', async () => {
    expect((await get('/')).body).toContain('<a href="./sub/">sub/</a>');
    const { body, headers } = await get('/sub/');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('<a href="./../">../</a>');
    expect(body).toContain('<a href="./a%26b%20100%25.html">a&#38;b 100%.html</a>');
  });

  it('sends whoever forgets the slash of a directory there, and never to another host', async () => {
    expect(await get('/sub?x=1')).toMatchObject({ status: 301, headers: { location: '/sub/?x=1' } });
    expect(await get('//sub')).toMatchObject({ status: 301, headers: { location: '/sub/' } });
  });

  it.each(['/nothing', '/digits.txt/more', '/sub/nothing/'])('answers 404 for %s', async (path) => {
    expect(await get(path)).toMatchObject({ status: 404 });
  });

  it.each([
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/sub/..%5c..%5csecret',
    '/sub/../../secret',
    '/digits.txt%00.png',
    '/out',
  ])('keeps what is outside of the root to itself: %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(403);
    expect(body).not.toContain('yours');
  });

  it('follows symbolic links that stay inside', async () => {
    expect(await get('/inside')).toMatchObject({ status: 200, body: '0123456789' });
  });

  it('answers 400 for a path that is not percent-encoded UTF-8', async () => {
    expect(await get('/%ff')).toMatchObject({ status: 400 });
  });
});

it('answers HEAD as GET, without the file', async () => {
  for (const path of ['/digits.txt', '/sub/', '/nothing']) {
    const whole = await get(path);
    const head = await ask('HEAD', path);
    expect(head).toMatchObject({ status: whole.status, body: '' });
    expect(head.headers['content-length']).toBe(whole.headers['content-length']);
  }
});

it('refuses other methods, and says which there are', async () => {
  const answer = await ask('DELETE', '/digits.txt');
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  await serve({ writable: true });
  expect((await ask('POST', '/digits.txt', {}, 'x')).headers.allow).toBe('GET, HEAD, PUT');
});

describe('PUT', () => {
  it('is refused without leave', async () => {
    expect(await put('/new', 'text')).toMatchObject({ status: 403 });
    expect(await readdir(root)).not.toContain('new');
  });

  it('creates a file, and replaces one', async () => {
    await serve({ writable: true });
    expect(await put('/new', 'first')).toMatchObject({ status: 201, headers: { location: '/new' } });
    expect(await get('/new')).toMatchObject({ body: 'first' });
    expect(await put('/new', 'second')).toMatchObject({ status: 204 });
    expect(await get('/new')).toMatchObject({ body: 'second' });
  });

  it('leaves the old file and no part of the new one when the sender gives up', async () => {
    await serve({ writable: true });
    const { port } = server.address() as AddressInfo;
    const headers = { 'content-length': '100' };
    const asking = request({ host: '127.0.0.1', port, method: 'PUT', path: '/digits.txt', headers });
    asking.on('error', () => {});
    asking.write('half');
    await expect.poll(() => readdir(root)).toContainEqual(expect.stringMatching(/\.part$/));
    asking.destroy();
    await expect.poll(() => readdir(root)).not.toContainEqual(expect.stringMatching(/\.part$/));
    expect(await readFile(join(root, 'digits.txt'), 'utf8')).toBe('0123456789');
  });

  it.each([
    ['/../new', 403],
    ['/out', 403],
    ['/sub', 409],
    ['/sub/', 409],
    ['/', 409],
    ['/nowhere/new', 404],
  ])('to %s answers %i', async (path, status) => {
    await serve({ writable: true });
    expect(await put(path, 'text')).toMatchObject({ status });
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('not yours');
  });

  it('takes no part for the whole', async () => {
    await serve({ writable: true });
    const headers = { 'content-range': 'bytes 0-3/10' };
    expect(await put('/digits.txt', 'abcd', headers)).toMatchObject({ status: 400 });
  });
});

it('rejects a root that is no directory', async () => {
  await expect(staticFiles({ root: join(folder, 'secret') })).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(staticFiles({ root: join(folder, 'gone') })).rejects.toMatchObject({ code: 'ENOENT' });
});
