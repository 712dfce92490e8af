/** Fragments of the kernel's, and its reading of ours. */

import { expect, it } from 'vitest';
import { describeWithTun, withNamespace } from '../support/namespace.ts';
import { Serve } from '../support/serve.ts';

describeWithTun('a ping too large for one frame', () => {
  it('is answered, over IPv4 and IPv6, its reply in fragments as well', async () => {
    await withNamespace(async (namespace) => {
      const serve = await Serve.start(namespace, ['--echo', '7']);
      for (const [family, address] of [
        ['-4', '198.18.0.2'],
        ['-6', 'fd00::2'],
      ] as const) {
        for (const size of ['4000', '60000']) {
          // Every octet that comes back is compared with what was sent.
          const args = [family, '-c', '3', '-i', '0.2', '-W', '5', '-s', size, '-p', '5a17c3', address];
          const { code, stdout } = await namespace.exec('ping', args);
          expect(stdout).toContain('3 packets transmitted, 3 received, 0% packet loss');
          expect(stdout).not.toContain('wrong data byte');
          expect(code).toBe(0);
        }
      }
      const { counters } = await serve.stop();
      expect(counters).toMatchObject({ 'ip.reassembled': 12, 'icmp.echo-replies': 12 });
      expect(Object.keys(counters).filter((name) => name.includes('fragment'))).toEqual([]);
    });
  });
});
