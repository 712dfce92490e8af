/** `statewire get` against a web server of the kernel, which answers in every way. */

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lines } from '../support/lines.ts';
import { describeWithTun, exitOf, Namespace, type Outcome } from '../support/namespace.ts';
import { CLI, KERNEL, PROJECT, STACK } from '../support/serve.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/web-server.ts', import.meta.url));
const WEB = 'http://198.18.0.1:8000';
const SECURE = 'https://198.18.0.1:8443';

describeWithTun('statewire get', () => {
  let namespace: Namespace;
  let folder: string;
  beforeAll(async () => {
    namespace = await Namespace.create();
    const server = namespace.spawnTypeScript(FIXTURE, ['8000', '8443'], { cwd: PROJECT });
    await new Lines(server.stdout!).next((line) => line === 'ready');
  }, 30_000);
  afterAll(() => namespace.dispose());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'statewire-get-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const args = (url: string, flags: readonly string[]) => [
    CLI,
    'get',
    url,
    ...['--tun', 'tun7', ...KERNEL, ...STACK],
    ...flags,
  ];
  const get = (url: string, ...flags: string[]): Promise<Outcome> =>
    namespace.exec(process.execPath, args(url, flags), { cwd: folder });

  it('writes the body to stdout, and nothing else anywhere', async () => {
    expect(await get(`${WEB}/chunked`)).toEqual({ code: 0, stdout: 'one, two', stderr: '' });
  });

  it('writes it to a file with -o, in place of the one that was there', async () => {
    await writeFile(join(folder, 'file'), 'old');
    expect(await get(`${WEB}/chunked`, '-o', 'file')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('one, two');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('reaches IPv6 addresses', async () => {
    expect(await get('http://[fd00::1]:8000/chunked')).toMatchObject({ code: 0, stdout: 'one, two' });
  });

  it('speaks TLS, and trusts no certificate that nobody vouches for', async () => {
    const { code, stdout, stderr } = await get(`${SECURE}/chunked`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('--insecure takes any certificate');
    expect(await get(`${SECURE}/chunked`, '--insecure')).toEqual({ code: 0, stdout: 'one, two', stderr: '' });
  });

  it('sends the headers that it is given', async () => {
    const { stdout } = await get(`${WEB}/headers`, '--header', 'X-One: 1', '--header', 'user-agent: me');
    expect(JSON.parse(stdout)).toMatchObject({ 'x-one': '1', 'user-agent': 'me', host: '198.18.0.1:8000' });
  });

  it('tells as JSON how it went, on stdout where that is free', async () => {
    const { stdout, stderr } = await get(`${WEB}/hop`, '-o', 'file', '--json');
    const events = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object);
    expect(events).toEqual([
      { event: 'response', url: `${WEB}/headers`, status: 200, length: expect.any(Number) },
      expect.objectContaining({ event: 'done', bytes: expect.any(Number), retransmissions: 0 }),
    ]);
    expect(stderr).toBe('');
    expect((await get(`${WEB}/chunked`, '--json')).stdout).toBe('one, two');
  });

  describe('follows redirects', () => {
    it('to where they lead, with the headers that are the host’s', async () => {
      const { code, stdout } = await get(`${WEB}/hop`, '--header', 'authorization: secret');
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, authorization: 'secret' });
    });

    it('to another origin without what was meant for the first one', async () => {
      const flags = [
        '--header',
        'authorization: secret',
        '--header',
        'Cookie: a=b',
        '--header',
        'x-plain: yes',
      ];
      const headers = JSON.parse((await get(`${WEB}/elsewhere`, ...flags)).stdout) as Record<string, string>;
      expect(headers).toMatchObject({ host: '198.18.0.1:8001', 'x-plain': 'yes' });
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['authorization']));
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['cookie']));
    });

    it('ten times and no more', async () => {
      const { code, stderr } = await get(`${WEB}/loop`);
      expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('more than 10') });
    });

    it('to no file of this machine', async () => {
      const { code, stdout, stderr } = await get(`${WEB}/to-a-file`);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('which is no http or https URL');
    });
  });

  it.each([
    ['an error status', `${WEB}/nothing`, '404 Not Found'],
    ['a closed port', 'http://198.18.0.1:8002/', 'ECONNREFUSED 198.18.0.1:8002'],
    [
      'an end before the whole length',
      `${WEB}/short`,
      'the server closed the connection before all 1000 bytes had come',
    ],
    ['a reset', `${WEB}/reset`, 'the server reset the connection before all 1000 bytes had come'],
  ])('takes %s for a failure, says so in a line, and leaves no part of a file', async (_, url, words) => {
    const { code, stdout, stderr } = await get(url, '-o', 'file');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^statewire: .*\n$/);
    expect(stderr).toContain(words);
    expect(await readdir(folder)).toEqual([]);
  });

  it('ends at SIGINT with exit code 130, and leaves neither a part of a file nor its device', async () => {
    const child = namespace.spawn(process.execPath, args(`${WEB}/endless`, ['-o', 'file', '--json']), {
      cwd: folder,
    });
    await new Lines(child.stdout!).next((line) => line.includes('"response"'));
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual({ code: 130, signal: null });
    expect(await readdir(folder)).toEqual([]);
    expect(await namespace.ip('-oneline', 'link', 'show')).not.toContain('tun7');
  });

  it('stops without a word when nobody reads on', async () => {
    const script = '"$@" | head -c 4';
    const { stdout, stderr } = await namespace.exec('sh', [
      ...['-c', script, 'sh', process.execPath],
      ...args(`${WEB}/flood`, []),
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: 'floo', stderr: '' });
  });
});
