import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JoinedKernels } from '../support/joined-kernels.ts';
import { describeWithTun, withNamespace } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';

describeWithTun('statewire link, between two kernels', () => {
  it('carries IPv4 and IPv6 both ways, and takes the time that it is told to', async () => {
    await using kernels = await JoinedKernels.join(['--delay-out', '30', '--delay-in', '50']);
    for (const [namespace, address] of [
      [kernels.first, '198.18.0.2'],
      [kernels.second, '198.18.0.1'],
      [kernels.first, 'fd00::2'],
      [kernels.second, 'fd00::1'],
    ] as const) {
      const { code, stdout } = await namespace.exec('ping', ['-c', '2', '-i', '0.2', '-W', '5', address]);
      expect(code, stdout).toBe(0);
      const [, minimumMs] = /rtt min\S* = ([\d.]+)/.exec(stdout)!;
      expect(Number(minimumMs)).toBeGreaterThanOrEqual(79);
    }
    const { out, in: back } = await kernels.part();
    expect(out.frames).toBeGreaterThanOrEqual(8);
    expect(back.frames).toBeGreaterThanOrEqual(8);
  }, 60_000);

  it('loses on one way what it is told to lose there, and repeats it with the same seed', async () => {
    const lost: (number | undefined)[] = [];
    for (const _ of [1, 2]) {
      await using kernels = await JoinedKernels.join(['--loss-out', '30', '--seed', '7']);
      await kernels.first.exec('ping', ['-q', '-c', '40', '-i', '0.002', '-W', '1', '198.18.0.2']);
      const { out, in: back } = await kernels.part();
      expect(back.lost).toBe(0);
      expect(back.frames).toBeGreaterThan(10);
      lost.push(out.lost);
    }
    // A router solicitation may come between.
    expect(Math.abs(lost[0]! - lost[1]!)).toBeLessThanOrEqual(3);
    expect(lost[0]).toBeGreaterThan(3);
  }, 60_000);

  it('marks packets of ECN, and the kernel at the other end sees them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-link-'));
    try {
      const pcap = join(folder, 'link.pcapng');
      await using kernels = await JoinedKernels.join(['--ecn-mark-out', '50', '--pcap', pcap]);
      for (const namespace of [kernels.first, kernels.second])
        await namespace.exec('sysctl', ['-qw', 'net.ipv4.tcp_ecn=1']);
      const server = kernels.second.spawn('python3', ['-c', SINK]);
      await new Promise((resolve) => server.stdout!.once('data', resolve));
      expect((await kernels.first.exec('python3', ['-c', SOURCE])).stdout).toContain('sent');
      const { out, in: back } = await kernels.part();
      expect(out.marked).toBeGreaterThan(10);
      expect(back.marked).toBe(0);
      const { stdout } = await kernels.second.exec('cat', ['/proc/net/netstat']);
      expect(ipExt(stdout, 'InCEPkts')).toBeGreaterThan(10);
      // Marks leave the header's checksum right: tshark would say otherwise.
      const shown = await kernels.first.exec('tshark', [
        ...['-r', pcap, '-o', 'ip.check_checksum:TRUE', '-Y', 'ip.dsfield.ecn == 3'],
        ...['-T', 'fields', '-e', 'ip.checksum.status', '-e', 'frame.comment'],
      ]);
      const lines = new Set(shown.stdout.trim().split('\n'));
      expect([...lines]).toEqual(['1\tmarked']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('refuses one end, twice the same one, and a device that is no TUN device', async () => {
    await withNamespace(async (namespace) => {
      for (const [flags, says, code] of [
        [['--tun', 'left'], 'a link has two ends', 2],
        [['--tun', 'left', '--tun', 'left'], 'a link has two ends', 2],
        [['--tun', 'left', '--tun', 'lo'], 'lo', 2],
        [['--tun', 'left', '--tun', 'right', '--ecn-mark', '101'], '--ecn-mark', 2],
      ] as const) {
        const outcome = await namespace.exec(process.execPath, [CLI, 'link', ...flags]);
        expect(outcome.stderr).toContain(says);
        expect(outcome.code).toBe(code);
      }
    });
  }, 60_000);
});

describe('the counters of a kernel', () => {
  it('are read by their names', () => {
    expect(ipExt('IpExt: InOctets InCEPkts\nIpExt: 5 7\n', 'InCEPkts')).toBe(7);
  });
});

const SINK = `
import socket, sys
server = socket.create_server(('198.18.0.2', 7777))
print('ready', flush=True)
connection, _ = server.accept()
while connection.recv(65536): pass
`;

const SOURCE = `
import socket
connection = socket.create_connection(('198.18.0.2', 7777), timeout=15)
connection.sendall(bytes(300000))
connection.shutdown(socket.SHUT_WR)
connection.recv(1)
print('sent')
`;

function ipExt(netstat: string, name: string): number {
  const [names, values] = netstat.split('\n').filter((line) => line.startsWith('IpExt:'));
  const at = names!.split(' ').indexOf(name);
  return Number(values!.split(' ')[at]);
}
