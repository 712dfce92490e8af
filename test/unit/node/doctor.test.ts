import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/node/doctor.ts';

/** So that no device is made outside of a network namespace. */
const path = '/dev/net/no-tun-here';
const onLinux = process.platform === 'linux';

describe('diagnose', () => {
  it('says for every thing that is amiss what to do, and for no other', async () => {
    for (const check of await diagnose({ path })) {
      expect(check.detail).not.toBe('');
      expect(check.remedy !== undefined).toBe(!check.ok);
    }
  });

  it('finds the Node that it runs under good enough', async () => {
    const checks = await diagnose({ path });
    expect(checks.find(({ name }) => name === 'Node.js')).toMatchObject({
      ok: true,
      detail: process.versions.node,
    });
  });

  it.skipIf(!onLinux)('looks at each thing that a TUN device needs', async () => {
    const names = (await diagnose({ path })).map(({ name }) => name);
    expect(names).toEqual(['platform', 'Node.js', 'koffi', path, 'CAP_NET_ADMIN', 'IPv6', 'Wireshark']);
  });

  it.skipIf(!onLinux)('finds a missing /dev/net/tun, and says how a container gets it', async () => {
    const check = (await diagnose({ path })).find(({ name }) => name === path);
    expect(check?.ok).toBe(false);
    expect(check?.remedy).toContain('--device /dev/net/tun');
  });

  it.skipIf(onLinux)('says that a TUN device needs Linux', async () => {
    const [platform] = await diagnose({ path });
    expect(platform).toMatchObject({ name: 'platform', ok: false });
  });
});
