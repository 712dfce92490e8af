import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { eventually, itAsNode, listening, once, stackHosts } from '../../support/net-hosts.ts';

describe('a socket that ends, as one of node:net', () => {
  itAsNode(
    'tells of data, end and close on both sides when the client ends',
    async (hosts, log) => {
      const { server, port } = await listening(hosts, (socket) => {
        log.watch('server', socket).on('data', (bytes) => socket.write(bytes));
      });
      const client = log.watch('client', hosts.client.connect(port, hosts.host));
      client.end('hello');
      await log.closed(2);
      server.close();
    },
    {
      client: ['connect', 'ready', 'finish', 'data hello', 'end', 'close false'],
      server: ['data hello', 'end', 'finish', 'close false'],
    },
  );

  itAsNode('ends its own direction when the server has ended theirs', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end('bye'));
    log.watch('client', hosts.client.connect(port, hosts.host));
    await log.closed(2);
    server.close();
  });

  itAsNode(
    'goes on writing after the end of the other direction with allowHalfOpen',
    async (hosts, log) => {
      const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end('bye'));
      const client = hosts.client.connect({ port, host: hosts.host, allowHalfOpen: true });
      log.watch('client', client);
      await once(client, 'end');
      expect([client.readyState, client.allowHalfOpen]).toEqual(['writeOnly', true]);
      client.write('still ');
      setTimeout(() => client.end('here'), 5);
      await log.closed(2);
      server.close();
    },
    {
      client: ['connect', 'ready', 'data bye', 'end', 'finish', 'close false'],
      server: ['finish', 'data still here', 'end', 'close false'],
    },
  );

  itAsNode('lets a server with allowHalfOpen answer after the client has ended', async (hosts, log) => {
    const { server, port } = await listening(
      hosts,
      (socket) => {
        log.watch('server', socket).on('end', () => {
          socket.write('the answer');
          setTimeout(() => socket.end(), 5);
        });
      },
      { allowHalfOpen: true },
    );
    const client = log.watch(
      'client',
      hosts.client.connect(port, hosts.host, () => client.end('a question')),
    );
    await log.closed(2);
    server.close();
  });

  itAsNode('sends what was written and ended before the connection was there', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.write('one ', () => log.note('callbacks', 'one'));
    client.write('two', () => log.note('callbacks', 'two'));
    client.end(() => log.note('callbacks', 'end'));
    expect([client.connecting, client.pending, client.readyState]).toEqual([true, true, 'opening']);
    await log.closed(2);
    server.close();
  });

  itAsNode('refuses to write after end()', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    await once(client, 'connect');
    client.end('done');
    client.write('more', (error) => log.note('callback', (error as NodeJS.ErrnoException).code!));
    await log.closed(2);
    server.close();
  });

  itAsNode('refuses with EPIPE to write after the other end has ended it', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end());
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.on('end', () => {
      process.nextTick(() => process.nextTick(() => client.write('too late')));
    });
    await log.closed(2);
    server.close();
  });

  itAsNode('is destroyed by destroySoon() when all is written', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
    // Whether the other end's FIN comes before it is destroyed is up to the scheduler, with Node's as well.
    const quiet = { reads: false, ends: false };
    const client = log.watch('client', hosts.client.connect(port, hosts.host), quiet);
    await once(client, 'connect');
    client.write('last words');
    client.destroySoon();
    await log.closed(2);
    server.close();
  });

  itAsNode(
    'tells with close that destroy() had an error, and the other end sees an end',
    async (hosts, log) => {
      const { server, port } = await listening(hosts, (socket) => log.watch('server', socket));
      const client = log.watch('client', hosts.client.connect(port, hosts.host));
      await once(client, 'connect');
      client.write('half a sent', () => client.destroy(new Error('changed my mind')));
      await log.closed(2);
      server.close();
    },
  );

  itAsNode('closes without an error when it is destroyed while connecting', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => {});
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.write('x', (error) => log.note('callback', (error as NodeJS.ErrnoException).code!));
    client.destroy();
    await once(client, 'close');
    log.note('state', `${client.readyState} ${client.connecting} ${client.destroyed}`);
    server.close();
  });

  itAsNode('can connect again after its close', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end('hello'));
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    await log.closed(2);
    client.connect(port, hosts.host);
    await log.closed(4);
    log.note('counts', `${client.bytesRead} ${client.bytesWritten}`);
    server.close();
  });

  itAsNode('ends a loop of for await', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end('one two'));
    let text = '';
    for await (const bytes of hosts.client.connect(port, hosts.host)) text += bytes;
    log.note('client', text);
    await log.closed(1);
    server.close();
  });
});

describe('close of a socket on a stack', () => {
  it('comes at once, while the connection waits in TIME-WAIT', async () => {
    const hosts = stackHosts();
    const { port } = await listening(hosts, (socket) => socket.resume());
    const client = hosts.client.connect(port, hosts.host);
    await once(client, 'connect');
    const { connection } = client;
    client.resume().end();
    await once(client, 'close');
    await eventually(() => connection?.state).toBe('TIME-WAIT');
    expect(client.connection).toBeUndefined();
    await hosts.close();
  });

  it('comes at once, while the FIN that answers the peer is not acknowledged', async () => {
    const hosts = stackHosts();
    let accepted: Socket | undefined;
    const { port } = await listening(hosts, (socket) => {
      accepted = socket;
      socket.on('error', () => {});
    });
    const client = hosts.client.connect(port, hosts.host);
    await once(client, 'connect');
    await eventually(() => accepted).toBeDefined();
    const { connection } = client;
    accepted!.end();
    client.resume();
    await once(client, 'end');
    hosts.cut();
    await once(client, 'close');
    expect(connection?.state).toBe('LAST-ACK');
    connection?.abort();
    await hosts.close();
  });
});
