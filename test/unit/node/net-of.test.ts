import type * as net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { pair, StackError } from '../../../src/index.ts';
import {
  connect,
  createServer,
  createStack,
  hostClock,
  netOf,
  Server,
  Socket,
} from '../../../src/node/index.ts';
import { once, stackHosts } from '../../support/net-hosts.ts';

describe('netOf', () => {
  it('gives classes and calls that are bound to the stack', async () => {
    const hosts = stackHosts();
    const { server: far, client: near } = hosts;
    const server = new far.Server((socket) => socket.on('error', () => {}).end('hello'));
    server.listen(7);
    await once(server, 'listening');
    const made = new near.Socket().connect(7, hosts.host);
    const options = { port: 7, host: hosts.host, timeout: 5_000 };
    const sockets = [made, near.connect(7, hosts.host), near.createConnection(options)];
    expect(await Promise.all(sockets.map(text))).toEqual(['hello', 'hello', 'hello']);
    expect(sockets.every((socket) => socket instanceof Socket)).toBe(true);
    expect([server instanceof Server, sockets[2]?.timeout]).toEqual([true, 5_000]);
    expect([near.isIP('fd00::1'), near.isIPv4('::'), near.isIPv6('::')]).toEqual([6, false, true]);
    server.close();
    await hosts.close();
  });

  it('makes sockets in the shape of net.Socket', () => {
    const hosts = stackHosts();
    // The compiler says whether it fits.
    const socket: net.Socket = new hosts.client.Socket();
    expect(socket.readyState).toBe('open');
    expect([socket.pending, socket.connecting, socket.destroyed]).toEqual([true, false, false]);
    expect([socket.bytesRead, socket.bytesWritten, socket.bufferSize]).toEqual([0, 0, 0]);
    expect([socket.address(), socket.localAddress, socket.remoteFamily]).toEqual([{}, undefined, undefined]);
    expect(socket.autoSelectFamilyAttemptedAddresses).toEqual([]);
    expect(socket.setNoDelay().setKeepAlive(true, 1_000).setTimeout(0).ref().unref()).toBe(socket);
  });

  it('has no pipes', () => {
    const hosts = stackHosts();
    const { connect: open, createServer: serve } = hosts.client;
    for (const attempt of [
      () => open({ path: '/tmp/socket' } as never),
      () => open('/tmp/socket' as never, ''),
      () => serve().listen('/tmp/socket' as never),
      () => serve().listen({ path: '/tmp/socket' } as never),
    ]) {
      expect(attempt).toThrow(/no pipes/);
    }
  });
});

describe('connect and createServer', () => {
  it('take the stack first', async () => {
    const clock = hostClock();
    const [left, right] = pair(clock);
    const a = createStack({ device: left, addresses: ['198.18.0.1'], clock });
    const b = createStack({ device: right, addresses: ['198.18.0.2'], clock });
    const server = createServer(b, { allowHalfOpen: true }, (socket) => void socket.pipe(socket)).listen(7);
    const socket = connect(a, 7, '198.18.0.2', () => socket.end('hello'));
    expect(await text(socket)).toBe('hello');
    server.close();
    await Promise.all([a.close(100), b.close(100)]);
  });
});

describe('createStack for Node', () => {
  it('needs neither clock nor randomness, and checks its options as the core does', async () => {
    const [device] = pair(hostClock());
    const stack = createStack({ device, addresses: ['198.18.0.1'] });
    const before = stack.clock.now();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(stack.clock.now()).toBeGreaterThan(before);
    await stack.close();
    expect(() => createStack({ device, addresses: [] })).toThrow(StackError);
  });

  it('closes servers and sockets with the stack', async () => {
    const hosts = stackHosts();
    const server = netOf(hosts.stacks[1])
      .createServer((socket) => socket.on('error', () => {}))
      .listen(7);
    const client = hosts.client.connect(7, hosts.host);
    await once(client, 'connect');
    const ended = Promise.all([once(server, 'close'), once(client, 'error')]);
    await hosts.close();
    const [, [error]] = (await ended) as [unknown, [NodeJS.ErrnoException]];
    expect(error.code).toBe('ECONNABORTED');
    expect(server.listening).toBe(false);
  });
});
