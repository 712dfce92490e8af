/** Linux's own TCP fetches files from statewire and puts files there, and statewire fetches from Linux. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badAndCorrupted, checkedFrames, REMARKABLE } from '../support/capture.ts';
import { describeWithTun, type Namespace, withNamespace } from '../support/namespace.ts';
import { CLI, KERNEL, Serve, STACK } from '../support/serve.ts';

const SIZE = 64 * 2 ** 20;
const BAD_LINK = ['--loss', '2', '--reorder', '5', '--duplicate', '1', '--corrupt', '0.5', '--seed', '11'];

const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

describeWithTun('files between Linux and statewire', () => {
  let folder = '';
  let root = '';
  let digest = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'statewire-'));
    root = mkdtempSync(join(folder, 'root-'));
    writeFileSync(join(root, 'big'), randomBytes(SIZE));
    writeFileSync(join(root, 'small'), randomBytes(10_000));
    digest = sha256(join(root, 'big'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string): string => join(folder, name);
  const http = (more: readonly string[]): string[] => ['--http', '80', '--root', root, '--writable', ...more];

  const curl = async (namespace: Namespace, args: readonly string[]): Promise<void> => {
    const { code, stderr } = await namespace.exec(
      'curl',
      ['--fail', '--silent', '--show-error', '--max-time', '150', ...args],
      {
        timeoutMs: 160_000,
      },
    );
    expect(`${code} ${stderr}`).toBe('0 ');
  };

  describe.each([
    ['IPv4', 'http://198.18.0.2'],
    ['IPv6', 'http://[fd00::2]'],
  ])('over %s', (version, url) => {
    it('come and go whole, 64 MiB each way, and nothing is sent twice or malformed', async () => {
      await withNamespace(async (namespace) => {
        const pcap = file(`clean-${version}.pcapng`);
        const serve = await Serve.start(namespace, http(['--pcap', pcap]));
        await curl(namespace, ['--output', file('got'), `${url}/big`]);
        expect(sha256(file('got'))).toBe(digest);
        await curl(namespace, ['--upload-file', join(root, 'big'), `${url}/put-${version}`]);
        expect(sha256(join(root, `put-${version}`))).toBe(digest);
        const { totals } = await serve.stop();
        expect(totals.retransmissions).toBe(0);
        expect(totals.bytesSent).toBeGreaterThan(SIZE);
        const frames = await checkedFrames(pcap, REMARKABLE);
        expect(frames.filter(({ direction, isSentAgain }) => isSentAgain && direction === 'in')).toHaveLength(
          frames.length,
        );
      });
    }, 120_000);
  });

  it('are fetched by 200 curls at once', async () => {
    await withNamespace(async (namespace) => {
      const serve = await Serve.start(namespace, http(['--msl', '0.1']));
      const script =
        'for i in $(seq 200); do curl --fail --silent --max-time 60 http://198.18.0.2/small | sha256sum & done; wait';
      const { stdout } = await namespace.exec('sh', ['-c', script], { timeoutMs: 90_000 });
      const expected = `${sha256(join(root, 'small'))}  -`;
      expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 200 }, () => expected));
      await serve.until(({ connections }) => connections === 0);
      expect((await serve.stop()).totals.connections).toBe(200);
    });
  }, 120_000);

  it('do not keep it from answering ping, over IPv4 and IPv6', async () => {
    await withNamespace(async (namespace) => {
      const serve = await Serve.start(namespace, ['--echo', '7']);
      for (const args of [['198.18.0.2'], ['-6', 'fd00::2']]) {
        const { code, stdout } = await namespace.exec('ping', [
          '-c',
          '3',
          '-i',
          '0.2',
          '-s',
          '1000',
          ...args,
        ]);
        expect(stdout).toContain('3 packets transmitted, 3 received, 0% packet loss');
        expect(code).toBe(0);
      }
      await serve.stop();
    });
  });

  /** A server of the kernel's, in the namespace; it serves `root` at port 8000 of every address. */
  const kernelServer = async (namespace: Namespace) => {
    const server = namespace.spawn('python3', [
      '-m',
      'http.server',
      '8000',
      '--bind',
      '::',
      '--directory',
      root,
    ]);
    await expect
      .poll(async () => (await namespace.exec('ss', ['-ltn'])).stdout, { timeout: 10_000 })
      .toContain(':8000');
    return server;
  };

  const get = (namespace: Namespace, url: string, flags: readonly string[]) =>
    namespace.exec(
      process.execPath,
      [CLI, 'get', url, '-o', file('fetched'), '--tun', 'tun7', ...KERNEL, ...STACK, ...flags],
      { timeoutMs: 150_000 },
    );

  it.each([
    ['IPv4', 'http://198.18.0.1:8000/big'],
    ['IPv6', 'http://[fd00::1]:8000/big'],
  ])(
    'are fetched by `get` from a server of the kernel over %s, 64 MiB',
    async (version, url) => {
      await withNamespace(async (namespace) => {
        const server = await kernelServer(namespace);
        const pcap = file(`get-${version}.pcapng`);
        const { code, stderr } = await get(namespace, url, ['--pcap', pcap]);
        expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
        expect(sha256(file('fetched'))).toBe(digest);
        expect(badAndCorrupted(await checkedFrames(pcap, REMARKABLE))).toEqual({ bad: [], corrupted: [] });
        server.kill();
      });
    },
    120_000,
  );

  it('survive a link that loses, reorders, duplicates and corrupts, both ways; the capture says of each bad frame why', async () => {
    await withNamespace(async (namespace) => {
      const pcap = file('bad.pcapng');
      const serve = await Serve.start(namespace, http(['--pcap', pcap, ...BAD_LINK]));
      await curl(namespace, ['--output', file('got'), 'http://198.18.0.2/big']);
      expect(sha256(file('got'))).toBe(digest);
      await curl(namespace, ['--upload-file', join(root, 'big'), 'http://198.18.0.2/put-bad']);
      expect(sha256(join(root, 'put-bad'))).toBe(digest);
      expect((await serve.stop()).totals.retransmissions).toBeGreaterThan(100);
      const { bad, corrupted } = badAndCorrupted(await checkedFrames(pcap, `ip && (${REMARKABLE})`));
      expect(corrupted.length).toBeGreaterThan(100);
      // Over IPv4 every flipped bit is caught by a checksum. (IPv6 has none over its traffic class, flow label and hop limit;
      // the kernel's own router solicitations are IPv6.)
      expect(bad).toEqual(corrupted);
    });
  }, 300_000);

  it('are fetched by `get` over such a link', async () => {
    await withNamespace(async (namespace) => {
      const server = await kernelServer(namespace);
      const pcap = file('bad-get.pcapng');
      const { code, stderr } = await get(namespace, 'http://198.18.0.1:8000/big', [
        '--pcap',
        pcap,
        ...BAD_LINK,
      ]);
      expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
      expect(sha256(file('fetched'))).toBe(digest);
      const { bad, corrupted } = badAndCorrupted(await checkedFrames(pcap, `ip && (${REMARKABLE})`));
      expect(corrupted.length).toBeGreaterThan(50);
      expect(bad).toEqual(corrupted);
      server.kill();
    });
  }, 300_000);
});
