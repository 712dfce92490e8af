/** Names with several addresses. */

import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { type Hosts, itAsNode, type Log, listening, shapeOf, stackHosts } from '../../support/net-hosts.ts';

type Answer = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

/** Addresses at which nobody listens on the port that the other one listens on: refused at once, in both worlds. */
const refusing = ({ host }: Hosts): LookupAddress => ({
  address: host === '127.0.0.1' ? '127.0.0.2' : 'fd00::2',
  family: host === '127.0.0.1' ? 4 : 6,
});
const good = ({ host }: Hosts): LookupAddress => ({ address: host, family: 4 });

const answering =
  (addresses: LookupAddress[]) =>
  (_name: string, _options: object, answer: Answer): void =>
    answer(null, addresses);

/** Connects to a name with these addresses, and notes all that is told of it. */
function connect(hosts: Hosts, log: Log, port: number, addresses: LookupAddress[], options: object = {}) {
  const client = hosts.client.connect({
    port,
    host: 'some.name',
    lookup: answering(addresses) as never,
    // Longer than a machine under load takes to be refused.
    autoSelectFamilyAttemptTimeout: 20_000,
    ...options,
  });
  const which = (address: unknown): string => (address === hosts.host ? 'the good one' : 'another');
  for (const event of ['lookup', 'connectionAttempt', 'connectionAttemptFailed', 'connectionAttemptTimeout'])
    client.on(event as 'lookup', (...args: unknown[]) => {
      const [address, error] = event === 'lookup' ? [args[1], args[0]] : [args[0], args[3]];
      log.note('events', `${event} ${which(address)}${error ? ` ${(error as { code: string }).code}` : ''}`);
    });
  return log.watch('client', client);
}

describe('a name with several addresses, as with node:net', () => {
  itAsNode('is reached by the second when the first refuses', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end());
    const client = connect(hosts, log, port, [refusing(hosts), good(hosts)]);
    await log.closed(2);
    log.note('tried', String(client.autoSelectFamilyAttemptedAddresses?.length));
    server.close();
  });

  itAsNode('is reached by the first that answers, and no other is tried', async (hosts, log) => {
    const { server, port } = await listening(hosts, (socket) => log.watch('server', socket).end());
    connect(hosts, log, port, [good(hosts), refusing(hosts)]);
    await log.closed(2);
    server.close();
  });

  itAsNode('that all refuse is an error with all of theirs', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => {});
    server.close();
    const client = connect(hosts, log, port, [refusing(hosts), good(hosts)]);
    client.on('error', (error) => {
      const { errors, message } = error as AggregateError;
      log.note('errors', `${message} ${errors.map(shapeOf).join(', ')}`);
    });
    await log.closed(1);
  });

  itAsNode('is tried by its first address alone without autoSelectFamily', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => {});
    const first = refusing(hosts);
    const lookup = (_name: string, _options: object, answer: Answer): void =>
      answer(null, first.address, first.family);
    connect(hosts, log, port, [], { autoSelectFamily: false, lookup });
    await log.closed(1);
    server.close();
  });

  itAsNode('is let be when the socket is destroyed meanwhile', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => log.note('server', 'accepted'));
    const client = connect(hosts, log, port, [refusing(hosts), good(hosts)]);
    client.on('connectionAttemptFailed' as 'lookup', () => client.destroy());
    await log.closed(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.close();
  });

  itAsNode('with one address fails with its error', async (hosts, log) => {
    const { server, port } = await listening(hosts, () => {});
    connect(hosts, log, port, [refusing(hosts)]);
    await log.closed(1);
    server.close();
  });
});

describe('a name with several addresses', () => {
  const silent: LookupAddress = { address: '198.18.0.77', family: 4 };
  const second: LookupAddress = { address: '198.18.0.2', family: 4 };

  it('is not waited for long at an address that says nothing, while there are others', async () => {
    const hosts = stackHosts();
    const { port } = await listening(hosts, (socket) => socket.end('hello'));
    const events: string[] = [];
    const client = hosts.client.connect({
      port,
      host: 'some.name',
      lookup: answering([silent, second]) as never,
      autoSelectFamilyAttemptTimeout: 30,
    });
    client.on('connectionAttemptTimeout' as 'lookup', (...[address]: unknown[]) =>
      events.push(String(address)),
    );
    let text = '';
    for await (const bytes of client) text += bytes;
    expect([text, events]).toEqual(['hello', ['198.18.0.77']]);
    expect(client.autoSelectFamilyAttemptedAddresses).toEqual([`198.18.0.77:${port}`, `198.18.0.2:${port}`]);
    expect([...hosts.stacks[0].connections].map(({ remoteAddress }) => remoteAddress)).not.toContain(
      '198.18.0.77',
    );
    await hosts.close();
  });

  it('has IPv4 and IPv6 tried by turns, beginning with the first', async () => {
    const hosts = stackHosts();
    const client = hosts.client.connect({
      port: 7,
      host: 'some.name',
      autoSelectFamilyAttemptTimeout: 20_000,
      lookup: answering([
        { address: 'fd00::2', family: 6 },
        { address: 'fd00::2', family: 6 },
        { address: '198.18.0.2', family: 4 },
      ]) as never,
    });
    const error = await new Promise<AggregateError>((resolve) => client.on('error', resolve as never));
    expect(client.autoSelectFamilyAttemptedAddresses).toEqual(['fd00::2:7', '198.18.0.2:7', 'fd00::2:7']);
    expect(error.errors.map(({ code }) => code)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
    expect((error as unknown as NodeJS.ErrnoException).code).toBe('ECONNREFUSED');
    await hosts.close();
  });

  it('asks for one address alone when the family or the local address is given', async () => {
    const hosts = stackHosts();
    const asked: unknown[] = [];
    const lookup = (_name: string, { all }: { all?: boolean }, answer: Answer): void => {
      asked.push(all);
      answer(new Error('enough'), '');
    };
    for (const options of [{}, { family: 4 }, { localAddress: '198.18.0.1' }, { autoSelectFamily: false }]) {
      const client = hosts.client.connect({ port: 7, host: 'a.name', lookup: lookup as never, ...options });
      client.on('error', () => {});
      await new Promise((resolve) => client.once('close', resolve));
    }
    expect(asked).toEqual([true, false, false, false]);
    await hosts.close();
  });
});
