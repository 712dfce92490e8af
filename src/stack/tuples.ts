/**
 * Which local address and port an OPEN gets (RFC 9293 section 3.9.1.1), and which ones are taken.
 */

import { StackError } from '../errors.ts';
import type { ConnectionTable } from '../net/connection-table.ts';
import type { FourTuple } from '../tcp/four-tuple.ts';
import type { IpAddress } from '../wire/index.ts';
import type { Addresses } from './addresses.ts';
import type { ConnectOptions, ListenOptions } from './api.ts';
import type { StackConnection } from './connection.ts';
import type { StackListener } from './listener.ts';
import type { EphemeralPorts } from './ports.ts';

export interface Sockets {
  readonly local: Addresses;
  readonly table: ConnectionTable<StackConnection>;
  readonly listeners: readonly StackListener[];
  readonly ports: EphemeralPorts;
  listenerFor(local: IpAddress, port: number): StackListener | undefined;
}

/** Throws EINVAL, EADDRINUSE or EADDRNOTAVAIL. */
export function activeTuple(sockets: Sockets, options: ConnectOptions): FourTuple {
  const { local: addresses, table, ports } = sockets;
  const remote = addresses.remote(options.host);
  const remotePort = verifyPort(options.port, 'connect', 1);
  const localPort = verifyPort(options.localPort ?? 0, 'connect', 0);
  const { localAddress } = options;
  const local =
    localAddress === undefined ? addresses.sourceFor(remote) : addresses.own(localAddress, 'connect');
  const place = { syscall: 'connect', address: options.host, port: remotePort };
  const taken = (port: number): boolean => table.find(local, port, remote, remotePort) !== undefined;
  if (localPort === 0) {
    const free = (port: number): boolean => !taken(port) && !sockets.listenerFor(local, port);
    const port = ports.choose({ local, remote, remotePort }, free);
    if (port !== undefined) return { local, localPort: port, remote, remotePort };
    throw new StackError('EADDRNOTAVAIL', 'connect: every ephemeral port is in use towards this peer', place);
  }
  const alone = table.usersOf(localPort) === 0 && !sockets.listenerFor(local, localPort);
  if (taken(localPort) || !(alone || options.reuseAddress)) {
    const hint = 'perhaps by a connection in TIME-WAIT; see reuseAddress';
    throw new StackError('EADDRINUSE', `connect: local port ${localPort} is in use, ${hint}`, place);
  }
  return { local, localPort, remote, remotePort };
}

/** Throws EINVAL or EADDRINUSE. */
export function listenPort(sockets: Sockets, options: ListenOptions, local: IpAddress | undefined): number {
  const port = verifyPort(options.port, 'listen', 0);
  const taken = (candidate: number): boolean =>
    sockets.listeners.some(
      (other) => other.port === candidate && (!other.local || !local || other.local.equals(local)),
    ) ||
    (options.reuseAddress === false && sockets.table.usersOf(candidate) > 0);
  if (port !== 0) {
    if (!taken(port)) return port;
    throw new StackError('EADDRINUSE', `listen: port ${port} is in use`, { syscall: 'listen', port });
  }
  const own = local ?? sockets.local.first;
  const free = sockets.ports.choose(
    { local: own, remote: own, remotePort: 0 },
    (candidate) => !taken(candidate),
  );
  if (free !== undefined) return free;
  throw new StackError('EADDRINUSE', 'listen: every ephemeral port is in use', { syscall: 'listen' });
}

function verifyPort(port: number, syscall: string, min: 0 | 1): number {
  if (Number.isInteger(port) && port >= min && port <= 65_535) return port;
  throw new StackError('EINVAL', `${syscall}: port is ${port}; give ${min} to 65535`, { syscall });
}
