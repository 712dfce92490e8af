import { describe, expect, it } from 'vitest';
import { type Linux, linuxThrough } from '../../../src/node/linux.ts';
import { type OpenTunOptions, openTunOn } from '../../../src/node/tun.ts';

const X64_LINUX = { platform: 'linux', arch: 'x64' };

describe('the system calls', () => {
  it('are refused with a way out where koffi is not installed', async () => {
    const cause = new Error("Cannot find package 'koffi'");
    await expect(linuxThrough(() => Promise.reject(cause), X64_LINUX)).rejects.toMatchObject({
      name: 'StackError',
      code: 'ENODEV',
      message: expect.stringContaining('npm install koffi'),
      cause,
    });
  });

  it('are refused where koffi is too old to watch a descriptor', async () => {
    await expect(linuxThrough(async () => ({ version: '2.14.0' }), X64_LINUX)).rejects.toMatchObject({
      code: 'ENODEV',
      message: expect.stringContaining('koffi 2.14.0'),
    });
  });

  it.each([
    [{ platform: 'darwin', arch: 'arm64' }, 'this is darwin'],
    [{ platform: 'linux', arch: 'ppc64' }, 'ppc64'],
  ])('are refused on %o without loading koffi', async (machine, reason) => {
    const importKoffi = () => expect.fail('koffi was loaded');
    await expect(linuxThrough(importKoffi, machine)).rejects.toMatchObject({
      code: 'ENODEV',
      message: expect.stringContaining(reason),
    });
  });
});

describe('openTun', () => {
  /** A kernel that no call may reach. */
  const untouched = new Proxy({} as Linux, { get: (_, call) => expect.fail(`${String(call)} was called`) });

  it.each<[string, OpenTunOptions, string]>([
    ['name', { name: 'much-too-long-a-name' }, '20 characters'],
    ['address', { name: 'tun7', address: '198.18.0.1' }, 'prefix length'],
    ['second address', { name: 'tun7', address: ['198.18.0.1/24', 'fd00::1/200'] }, 'from 0 to 128'],
    ['MTU below 68', { name: 'tun7', mtu: 67 }, 'from 68 to 65535'],
    ['MTU above 65,535', { name: 'tun7', mtu: 65_536 }, 'from 68 to 65535'],
    ['MTU with a fraction', { name: 'tun7', mtu: 1400.5 }, 'whole number'],
    ['MTU below 1,280 for IPv6', { name: 'tun7', mtu: 1279, address: 'fd00::1/64' }, 'as IPv6 needs'],
  ])('refuses a wrong %s before it touches anything', (_, options, reason) => {
    expect(() => openTunOn(untouched, options)).toThrow(
      expect.objectContaining({
        name: 'StackError',
        code: 'EINVAL',
        message: expect.stringContaining(reason),
      }),
    );
  });
});
