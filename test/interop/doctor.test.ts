import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Check } from '../../src/node/doctor.ts';
import { describeWithTun, Namespace } from '../support/namespace.ts';
import { TunNode, UNPRIVILEGED_UID } from '../support/tun-node.ts';

const FIXTURE = fileURLToPath(new URL('fixtures/doctor.ts', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let namespace: Namespace;
let node: TunNode;

async function diagnosed(...args: string[]): Promise<Map<string, Check>> {
  const command = ['--import', 'tsx', FIXTURE, ...args];
  const { stdout, stderr } = await namespace.exec(process.execPath, command, { cwd: PROJECT });
  expect(stderr).toBe('');
  return new Map((JSON.parse(stdout) as Check[]).map((check) => [check.name, check]));
}
const unprivileged = () => diagnosed(String(UNPRIVILEGED_UID), node.path);

describeWithTun('diagnose', () => {
  beforeEach(async () => {
    namespace = await Namespace.create();
    node = await TunNode.create(namespace);
  });
  afterEach(async () => {
    await namespace.dispose();
    await node.dispose();
  });

  it('finds root well, by making a TUN device of which nothing stays', async () => {
    const checks = await diagnosed();
    expect([...checks.values()].filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.get('TUN device')?.detail).toContain('swdoctor0, which is gone again');
    const links = JSON.parse(await namespace.ip('-json', 'link', 'show')) as { ifname: string }[];
    expect(links.map(({ ifname }) => ifname)).toEqual(['lo']);
  });

  it('tells a user without privilege how to come by a device', async () => {
    const checks = await unprivileged();
    expect(checks.get(node.path)).toMatchObject({ ok: true });
    expect(checks.get('TUN device')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('sudo ip tuntap add dev tun7 mode tun user'),
    });
    expect(checks.get('CAP_NET_ADMIN')).toMatchObject({ ok: false });
  });

  it('finds a user well who owns a persistent device', async () => {
    await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun', 'user', String(UNPRIVILEGED_UID));
    const checks = await unprivileged();
    expect(checks.get('TUN device')).toMatchObject({ ok: true, detail: expect.stringContaining('tun7') });
    expect(checks.get('CAP_NET_ADMIN')).toMatchObject({ ok: true, detail: expect.stringContaining('tun7') });
  });

  it('says how to switch IPv6 on where it is off', async () => {
    const off = 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6';
    expect(await namespace.exec('sh', ['-c', off])).toMatchObject({ code: 0 });
    expect((await diagnosed()).get('IPv6')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('net.ipv6.conf.all.disable_ipv6=0'),
    });
  });
});
