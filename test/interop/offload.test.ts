/** Super-segments and checksums that nobody computes, between Linux and statewire; and the same without. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkedFrames } from '../support/capture.ts';
import { BIG_SIZE, curl, InteropFiles, MIDDLE_SIZE, sha256 } from '../support/interop-files.ts';
import { describeWithTun, type Namespace, withNamespace } from '../support/namespace.ts';
import { Serve } from '../support/serve.ts';

interface DeviceCounters {
  readonly framesIn: number;
  readonly framesOut: number;
  readonly superSegmentsIn: number;
  readonly superSegmentsOut: number;
}

describeWithTun('offload', () => {
  let files: InteropFiles;
  beforeAll(() => {
    files = new InteropFiles();
  });
  afterAll(() => files.dispose());

  /** A file down and up; the counters of the device and of the connections at the end. */
  async function transfer(
    namespace: Namespace,
    url: string,
    flags: readonly string[],
    name: string,
    what: 'big' | 'middle' = 'big',
  ) {
    const digest = sha256(join(files.root, what));
    const serve = await Serve.start(namespace, files.http(flags));
    await curl(namespace, ['--output', files.file(name), `${url}/${what}`]);
    await curl(namespace, ['--upload-file', join(files.root, what), `${url}/put-${name}`]);
    expect(sha256(files.file(name))).toBe(digest);
    expect(sha256(join(files.root, `put-${name}`))).toBe(digest);
    const { totals, device } = await serve.stop();
    return { totals, device: device as unknown as DeviceCounters };
  }

  it.each([
    ['IPv4', 'http://198.18.0.2'],
    ['IPv6', 'http://[fd00::2]'],
  ])(
    'carries 64 MiB each way in super-segments over %s, and each octet arrives as it was sent',
    async (version, url) => {
      await withNamespace(async (namespace) => {
        const { device, totals } = await transfer(namespace, url, [], `with-${version}`);
        expect(device.superSegmentsIn).toBeGreaterThan(100);
        expect(device.superSegmentsOut).toBeGreaterThan(100);
        // Nothing is lost; but where the machine is busy elsewhere for 10 ms, the tail is probed (RFC 8985 section 7).
        expect(totals.retransmissions).toBeLessThan(20);
        // The connections count what a link would have carried, the device what crossed.
        const segments = BIG_SIZE / 1_448;
        expect(totals.segmentsSent).toBeGreaterThan(segments);
        expect(totals.segmentsReceived).toBeGreaterThan(segments);
        expect(device.framesOut + device.framesIn).toBeLessThan(segments);
      });
    },
    120_000,
  );

  it.each([
    ['IPv4', 'http://198.18.0.2'],
    ['IPv6', 'http://[fd00::2]'],
  ])(
    'is off with --no-offload: all that crosses over %s are frames within the MTU',
    async (version, url) => {
      await withNamespace(async (namespace) => {
        const { device } = await transfer(namespace, url, ['--no-offload'], `without-${version}`);
        expect(device.superSegmentsIn + device.superSegmentsOut).toBe(0);
        expect(device.framesIn).toBeGreaterThan(BIG_SIZE / 1_460);
        expect(device.framesOut).toBeGreaterThan(BIG_SIZE / 1_460);
      });
    },
    120_000,
  );

  it('leaves captures as those of a link: no frame above the MTU, and every checksum right', async () => {
    await withNamespace(async (namespace) => {
      const pcap = files.file('offload.pcapng');
      const { device } = await transfer(
        namespace,
        'http://198.18.0.2',
        ['--pcap', pcap],
        'captured',
        'middle',
      );
      expect(device.superSegmentsIn).toBeGreaterThan(0);
      const all = await checkedFrames(pcap);
      expect(all.length).toBeGreaterThan((2 * MIDDLE_SIZE) / 1_460);
      expect(all.filter(({ isBad }) => isBad)).toEqual([]);
      const args = ['-r', pcap, '-Y', 'frame.len > 1500', '-T', 'fields', '-e', 'frame.number'];
      expect(execFileSync('tshark', args, { encoding: 'utf8' })).toBe('');
    });
  }, 180_000);

  it.each([
    ['to one without', [], ['--no-offload']],
    ['from one without', ['--no-offload'], []],
  ])(
    "of a persistent device is its owner's: it is handed on %s, which gets what it asks for",
    async (_, first, second) => {
      await withNamespace(async (namespace) => {
        await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun');
        for (const [index, flags] of [first, second].entries()) {
          const serve = await Serve.start(namespace, files.http(flags));
          await curl(namespace, [
            '--upload-file',
            join(files.root, 'big'),
            `http://198.18.0.2/handed-${index}`,
          ]);
          expect(sha256(join(files.root, `handed-${index}`))).toBe(files.digest);
          const device = (await serve.stop()).device as unknown as DeviceCounters;
          if (flags.length === 0) expect(device.superSegmentsIn).toBeGreaterThan(100);
          else expect(device.superSegmentsIn).toBe(0);
        }
      });
    },
    120_000,
  );

  it('is off where a bad network is asked for, and the ready line says which', async () => {
    await withNamespace(async (namespace) => {
      for (const [flags, offload] of [
        [[], true],
        [['--no-offload'], false],
        [['--loss', '1'], false],
      ] as const) {
        const serve = await Serve.start(namespace, ['--echo', '7', ...flags]);
        expect(serve.ready.offload).toBe(offload);
        await serve.stop();
      }
    });
  });
});
