import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { eventually, itAsNode, listening, once, stackHosts } from '../../support/net-hosts.ts';

const MEBIBYTE = 2 ** 20;

/** Bytes that tell their place. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: length / 4 }, (_, index) => index * 2_654_435_761).buffer);
}

describe('the flow through a socket', () => {
  itAsNode('makes a writer wait for drain, and loses nothing', async (hosts, log) => {
    const sent = pattern(8 * MEBIBYTE);
    const chunks: Buffer[] = [];
    const { server, port } = await listening(hosts, (socket) => {
      log.watch('server', socket, { reads: false });
      setTimeout(() => socket.on('data', (chunk: Buffer) => chunks.push(chunk)), 50);
    });
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    await once(client, 'connect');
    log.note('writes', String(client.write(sent)));
    client.on('drain', () => {
      log.note('writes', `drain ${client.writableLength} ${client.bytesWritten}`);
      client.end();
    });
    await log.closed(2);
    log.note('all', String(Buffer.concat(chunks).equals(sent)));
    server.close();
  });

  itAsNode('stops while the reader pauses, and goes on with resume', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) =>
      log.watch('server', socket).end('one two three'),
    );
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.pause();
    await once(client, 'connect');
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.note('client', 'resumes');
    client.resume();
    await log.closed(2);
    server.close();
  });

  itAsNode('counts what was read and written', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => {
      log
        .watch('server', socket)
        .on('end', () => log.note('counts', `server ${socket.bytesRead} ${socket.bytesWritten}`));
      socket.write('four');
    });
    const client = log.watch('client', hosts.client.connect(port, hosts.host));
    client.cork();
    client.write('héllo');
    client.write(Buffer.from('12'));
    client.write('00ff', 'hex');
    client.uncork();
    log.note('counts', `early ${client.bytesWritten}`);
    client.end();
    await log.closed(2);
    log.note('counts', `client ${client.bytesRead} ${client.bytesWritten}`);
    server.close();
  });

  itAsNode('echoes 2 MiB through pipes', async (hosts, log) => {
    const sent = pattern(2 * MEBIBYTE);
    const { server, port } = await listening(hosts, (socket) => void pipeline(socket, socket), {
      allowHalfOpen: true,
    });
    const client = hosts.client.connect(port, hosts.host);
    client.end(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk);
    log.note('echo', String(Buffer.concat(chunks).equals(sent)));
    server.close();
    await once(server, 'close');
  });

  itAsNode('can be cut into lines of text by setEncoding', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => {
      log.watch('server', socket);
      const bytes = Buffer.from('ü€𝄞');
      socket.write(bytes.subarray(0, 1));
      setTimeout(() => socket.end(bytes.subarray(1)), 10);
    });
    const client = hosts.client.connect(port, hosts.host);
    client.setEncoding('utf8');
    log.watch('client', client);
    await log.closed(2);
    server.close();
  });
});

describe('back-pressure of a stack’s socket', () => {
  it('closes the window on a peer while nobody reads, and opens it again', async () => {
    const hosts = stackHosts({ receiveBuffer: 65_536, sendBuffer: 65_536 });
    let accepted: Socket | undefined;
    const { server, port } = await listening(hosts, (socket) => {
      accepted = socket;
    });
    const client = hosts.client.connect(port, hosts.host);
    const sent = pattern(MEBIBYTE);
    client.end(sent);
    await eventually(() => accepted?.connection?.info().rcv.wnd).toBe(0);
    const { readableLength, readableHighWaterMark } = accepted!;
    expect(readableLength).toBeGreaterThanOrEqual(readableHighWaterMark);
    expect(readableLength).toBeLessThan(readableHighWaterMark + 65_536);
    expect(client.writableLength).toBe(MEBIBYTE);
    const chunks: Buffer[] = [];
    for await (const chunk of accepted!) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    client.destroy();
    server.close();
    await hosts.close();
  });

  it('calls back a write as soon as the connection has taken it, acknowledged or not', async () => {
    const hosts = stackHosts();
    const { server, port } = await listening(hosts, (socket) => socket.on('error', () => {}));
    const client = hosts.client.connect(port, hosts.host).on('error', () => {});
    await once(client, 'connect');
    hosts.cut();
    await new Promise((resolve) => client.write('nobody hears this', resolve));
    expect(client.connection?.info().snd.queued).toBe(17);
    client.resetAndDestroy();
    server.close();
    await hosts.close();
  });

  it('writes what was corked in one segment', async () => {
    const hosts = stackHosts();
    const { server, port } = await listening(hosts, (socket) => socket.resume());
    const client = hosts.client.connect({ port, host: hosts.host, noDelay: true });
    await once(client, 'connect');
    // A machine under load may have the timer send something again: that is not counted.
    const sent = (): [segments: number, bytes: number] => {
      const info = client.connection!.info();
      return [info.segmentsSent - info.retransmissions, info.bytesSent - info.bytesRetransmitted];
    };
    const [before] = sent();
    client.cork();
    for (const word of ['GET ', '/ ', 'HTTP/1.1\r\n', '\r\n']) client.write(word);
    client.uncork();
    await eventually(() => client.connection!.info().bytesSent).toBeGreaterThan(0);
    await eventually(() => client.connection!.info().snd.queued).toBe(0);
    expect(sent()).toEqual([before + 1, 18]);
    client.destroy();
    server.close();
    await hosts.close();
  });
});
