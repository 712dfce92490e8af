import { describe, expect, test } from 'vitest';
import { configOf, wireVersion } from '../../../src/drill/config.ts';
import { parseScript } from '../../../src/drill/index.ts';
import { ESTABLISHED, outcome, play } from './script.ts';

function config(head: string, overrides: Record<string, string> = {}) {
  const source = { file: 'x.pkt', text: `${head}\n0 close(3) = 0` };
  return configOf(source, parseScript(source).options, overrides);
}

describe('the options of a script', () => {
  test('have defaults, which depend on the IP version', () => {
    expect(config('')).toMatchObject({
      ipVersion: 'ipv4',
      localAddress: '192.168.0.1',
      toleranceMs: 4,
      mtu: 1_500,
    });
    expect(config('--ip_version=ipv6')).toMatchObject({
      localAddress: 'fd3d:fa7b:d17d::1',
      remoteAddress: '2001:db8::1',
    });
    expect(wireVersion(config('--ip_version=ipv4-mapped-ipv6'))).toBe(4);
  });

  test('are overruled by the command line', () => {
    expect(config('--tolerance_usecs=100000 --bind_port=99', { tolerance_usecs: '5' })).toMatchObject({
      toleranceMs: 0.005,
      bindPort: 99,
    });
  });

  test('of the original that mean nothing here are taken, and left alone', () => {
    expect(config('--mss=1000 --tun_dev=tun0 --speed=100')).toEqual(config(''));
  });

  test.each([
    ['--wrong=1', /^x\.pkt:1:1: there is no option --wrong/],
    ['--ip_version=ipv5', /^x\.pkt:1:1: --ip_version is "ipv5"; give ipv4, ipv6/],
    ['--mtu', /^x\.pkt:1:1: --mtu is ""; give a number of bytes/],
    ['--local_ip=here', /--local_ip is "here"; give an address/],
  ])('are refused, with their place: %s', (head, message) => {
    expect(() => config(head)).toThrow(message);
  });

  test('of the command line are refused as what they are', () => {
    expect(() => config('', { wrong: '1' })).toThrow(RangeError);
  });

  test('decide addresses and ports', () => {
    const options = '--local_ip=198.18.0.1 --remote_ip=198.18.0.9 --bind_port=99 --mtu=1000\n';
    const result = play(`${options}${ESTABLISHED.replace('<...>', '<mss 960>')}`);
    expect(result.verdict).toBe('pass');
    expect(result.frames[0]?.frame.slice(12, 24)).toEqual(
      Uint8Array.of(198, 18, 0, 9, 198, 18, 0, 1, 0x9c, 0x41, 0, 99),
    );
  });
});

describe('profiles', () => {
  test('decide what #ifdef holds for', () => {
    const text = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
#ifdef STANDARD
+0 listen(3, 1) = 0
#endif
#ifdef FreeBSD
+0 close(4) = 0
#endif
`;
    expect(outcome(text)).toBe('pass');
    expect(outcome(text, { profile: 'freebsd' })).toContain('close: expected 0, got -1 EBADF');
  });

  test('decide how windows, buffers and errors look', () => {
    const window = (wnd: number) => ESTABLISHED.replace('ack 1 <...>', `ack 1 win ${wnd} <...>`);
    expect(outcome(window(65_535))).toBe('pass');
    const buffer = (size: number) =>
      `${ESTABLISHED}+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [1000], 4) = 0\n+0 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [${size}], [4]) = 0`;
    expect(outcome(buffer(1_000))).toBe('pass');
    expect(outcome(buffer(2_000), { profile: 'linux' })).toBe('pass');
    const resetInCloseWait = (errno: string) =>
      `${ESTABLISHED}+0 < F. 1:1(0) ack 1 win 1\n+0 > . 1:1(0) ack 2\n+0 < R 2:2(0) win 0\n+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [${errno}], [4]) = 0`;
    expect(outcome(resetInCloseWait('ECONNRESET'))).toBe('pass');
    expect(outcome(resetInCloseWait('EPIPE'), { profile: 'linux' })).toBe('pass');
  });
});
