/** `statewire serve --workers`: several stacks on the queues of one TUN device, with Linux's own TCP at the other end. */

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWithTun, exitOf, Namespace } from '../support/namespace.ts';
import { CLI, KERNEL, Serve, STACK, type Stats } from '../support/serve.ts';

const CLIENT = fileURLToPath(new URL('fixtures/workers-client.py', import.meta.url));

interface Shares extends Stats {
  readonly workers: readonly { readonly connections: number }[];
}

describeWithTun('statewire serve --workers', () => {
  let namespace: Namespace;
  beforeEach(async () => {
    namespace = await Namespace.create();
  });
  afterEach(() => namespace.dispose());

  async function refusal(...flags: string[]): Promise<string> {
    const child = namespace.spawn(process.execPath, [
      CLI,
      'serve',
      '--tun',
      'tun7',
      ...KERNEL,
      ...STACK,
      ...flags,
    ]);
    let stderr = '';
    child.stderr!.on('data', (data) => {
      stderr += data;
    });
    expect(await exitOf(child)).toEqual({ code: 2, signal: null });
    return stderr;
  }

  it('spreads connections over the stacks, and each stays where it began, silent for more than 4 s or not', async () => {
    const serve = await Serve.start(namespace, ['--echo', '7', '--workers', '2']);
    // 24 connections, echoes on all, a silence in which the kernel forgets whose they are, echoes again, and then a transfer.
    const client = namespace.exec('python3', [CLIENT, '24', '4.5'], { timeoutMs: 60_000 });
    const { workers } = (await serve.until(({ connections }) => connections === 24)) as Shares;
    const shares = workers.map(({ connections }) => connections);
    expect(shares).toHaveLength(2);
    // All 24 at one of them: once in eight million runs.
    for (const share of shares) expect(share).toBeGreaterThan(0);
    expect((await client).stdout).toBe('done\n');
    const { totals, counters } = await serve.stop();
    expect(totals.connections).toBe(24);
    expect(totals.bytesReceived).toBe(24 * (2 * 100 + 200_000));
    expect(counters['connections.accepted']).toBe(24);
    expect(counters['tcp.resets-sent']).toBeUndefined();
  });

  it('answers ping, also with what comes in fragments, over IPv4 and IPv6', async () => {
    const serve = await Serve.start(namespace, ['--echo', '7', '--workers', '3']);
    for (const host of ['198.18.0.2', 'fd00::2'])
      await namespace.exec('ping', ['-n', '-q', '-c', '3', '-i', '0.05', '-s', '4000', '-W', '5', host]);
    await serve.stop();
  });

  it('ends with the reason when its device is taken away', async () => {
    const child = namespace.spawn(process.execPath, [
      ...[CLI, 'serve', '--tun', 'tun7', ...KERNEL, ...STACK, '--echo', '7', '--workers', '2'],
    ]);
    let stderr = '';
    child.stderr!.on('data', (data) => {
      stderr += data;
    });
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    await namespace.ip('link', 'delete', 'tun7');
    expect(await exitOf(child, 20_000)).toEqual({ code: 1, signal: null });
    expect(stderr).toContain('tun7 was deleted');
  });

  describe('refuses', () => {
    it.each([
      [['--pcap', 'x.pcapng']],
      [['--inspect']],
      [['--record', 'x.jsonl']],
      [['--iperf3']],
      [['--loss', '2']],
    ])('%j, which several stacks cannot share, and says why', async (flags) => {
      const said = await refusal('--workers', '2', '--echo', '7', ...flags);
      expect(said).toContain("can't go with --workers");
    });

    it('a device of one queue, and says how several are made', async () => {
      await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun');
      expect(await refusal('--workers', '2', '--echo', '7')).toContain('multi_queue');
    });
  });
});
