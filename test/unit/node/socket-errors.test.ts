import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { virtualClock } from '../../../src/sim/index.ts';
import { eventually, itAsNode, listening, once, shapeOf, stackHosts } from '../../support/net-hosts.ts';

/** A port that nobody listens at any more. */
async function freePort(hosts: Parameters<typeof listening>[0]): Promise<number> {
  const { server, port } = await listening(hosts, () => {});
  server.close();
  await once(server, 'close');
  return port;
}

describe('what the network has to say, as with node:net', () => {
  itAsNode(
    'is ECONNREFUSED with address and port where nobody listens',
    async (hosts, log) => {
      log.watch('client', hosts.client.connect(await freePort(hosts), hosts.host));
      await log.closed(1);
    },
    { client: ['error Error ECONNREFUSED -111 connect address port', 'close true'] },
  );

  itAsNode(
    'is ECONNRESET and no end when the other end resets',
    async (hosts, log) => {
      const { server, port } = await listening(hosts, (socket) => {
        log.watch('server', socket).once('data', () => socket.resetAndDestroy());
      });
      const client = log.watch('client', hosts.client.connect(port, hosts.host));
      client.write('hello');
      await log.closed(2);
      server.close();
    },
    {
      client: ['connect', 'ready', 'error Error ECONNRESET -104 read', 'close true'],
      server: ['data hello', 'close false'],
    },
  );

  itAsNode(
    'is ECONNRESET when the other end is destroyed with unread data',
    async (hosts, log) => {
      const destroyLater = (socket: Socket): void => {
        log.watch('server', socket, { reads: false });
        setTimeout(() => socket.destroy(), 100);
      };
      const { server, port } = await listening(hosts, destroyLater, { pauseOnConnect: true });
      const client = log.watch('client', hosts.client.connect(port, hosts.host));
      client.write('does anybody read this?');
      await log.closed(2);
      server.close();
    },
    {
      client: ['connect', 'ready', 'error Error ECONNRESET -104 read', 'close true'],
      server: ['close false'],
    },
  );

  itAsNode('resets a socket that is still connecting, once it is connected', async (hosts, log) => {
    // Whether the server sees it at all is a matter of timing.
    const { server, port } = await listening(hosts, (socket) => socket.on('error', () => {}));
    const client = log.watch('client', hosts.client.connect(port, hosts.host)).resetAndDestroy();
    await once(client, 'close');
    server.close();
  });

  itAsNode('refuses to reset what was never connected', async (hosts, log) => {
    const socket = log.watch('socket', new hosts.client.Socket());
    socket.resetAndDestroy();
    await once(socket, 'close');
  });

  itAsNode('refuses to write to what was never connected', async (hosts, log) => {
    const socket = log.watch('socket', new hosts.client.Socket());
    socket.write('x', (error) => log.note('callback', (error as NodeJS.ErrnoException).code!));
    await once(socket, 'close');
  });

  itAsNode('is an AbortError when the signal aborts', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    const controller = new AbortController();
    const client = new hosts.client.Socket({ signal: controller.signal });
    log.watch('client', client).connect(port, hosts.host);
    await once(client, 'connect');
    await eventually(() => log.watched).toBe(2);
    controller.abort();
    await log.closed(2);
    server.close();
  });

  it('is an AbortError at once with a signal that has aborted', async () => {
    const hosts = stackHosts();
    const client = new hosts.client.Socket({ signal: AbortSignal.abort() });
    const [error] = (await once(client, 'error')) as [Error];
    expect([error.name, client.destroyed]).toEqual(['AbortError', true]);
    await hosts.close();
  });
});

describe('names, as with node:net', () => {
  type Answer = (
    error: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number,
  ) => void;

  itAsNode('are resolved by the lookup option, which an event tells', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end());
    const lookup = (name: string, _options: object, answer: Answer): void => {
      log.note('lookup', name);
      answer(null, hosts.host, 4);
    };
    const client = hosts.client.connect({ port, host: 'some.name', family: 4, lookup });
    client.on('lookup', (error, address, family, name) =>
      log.note('event', [error, address === hosts.host, family, name].join(' ')),
    );
    log.watch('client', client);
    await log.closed(2);
    server.close();
  });

  itAsNode('that can not be resolved are the error of lookup', async (hosts, log) => {
    const lookup = (_name: string, _options: object, answer: Answer): void =>
      answer(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), '');
    log.watch('client', hosts.client.connect({ port: 7, host: 'no.such.name', family: 4, lookup }));
    await log.closed(1);
  });

  itAsNode('that resolve to no address are ERR_INVALID_IP_ADDRESS', async (hosts, log) => {
    const lookup = (_name: string, _options: object, answer: Answer): void => answer(null, 'nowhere', 4);
    log.watch('client', hosts.client.connect({ port: 7, host: 'some.name', family: 4, lookup }));
    await log.closed(1);
  });

  itAsNode('of a lookup that answers after destroy() change nothing', async (hosts, log) => {
    let answerIt = (): void => {};
    const lookup = (_name: string, _options: object, answer: Answer): void => {
      answerIt = () => answer(null, hosts.host, 4);
    };
    const client = log.watch('client', hosts.client.connect({ port: 7, host: 'a.name', family: 4, lookup }));
    client.destroy();
    await log.closed(1);
    answerIt();
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('are resolved to an IP version that the stack has', async () => {
    const hosts = stackHosts();
    const families: unknown[] = [];
    const lookup = (_name: string, options: { family?: unknown }, answer: Answer): void => {
      families.push(options.family);
      answer(new Error('enough'), '');
    };
    for (const family of [undefined, 4, 6] as const) {
      const client = hosts.client.connect({ port: 7, host: 'a.name', lookup, ...(family && { family }) });
      client.on('error', () => {});
      await once(client, 'close');
    }
    // This stack has both.
    expect(families).toEqual([0, 4, 6]);
    await hosts.close();
  });

  it('are asked of node:dns by default', async () => {
    const hosts = stackHosts();
    const client = hosts.client.connect({ port: 7, host: 'localhost', family: 4 });
    const [[error, address], [failure]] = await Promise.all([once(client, 'lookup'), once(client, 'error')]);
    expect([error, address]).toEqual([null, '127.0.0.1']);
    const refusal = failure as NodeJS.ErrnoException;
    expect(shapeOf(refusal)).toBe('Error ENETUNREACH -101 connect address port');
    expect((refusal.cause as Error).message).toContain('127.0.0.1 is each host itself');
    await hosts.close();
  });
});

