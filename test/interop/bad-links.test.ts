/** Files between Linux and statewire over a link that loses, reorders, duplicates and corrupts. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { badAndCorrupted, checkedFrames, REMARKABLE } from '../support/capture.ts';
import { curl, InteropFiles, sha256 } from '../support/interop-files.ts';
import { describeWithTun, withNamespace } from '../support/namespace.ts';
import { Serve } from '../support/serve.ts';

const BAD_LINK = ['--loss', '2', '--reorder', '5', '--duplicate', '1', '--corrupt', '0.5', '--seed', '11'];

describeWithTun('files over a bad link between Linux and statewire', () => {
  let files: InteropFiles;
  beforeAll(() => {
    files = new InteropFiles();
  });
  afterAll(() => files.dispose());

  it('survive a link that loses, reorders, duplicates and corrupts, both ways; the capture says of each bad frame why', async () => {
    await withNamespace(async (namespace) => {
      const pcap = files.file('bad.pcapng');
      const serve = await Serve.start(namespace, files.http(['--pcap', pcap, ...BAD_LINK]));
      await curl(namespace, ['--output', files.file('got'), 'http://198.18.0.2/big']);
      expect(sha256(files.file('got'))).toBe(files.digest);
      await curl(namespace, ['--upload-file', join(files.root, 'big'), 'http://198.18.0.2/put-bad']);
      expect(sha256(join(files.root, 'put-bad'))).toBe(files.digest);
      expect((await serve.stop()).totals.retransmissions).toBeGreaterThan(100);
      const { bad, corrupted } = badAndCorrupted(await checkedFrames(pcap, `ip && (${REMARKABLE})`));
      expect(corrupted.length).toBeGreaterThan(100);
      // Over IPv4 every flipped bit is caught by a checksum. (IPv6 has none over its traffic class, flow label and hop limit;
      // the kernel's own router solicitations are IPv6.)
      expect(bad).toEqual(corrupted);
    });
  }, 300_000);

  it('get out of a black hole on the way to Linux, and are told by ICMP of a narrow path on the way back', async () => {
    for (const probing of ['blackhole', 'always']) {
      await withNamespace(async (namespace) => {
        const link = ['--path-mtu-out', '1400', '--path-mtu-in', '1300,icmp', '--delay', '5'];
        const serve = await Serve.start(namespace, files.http([...link, '--mtu-probing', probing]));
        const middle = sha256(join(files.root, 'middle'));
        await curl(namespace, ['--output', files.file('got-middle'), 'http://198.18.0.2/middle']);
        expect(sha256(files.file('got-middle'))).toBe(middle);
        await curl(namespace, ['--upload-file', join(files.root, 'middle'), 'http://198.18.0.2/put-middle']);
        expect(sha256(join(files.root, 'put-middle'))).toBe(middle);
        const { stdout } = await namespace.exec('ip', ['route', 'get', '198.18.0.2']);
        expect(stdout).toContain('mtu 1300');
        await serve.stop();
      });
    }
  }, 120_000);

  it('are fetched by `get` over such a link', async () => {
    await withNamespace(async (namespace) => {
      const server = await files.kernelServer(namespace);
      const pcap = files.file('bad-get.pcapng');
      await files.get(namespace, 'http://198.18.0.1:8000/big', ['--pcap', pcap, ...BAD_LINK]);
      expect(sha256(files.file('fetched'))).toBe(files.digest);
      const { bad, corrupted } = badAndCorrupted(await checkedFrames(pcap, `ip && (${REMARKABLE})`));
      expect(corrupted.length).toBeGreaterThan(50);
      expect(bad).toEqual(corrupted);
      server.kill();
    });
  }, 300_000);
});
