import { describe, expect, it } from 'vitest';
import { createServer, Server, type Socket } from '../../../src/node/index.ts';
import {
  eventually,
  itAsNode,
  type Log,
  listening,
  once,
  shapeOf,
  stackHosts,
} from '../../support/net-hosts.ts';

/** Notes all events of a server. */
function watch(log: Log, server: Server): Server {
  for (const event of ['listening', 'connection', 'close']) server.on(event, () => log.note('server', event));
  server.on('error', (error) => log.note('server', `error ${shapeOf(error)}`));
  return server;
}

describe('a server, as one of node:net', () => {
  itAsNode('listens, takes a connection, and closes when that has ended', async (hosts, log) => {
    const server = watch(
      log,
      hosts.server.createServer((socket) => log.watch('socket', socket)),
    );
    log.note('server', String(server.listening));
    server.listen(0, hosts.host, () => log.note('server', 'called back'));
    await once(server, 'listening');
    const { port, family, address } = server.address()!;
    log.note('address', `${family} ${address === hosts.host} ${port > 0}`);
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    await once(server, 'connection');
    const counted = new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    log.note('count', String(await counted));
    const closed = new Promise<void>((resolve) => {
      server.close((error) => {
        log.note('server', `close called back: ${error}`);
        resolve();
      });
    });
    log.note('server', `after close: ${server.listening} ${server.address()}`);
    client.end();
    await closed;
    await log.closed(2);
  });

  itAsNode(
    'has EADDRINUSE as an event when the port is taken, and may then listen elsewhere',
    async (hosts, log) => {
      const { server, port } = await listening(hosts, () => {});
      const second = watch(log, hosts.server.createServer());
      second.listen(port, hosts.host);
      const [error] = (await once(second, 'error')) as [NodeJS.ErrnoException];
      log.note('message', error.message.replaceAll(hosts.host, 'HOST').replaceAll(String(port), 'PORT'));
      second.listen(0, hosts.host);
      await once(second, 'listening');
      second.close();
      await once(second, 'close');
      server.close();
    },
  );

  itAsNode('has EADDRNOTAVAIL as an event for an address of another host', async (hosts, log) => {
    const server = watch(log, hosts.server.createServer());
    server.listen({ port: 0, host: '198.18.7.7' });
    await once(server, 'error');
  });

  itAsNode(
    'throws when it listens already, and calls back with an error when it does not',
    async (hosts, log) => {
      const { server } = await listening(hosts, () => {});
      try {
        server.listen(0, hosts.host);
      } catch (error) {
        log.note('twice', shapeOf(error as Error));
      }
      server.close();
      await once(server, 'close');
      server.close((error) => log.note('closed', shapeOf(error!)));
      await once(server, 'close');
      for (const port of [65_536, -1, 'http'] as number[]) {
        try {
          server.listen({ port, host: hosts.host });
        } catch (error) {
          log.note('port', shapeOf(error as Error));
        }
      }
    },
  );

  itAsNode('drops connections beyond maxConnections, and tells of each', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    server.maxConnections = 1;
    server.on('drop', (data) => {
      const keys = Object.keys(data).sort();
      log.note('drop', `${keys} ${data.localPort === port} ${data.remoteFamily}`);
    });
    const first = log.watch('first', hosts.client.connect(port, hosts.host));
    await eventually(() => log.watched).toBe(2);
    const second = log.watch('second', hosts.client.connect(port, hosts.host));
    await once(second, 'close');
    first.end();
    await log.closed(3);
    server.close();
  });

  itAsNode('hands out connections that are paused with pauseOnConnect', async (hosts, log) => {
    const { server, port } = await listening(
      hosts,
      (socket) => {
        log.watch('server', socket);
        log.note('server', `paused ${socket.isPaused()} ${socket.bytesRead}`);
        setTimeout(() => {
          log.note('server', `resumes after ${socket.bytesRead} bytes`);
          socket.resume();
        }, 50);
      },
      { pauseOnConnect: true },
    );
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.end('patience');
    await log.closed(2);
    server.close();
  });

  itAsNode('stops when its signal aborts', async (hosts, log) => {
    const controller = new AbortController();
    const server = watch(log, hosts.server.createServer());
    server.listen({ port: 0, host: hosts.host, signal: controller.signal });
    await once(server, 'listening');
    controller.abort();
    await once(server, 'close');
    log.note('server', String(server.listening));
  });

  itAsNode('does not listen after a close that came before the name was resolved', async (hosts, log) => {
    const server = watch(log, hosts.server.createServer());
    server.listen(0, 'localhost');
    server.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.note('server', String(server.listening));
  });
});

describe('a server on a stack', () => {
  it('listens at all addresses of the stack by default', async () => {
    const hosts = stackHosts();
    for (const host of [undefined, '::', '0.0.0.0'] as const) {
      const server = hosts.server.createServer((socket) => socket.end('hi'));
      server.listen({ port: 80, host });
      await once(server, 'listening');
      expect(server.address()).toEqual({ address: '::', family: 'IPv6', port: 80 });
      for (const address of ['198.18.0.2', 'fd00::2']) {
        const client = hosts.client.connect(80, address).resume();
        await once(client, 'close');
        expect(client.remoteFamily).toBe(address.includes(':') ? 'IPv6' : 'IPv4');
      }
      server.close();
      await once(server, 'close');
    }
    await hosts.close();
  });

  it('goes on accepting when a listener of its connections throws', async () => {
    const hosts = stackHosts();
    let taken = 0;
    const { port } = await listening(hosts, (socket) => {
      socket.destroy();
      if (taken++ === 0) throw new Error('a bug of the user’s');
    });
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const caught: string[] = [];
    process.on('uncaughtException', (error) => caught.push(error.message));
    try {
      for (let count = 0; count < 2; count++) {
        const client = hosts.client.connect(port, hosts.host).resume();
        await once(client, 'close');
      }
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    expect([taken, caught]).toEqual([2, ['a bug of the user’s']]);
    await hosts.close();
  });

  it('passes options of the stack’s connections on', async () => {
    const hosts = stackHosts();
    let accepted: Socket | undefined;
    const { port } = await listening(
      hosts,
      (socket) => {
        accepted = socket.resume();
      },
      { mss: 700, receiveBuffer: 10_000, linger: 3 },
    );
    const client = hosts.client.connect(port, hosts.host).resume();
    await eventually(() => accepted?.connection?.info().rcv.mss).toBe(700);
    expect(accepted!.connection!.info().rcv.wnd).toBeLessThanOrEqual(10_000);
    expect(accepted!.linger).toBe(3);
    client.end();
    await once(client, 'close');
    await hosts.close();
  });

  it('is closed by await using', async () => {
    const hosts = stackHosts();
    const { server } = await listening(hosts, () => {});
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect(server.listening).toBe(false);
    await hosts.close();
  });

  it('wants a stack', () => {
    expect(() => new Server({} as never)).toThrow(/give the stack/);
    expect(() => createServer(undefined as never)).toThrow(/give the stack/);
  });
});