describe('wrong arguments, as with node:net', () => {
  itAsNode('throw at once with a code', async (hosts, log) => {
    const attempts: [string, () => unknown][] = [
      ['no port', () => hosts.client.connect({} as never)],
      ['port 65536', () => hosts.client.connect(65_536, hosts.host)],
      ['port -1', () => hosts.client.connect({ port: -1, host: hosts.host })],
      ['port x', () => hosts.client.connect({ port: 'x' as never, host: hosts.host })],
      ['lookup', () => hosts.client.connect({ port: 7, host: 'a.name', lookup: 'dns' as never })],
      ['local', () => hosts.client.connect({ port: 7, host: hosts.host, localAddress: 'here' })],
      ['timeout', () => new hosts.client.Socket().setTimeout(-1)],
    ];
    for (const [name, attempt] of attempts) {
      try {
        attempt();
        log.note(name, 'fine');
      } catch (error) {
        log.note(name, (error as NodeJS.ErrnoException).code!);
      }
    }
  });
});

describe('the local end', () => {
  itAsNode('is EADDRINUSE of bind when the port is taken by a listener', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => {});
    const stacksOwn = hosts.host === '127.0.0.1' ? port : hosts.client.createServer(() => {}).listen(port);
    const local = { localAddress: hosts.host === '127.0.0.1' ? hosts.host : '198.18.0.1', localPort: port };
    log.watch('client', hosts.client.connect({ port: 9, host: hosts.host, ...local }));
    await log.closed(1);
    if (typeof stacksOwn !== 'number') stacksOwn.close();
    server.close();
  });

  it('is EADDRNOTAVAIL of bind for an address that the stack does not have', async () => {
    const hosts = stackHosts();
    const client = hosts.client.connect({ port: 7, host: hosts.host, localAddress: '198.18.0.77' });
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toBe('bind EADDRNOTAVAIL 198.18.0.77');
    await hosts.close();
  });

  it('is known from connect on, and gone after the close', async () => {
    const hosts = stackHosts();
    const { port } = await listening(hosts, (socket) => socket.end());
    const client = hosts.client.connect({ port, host: hosts.host, localPort: 5_000 });
    expect([client.address(), client.remoteAddress]).toEqual([{}, undefined]);
    await once(client, 'connect');
    expect(client.address()).toEqual({ address: '198.18.0.1', family: 'IPv4', port: 5_000 });
    expect([client.localAddress, client.localPort, client.localFamily]).toEqual([
      '198.18.0.1',
      5_000,
      'IPv4',
    ]);
    expect([client.remoteAddress, client.remotePort, client.remoteFamily]).toEqual([
      hosts.host,
      port,
      'IPv4',
    ]);
    client.resume();
    await once(client, 'close');
    expect([client.address(), client.localPort]).toEqual([{}, undefined]);
    await hosts.close();
  });
});

describe('a peer that does not answer', () => {
  it('is ETIMEDOUT after the user timeout', async () => {
    const clock = virtualClock();
    const hosts = stackHosts({ clock, userTimeoutMs: 20_000 });
    hosts.cut();
    const client = hosts.client.connect(7, hosts.host);
    const failed = once(client, 'error');
    await clock.run({ untilMs: 60_000 });
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.message).toBe('connect ETIMEDOUT 198.18.0.2:7');
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'connect', port: 7 });
  });

  it('is ETIMEDOUT of read when it falls silent later', async () => {
    const clock = virtualClock();
    const hosts = stackHosts({ clock, userTimeoutMs: 20_000 });
    hosts.server.createServer(() => {}).listen(7);
    const client = hosts.client.connect(7, hosts.host);
    await clock.run({ until: () => client.readyState === 'open' });
    const failed = once(client, 'error');
    hosts.cut();
    client.write('is anybody there?');
    await clock.run({ untilMs: 90_000 });
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'read' });
  });
});
