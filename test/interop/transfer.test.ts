/** Linux's own TCP fetches files from statewire and puts files there, and statewire fetches from Linux. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badAndCorrupted, checkedFrames, REMARKABLE } from '../support/capture.ts';
import { BIG_SIZE, curl, InteropFiles, sha256 } from '../support/interop-files.ts';
import { describeWithTun, withNamespace } from '../support/namespace.ts';
import { Serve } from '../support/serve.ts';

describeWithTun('files between Linux and statewire', () => {
  let files: InteropFiles;
  beforeAll(() => {
    files = new InteropFiles();
  });
  afterAll(() => files.dispose());

  describe.each([
    ['IPv4', 'http://198.18.0.2'],
    ['IPv6', 'http://[fd00::2]'],
  ])('over %s', (version, url) => {
    it('come and go whole, 64 MiB each way, and nothing is malformed, or sent twice but to probe', async () => {
      await withNamespace(async (namespace) => {
        const pcap = files.file(`clean-${version}.pcapng`);
        const serve = await Serve.start(namespace, files.http(['--pcap', pcap]));
        await curl(namespace, ['--output', files.file('got'), `${url}/big`]);
        expect(sha256(files.file('got'))).toBe(files.digest);
        await curl(namespace, ['--upload-file', join(files.root, 'big'), `${url}/put-${version}`]);
        expect(sha256(join(files.root, `put-${version}`))).toBe(files.digest);
        const { totals } = await serve.stop();
        // Nothing is lost; but where the machine is busy elsewhere for 10 ms, the tail is probed (RFC 8985 section 7).
        expect(totals.retransmissions).toBeLessThan(20);
        expect(totals.bytesSent).toBeGreaterThan(BIG_SIZE);
        const frames = await checkedFrames(pcap, REMARKABLE);
        expect(frames.filter(({ isSentAgain }) => !isSentAgain)).toEqual([]);
      });
    }, 120_000);
  });

  it('are fetched by 200 curls at once', async () => {
    await withNamespace(async (namespace) => {
      const serve = await Serve.start(namespace, files.http(['--msl', '0.1']));
      const script =
        'for i in $(seq 200); do curl --fail --silent --max-time 60 http://198.18.0.2/small | sha256sum & done; wait';
      const { stdout } = await namespace.exec('sh', ['-c', script], { timeoutMs: 90_000 });
      const expected = `${sha256(join(files.root, 'small'))}  -`;
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

  it.each([
    ['IPv4', 'http://198.18.0.1:8000/big'],
    ['IPv6', 'http://[fd00::1]:8000/big'],
  ])(
    'are fetched by `get` from a server of the kernel over %s, 64 MiB',
    async (version, url) => {
      await withNamespace(async (namespace) => {
        const server = await files.kernelServer(namespace);
        const pcap = files.file(`get-${version}.pcapng`);
        await files.get(namespace, url, ['--pcap', pcap]);
        expect(sha256(files.file('fetched'))).toBe(files.digest);
        expect(badAndCorrupted(await checkedFrames(pcap, REMARKABLE))).toEqual({ bad: [], corrupted: [] });
        server.kill();
      });
    },
    120_000,
  );
});
