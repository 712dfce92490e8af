import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { stackHosts } from '../../support/net-hosts.ts';

/** Two connected sockets; the server's reads when told to. */
async function connected() {
  const clock = virtualClock();
  const hosts = stackHosts({ clock, receiveBuffer: 8_192 });
  let accepted: Socket | undefined;
  hosts.server
    .createServer({ pauseOnConnect: true }, (socket) => {
      accepted = socket;
    })
    .listen(7);
  const client = hosts.client.connect(7, hosts.host);
  await clock.run({ until: () => accepted !== undefined && client.readyState === 'open' });
  const server = accepted!;
  const all: string[] = [];
  for (const [name, socket] of Object.entries({ client, server })) {
    socket.on('end', () => all.push(`${name} end`));
    socket.on('error', (error: NodeJS.ErrnoException) => all.push(`${name} ${error.code}`));
    socket.on('close', () => all.push(`${name} close`));
  }
  return { clock, hosts, client, server, all };
}

describe('linger', () => {
  it('of none delivers what was written, after close', async () => {
    const { clock, client, server, all } = await connected();
    client.end(Buffer.alloc(100_000));
    client.resume();
    await clock.run({ untilMs: clock.now() + 1_000 });
    client.destroy();
    await clock.run({ untilMs: clock.now() + 1_000 });
    expect(all).toEqual(['client close']);
    let count = 0;
    server.on('data', (bytes: Buffer) => {
      count += bytes.length;
    });
    server.resume();
    await clock.run({ untilMs: clock.now() + 10_000 });
    expect([count, all]).toEqual([100_000, ['client close', 'server end', 'server close']]);
  });

  it('of 0 resets the connection and throws away what was written', async () => {
    const { clock, hosts, client, server, all } = await connected();
    client.linger = 0;
    client.write(Buffer.alloc(100_000));
    await clock.run({ untilMs: clock.now() + 1_000 });
    client.destroy();
    server.resume();
    await clock.run({ untilMs: clock.now() + 1_000 });
    expect(all).toEqual(['client close', 'server ECONNRESET', 'server close']);
    expect([...hosts.stacks[0].connections]).toEqual([]);
  });

  it('of some seconds closes when all is acknowledged', async () => {
    const { clock, client, server, all } = await connected();
    client.linger = 10;
    client.write(Buffer.alloc(100_000));
    await clock.run({ untilMs: clock.now() + 1_000 });
    client.destroy();
    await clock.run({ untilMs: clock.now() + 4_000 });
    expect(all).toEqual([]);
    server.resume();
    await clock.run({ untilMs: clock.now() + 3_000 });
    expect(all).toContain('client close');
    expect(all).toContain('server end');
  });

  it('of some seconds resets when they are over', async () => {
    const { clock, client, server, all } = await connected();
    client.linger = 10;
    client.write(Buffer.alloc(100_000));
    await clock.run({ untilMs: clock.now() + 1_000 });
    client.destroy();
    await clock.run({ untilMs: clock.now() + 9_900 });
    expect(all).toEqual([]);
    await clock.run({ untilMs: clock.now() + 200 });
    server.resume();
    await clock.run({ untilMs: clock.now() + 200 });
    expect(all).toEqual(['client close', 'server ECONNRESET', 'server close']);
  });

  it('is an option of sockets and of servers', async () => {
    const hosts = stackHosts({ clock: virtualClock() });
    expect(new hosts.client.Socket({ linger: 5 }).linger).toBe(5);
    expect(new hosts.client.Socket().linger).toBeUndefined();
  });
});
