import type { Connection, ConnectOptions, Stack } from '../stack/api.ts';
import { parseAddress } from '../wire/index.ts';
import { systemError, toNodeError } from './node-errors.ts';

/**
 * An active OPEN that returns at once, in SYN-SENT.
 *
 * @throws Error as `net.Socket` has it: EADDRINUSE, EADDRNOTAVAIL, ENETUNREACH …
 */
export function openConnection(stack: Stack, options: ConnectOptions): Connection {
  try {
    refuseLoopback(stack, options);
    return stack.open(options);
  } catch (error) {
    const { code } = error as { code?: unknown };
    const { localAddress: address = stack.addresses[0], localPort: port } = options;
    // With Node, it is the call before `connect` that fails when the local end can't be had.
    if (code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL')
      throw toNodeError(error, { syscall: 'bind', address, port });
    throw connectError(error, options);
  }
}

/** Why an OPEN came to nothing, as `net.Socket` has it: `connect ECONNREFUSED 198.18.0.2:81`. */
export function connectError(error: unknown, options: ConnectOptions): Error {
  const { host: address, port, localAddress, localPort } = options;
  const local = localAddress && localPort ? `${localAddress}:${localPort}` : undefined;
  return toNodeError(error, { syscall: 'connect', address, port, local });
}

/** RFC 1122 section 3.2.1.3 (g): such a packet must not leave the host, so that nobody would ever answer. */
function refuseLoopback(stack: Stack, { host: address, port }: ConnectOptions): void {
  if (!parseAddress(address)?.isLoopback || stack.addresses.includes(address)) return;
  const words = `${address} is each host itself: give the address at which the stack reaches the other end`;
  throw systemError('ENETUNREACH', { syscall: 'connect', address, port, cause: new Error(words) });
}
