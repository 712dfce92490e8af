/** How `serve` waits for packets and for those who are slow, with Linux's own TCP at the other end. */

import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithTun, Namespace } from '../support/namespace.ts';
import { Serve, type Stats } from '../support/serve.ts';

const CLIENT = fileURLToPath(new URL('fixtures/waiting-client.py', import.meta.url));

interface Device {
  readonly wakeUps: number;
  readonly caught: number;
  readonly dropped: Readonly<Record<string, number>>;
}

const deviceOf = (stats: Stats): Device => stats.device as Device;
const sum = (figures: Readonly<Record<string, number>>): number =>
  Object.values(figures).reduce((total, figure) => total + figure, 0);

describeWithTun('waiting for packets', () => {
  let namespace: Namespace;
  let serve: Serve;
  const start = async (...flags: string[]): Promise<void> => {
    serve = await Serve.start(namespace, ['--echo', '7', ...flags]);
  };
  const client = (...args: string[]) => namespace.exec('python3', [CLIENT, ...args], { timeoutMs: 60_000 });
  beforeEach(async () => {
    namespace = await Namespace.create();
  });
  afterEach(async () => {
    await serve.stop();
    await namespace.dispose();
  });

  it('spins between the octets of an echo, and sleeps through a second in which nothing comes', async () => {
    await start('--spin', '1000');
    await client('echo', '5000');
    const busy = deviceOf(await serve.stats());
    expect(busy.caught).toBeGreaterThan(1_000);
    // The last connection's end and its delayed events are over by then.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const before = (await serve.stats()).cpuMs as number;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const used = ((await serve.stats()).cpuMs as number) - before;
    expect(used).toBeLessThan(200);
  });

  it('does not spin at all with --spin 0', async () => {
    await start('--spin', '0');
    await client('echo', '500');
    expect(deviceOf(await serve.stats())).toMatchObject({ caught: 0 });
  });

  it('closes the window on a peer that does not read its echo, keeps a bounded amount, and then gives it all', async () => {
    await start();
    const before = await serve.stats();
    // Sends until nothing more is taken, and says how much that was; then reads everything and compares.
    const { stdout } = await client('unread', '67108864');
    const { stalledAt, echoed } = JSON.parse(stdout) as { stalledAt: number; echoed: number };
    expect(echoed).toBe(67_108_864);
    // Both buffers of the stack, and both of the kernel, which grow up to 6 MiB and 4 MiB.
    expect(stalledAt).toBeLessThan(20_000_000);
    const after = await serve.stats();
    expect(sum(deviceOf(after).dropped)).toBe(sum(deviceOf(before).dropped));
  });

  it('has room in the kernel for ten thousand packets, or for as many as somebody has chosen', async () => {
    const lengthOf = async (name: string) =>
      (JSON.parse(await namespace.ip('-json', 'link', 'show', 'dev', name)) as { txqlen: number }[])[0]!
        .txqlen;
    await start();
    expect(await lengthOf('tun7')).toBe(10_000);
    await serve.stop();
    await namespace.ip('tuntap', 'add', 'dev', 'tun7', 'mode', 'tun');
    await namespace.ip('link', 'set', 'dev', 'tun7', 'txqueuelen', '700');
    await start();
    expect(await lengthOf('tun7')).toBe(700);
  });
});
