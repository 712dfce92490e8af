import { describe, expect, it } from 'vitest';
import type { Socket } from '../../../src/node/index.ts';
import { eventually, listening, once, stackHosts } from '../../support/net-hosts.ts';

async function connected(options: { readonly oobInline?: boolean } = {}) {
  const hosts = stackHosts();
  let accepted: Socket | undefined;
  const { port } = await listening(
    hosts,
    (socket) => {
      accepted = socket;
    },
    options,
  );
  const client = hosts.client.connect({ port, host: hosts.host, noDelay: true }).on('error', () => {});
  await once(client, 'connect');
  await eventually(() => accepted).toBeDefined();
  return { hosts, client, server: accepted! };
}

/** What a socket tells of data and urgent bytes, in its order. */
function heard(socket: Socket): string[] {
  const all: string[] = [];
  socket.on('data', (bytes: Buffer) => {
    if (all.at(-1)?.startsWith('data ')) all.push(`${all.pop()}${bytes}`);
    else all.push(`data ${bytes}`);
  });
  socket.on('urgent', (octet?: number) => {
    all.push(`urgent ${octet === undefined ? 'announced' : String.fromCharCode(octet)}`);
  });
  return all;
}

describe('urgent data', () => {
  it('is told with its byte, which is left out of the stream', async () => {
    const { hosts, client, server } = await connected();
    const all = heard(server);
    client.write('abc');
    client.sendUrgent('!');
    client.end('def');
    await once(server, 'end');
    expect(all).toEqual(['data abc', 'urgent !', 'data def']);
    await hosts.close();
  });

  it('keeps its place among writes that wait together', async () => {
    const { hosts, client, server } = await connected();
    const all = heard(server);
    client.cork();
    client.write('one');
    client.sendUrgent(Buffer.from('1!'));
    client.write('two');
    client.uncork();
    client.end();
    await once(server, 'end');
    expect(all).toEqual(['data one1', 'urgent !', 'data two']);
    await hosts.close();
  });

  it('is announced at once and stays in the stream with oobInline', async () => {
    const { hosts, client, server } = await connected({ oobInline: true });
    expect(server.oobInline).toBe(true);
    const all = heard(server);
    client.write('abc');
    client.sendUrgent('!');
    client.end('def');
    await once(server, 'end');
    expect(all.filter((entry) => entry === 'urgent announced')).toHaveLength(1);
    expect(
      all
        .filter((entry) => entry.startsWith('data'))
        .join('')
        .replaceAll('data ', ''),
    ).toBe('abc!def');
    await hosts.close();
  });

  it('may be put into the stream later', async () => {
    const { hosts, client, server } = await connected();
    server.oobInline = true;
    const all = heard(server);
    client.sendUrgent('!');
    client.end();
    await once(server, 'end');
    expect(all).toContain('data !');
    await hosts.close();
  });

  it('is told of a server’s socket although it came before anybody had accepted', async () => {
    const hosts = stackHosts();
    const all: string[] = [];
    const { port } = await listening(hosts, (socket) => {
      socket.on('urgent', (octet?: number) => all.push(`urgent ${octet}`));
      socket.resume();
    });
    const client = hosts.client.connect(port, hosts.host);
    client.sendUrgent('A');
    await eventually(() => all).toEqual(['urgent 65']);
    client.destroy();
    await hosts.close();
  });

  it('calls back, and waits for the connection, as other writes do', async () => {
    const { hosts, client } = await connected();
    await new Promise((resolve) => client.sendUrgent('?', resolve));
    expect(client.bytesWritten).toBe(1);
    expect(() => client.sendUrgent('')).toThrow(/empty/);
    client.destroy();
    await hosts.close();
  });
});
