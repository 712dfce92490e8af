import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { itAsNode, listening, once, stackHosts } from '../../support/net-hosts.ts';

/** Two connected sockets on a virtual clock. */
async function connected(options: Parameters<typeof stackHosts>[0] = {}) {
  const clock = virtualClock();
  const hosts = stackHosts({ ...options, clock });
  let accepted: Socket | undefined;
  hosts.server
    .createServer((socket) => {
      accepted = socket.on('error', () => {});
    })
    .listen(7);
  const client = hosts.client.connect(7, hosts.host).on('error', () => {});
  await clock.run({ until: () => accepted !== undefined && client.readyState === 'open' });
  return { clock, hosts, client, server: accepted! };
}

describe('setTimeout of a socket', () => {
  itAsNode('tells of idleness once, and closes nothing', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    await once(client, 'connect');
    client.setTimeout(50, () => {
      log.note('client', `called back, ${client.timeout}, ${client.readyState}`);
      setTimeout(() => client.end(), 120);
    });
    await log.closed(2);
    server.close();
  });

  it('waits anew with every read and write', async () => {
    const { clock, client, server } = await connected();
    const startMs = clock.now();
    const timesMs: number[] = [];
    client.setTimeout(1_000);
    client.on('timeout', () => timesMs.push(clock.now() - startMs));
    client.resume();
    await clock.run({ untilMs: startMs + 600 });
    server.write('x');
    await clock.run({ untilMs: startMs + 1_200 });
    client.write('y');
    expect(timesMs).toEqual([]);
    await clock.run({ untilMs: startMs + 10_000 });
    expect(timesMs).toEqual([2_200]);
    client.write('z');
    await clock.run({ untilMs: startMs + 20_000 });
    expect(timesMs).toEqual([2_200, 11_000]);
  });

  it('is turned off by 0, together with the listener that it was given', async () => {
    const { clock, client } = await connected();
    let fired = 0;
    const listener = (): void => void fired++;
    client.setTimeout(1_000, listener);
    client.setTimeout(0, listener);
    await clock.run({ untilMs: clock.now() + 5_000 });
    expect([fired, client.listenerCount('timeout')]).toEqual([0, 0]);
  });

  it('takes a long write for active as long as the peer takes some of it', async () => {
    const { clock, client, server } = await connected({ receiveBuffer: 4_096, sendBuffer: 4_096 });
    const startMs = clock.now();
    const timesMs: number[] = [];
    client.on('timeout', () => timesMs.push(clock.now() - startMs));
    client.setTimeout(1_000);
    client.write(Buffer.alloc(2 ** 20));
    // 64 KiB or less every 500 ms, which all together takes longer than the timeout.
    for (let round = 1; round <= 8; round++) {
      server.read();
      await clock.run({ untilMs: startMs + round * 500 });
    }
    expect(timesMs).toEqual([]);
    await clock.run({ untilMs: startMs + 30_000 });
    expect(timesMs.length).toBe(1);
    client.destroy();
    server.destroy();
  });

  it('does not outlive the socket', async () => {
    const { clock, client } = await connected();
    let fired = 0;
    client.setTimeout(1_000, () => fired++);
    client.destroy();
    client.setTimeout(1_000, () => fired++);
    await clock.run({ untilMs: clock.now() + 5_000 });
    expect(fired).toBe(0);
  });
});

describe('setKeepAlive of a socket', () => {
  it('probes a silent peer after the initial delay, until it is turned off', async () => {
    const { clock, hosts, client } = await connected();
    const startMs = clock.now();
    const timesMs: number[] = [];
    hosts.stacks[0].tap(({ kind, reason }) => {
      if (kind === 'sent' && /keep-alive/i.test(reason)) timesMs.push(clock.now() - startMs);
    });
    client.setKeepAlive(true, 10_000);
    await clock.run({ untilMs: startMs + 15_000 });
    expect(timesMs.length).toBe(1);
    client.setKeepAlive(false);
    await clock.run({ untilMs: startMs + 60_000 });
    expect(timesMs.length).toBe(1);
  });

  it('waits two hours when no delay is given', async () => {
    const { clock, hosts, client } = await connected();
    let probes = 0;
    hosts.stacks[0].tap(({ kind, reason }) => {
      if (kind === 'sent' && /keep-alive/i.test(reason)) probes++;
    });
    client.setKeepAlive(true);
    await clock.run({ untilMs: clock.now() + 7_190_000 });
    expect(probes).toBe(0);
    await clock.run({ untilMs: clock.now() + 20_000 });
    expect(probes).toBe(1);
  });
});

describe('setNoDelay of a socket', () => {
  it('lets small writes go although others are unacknowledged', async () => {
    const segments = async (noDelay: boolean): Promise<number> => {
      const { clock, client, server } = await connected();
      server.resume();
      client.setNoDelay(noDelay);
      const before = client.connection!.info().segmentsSent;
      for (let count = 0; count < 5; count++) {
        client.write('x');
        await Promise.resolve();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const sent = client.connection!.info().segmentsSent - before;
      await clock.run({ untilMs: clock.now() + 1_000 });
      return sent;
    };
    expect(await segments(false)).toBe(1);
    expect(await segments(true)).toBe(5);
  });
});
