import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { connect, createServer, TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { listening, once, stackHosts } from '../../support/net-hosts.ts';

const read = (name: string): Buffer =>
  readFileSync(new URL(`../../../examples/certificate/${name}`, import.meta.url));
const cert = read('certificate.pem');
const key = read('key.pem');
const servername = 'statewire.test';

describe('tls over a stack’s sockets', () => {
  it('carries 2 MiB to a TLSSocket and back', async () => {
    const hosts = stackHosts();
    const { server, port } = await listening(
      hosts,
      (socket) => {
        const secure = new TLSSocket(socket, { isServer: true, cert, key });
        secure.pipe(secure);
      },
      { allowHalfOpen: true },
    );
    const sent = Buffer.from(
      Uint32Array.from({ length: 2 ** 19 }, (_, index) => index * 2_654_435_761).buffer,
    );
    const socket = hosts.client.connect(port, hosts.host);
    const secure = connect({ socket, ca: cert, servername });
    await once(secure, 'secureConnect');
    expect([secure.authorized, secure.getProtocol()]).toEqual([true, 'TLSv1.3']);
    secure.end(sent);
    expect((await buffer(secure)).equals(sent)).toBe(true);
    server.close();
    await hosts.close();
  });

  it('works on a socket that is connected already, and with a server of node:tls', async () => {
    const hosts = stackHosts();
    const tlsServer = createServer({ cert, key }, (secure) => secure.end('hello'));
    const { server, port } = await listening(hosts, (socket) => tlsServer.emit('connection', socket));
    const socket = hosts.client.connect(port, hosts.host);
    await once(socket, 'connect');
    const secure = connect({ socket, ca: cert, servername });
    expect((await buffer(secure)).toString()).toBe('hello');
    server.close();
    await hosts.close();
  });

  it('reports a reset of the connection below, and never takes it for the end', async () => {
    const hosts = stackHosts();
    const { server, port } = await listening(hosts, (socket) => {
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      secure.on('error', () => {});
      secure.write('half of it', () => setTimeout(() => socket.resetAndDestroy(), 30));
    });
    const secure = connect({ socket: hosts.client.connect(port, hosts.host), ca: cert, servername });
    let ended = false;
    secure.on('end', () => {
      ended = true;
    });
    secure.resume();
    const [error] = (await once(secure, 'error')) as [NodeJS.ErrnoException];
    expect([error.code, ended]).toEqual(['ECONNRESET', false]);
    server.close();
    await hosts.close();
  });

  it('refuses a server whose name is another', async () => {
    const hosts = stackHosts();
    const { server, port } = await listening(hosts, (socket) => {
      new TLSSocket(socket, { isServer: true, cert, key }).on('error', () => {});
    });
    const secure = connect({
      socket: hosts.client.connect(port, hosts.host),
      ca: cert,
      servername: 'else.test',
    });
    const [error] = (await once(secure, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    server.close();
    await hosts.close();
  });
});
