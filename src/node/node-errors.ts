/**
 * Errors in the shape of Node's own: the message, `code`, `errno`, `syscall`, `address` and `port` that code written for
 * `node:net` looks at.
 */

import { getSystemErrorMap } from 'node:util';
import { StackError } from '../errors.ts';

/** Where an error happened, as Node reports it. */
export interface NodeErrorPlace {
  readonly syscall: string;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  /** What the user asked to be bound to, for connection attempts. */
  readonly local?: string | undefined;
  readonly cause?: unknown;
}

interface Known {
  readonly errno: number;
  readonly text: string;
}

let known: Map<string, Known> | undefined;

/** Libuv's own numbers, which differ between platforms. */
function knownError(code: string): Known | undefined {
  known ??= new Map([...getSystemErrorMap()].map(([errno, [name, text]]) => [name, { errno, text }]));
  return known.get(code);
}

/**
 * An error of the system, as Node makes it: `connect ECONNREFUSED 198.18.0.2:81`.
 *
 * @param explained whether the message says in words what the code means, as Node does for `listen`
 */
export function systemError(code: string, place: NodeErrorPlace, explained = false): NodeJS.ErrnoException {
  const { syscall, address, port, local, cause } = place;
  const found = knownError(code);
  const words = explained && found ? `: ${found.text}` : '';
  const where = address === undefined ? '' : ` ${address}${port ? `:${port}` : ''}`;
  const from = local === undefined ? '' : ` - Local (${local})`;
  const error = new Error(
    `${syscall} ${code}${words}${where}${from}`,
    cause === undefined ? undefined : { cause },
  );
  return Object.assign(error, {
    ...(found && { errno: found.errno }),
    code,
    syscall,
    ...(address !== undefined && { address }),
    ...(port && { port }),
  });
}

/** What the stack reports, in Node's shape, with the stack's own words as the cause. Other errors pass unchanged. */
export function toNodeError(error: unknown, place: NodeErrorPlace, explained = false): Error {
  if (error instanceof StackError) return systemError(error.code, { ...place, cause: error }, explained);
  return error instanceof Error ? error : new Error(String(error));
}

/** What Node says when every address of a name was tried in vain: the errors, and the code of the first. */
export function aggregateError(failures: readonly Error[]): Error {
  const { code } = failures[0] as NodeJS.ErrnoException;
  return Object.assign(new AggregateError(failures), { code });
}

type ErrorClass = ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor;

function coded(Class: ErrorClass, code: string, message: string): NodeJS.ErrnoException {
  const error = new Class(message);
  // As Node does, so that an uncaught one is printed with its code.
  error.stack = error.stack?.replace(error.name, `${error.name} [${code}]`) ?? message;
  return Object.assign(error, { code });
}

export const errors = {
  socketClosed: () => coded(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed'),
  closedBeforeConnection: () =>
    coded(
      Error,
      'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
      'Socket closed before the connection was established',
    ),
  endedByPeer: () => coded(Error, 'EPIPE', 'This socket has been ended by the other party'),
  serverNotRunning: () => coded(Error, 'ERR_SERVER_NOT_RUNNING', 'Server is not running.'),
  alreadyListening: () =>
    coded(
      Error,
      'ERR_SERVER_ALREADY_LISTEN',
      'Listen method has been called more than once without closing.',
    ),
  missing: (what: string) => coded(TypeError, 'ERR_MISSING_ARGS', what),
  invalidType: (what: string) => coded(TypeError, 'ERR_INVALID_ARG_TYPE', what),
  invalidValue: (what: string) => coded(TypeError, 'ERR_INVALID_ARG_VALUE', what),
  invalidAddress: (address: string) =>
    coded(TypeError, 'ERR_INVALID_IP_ADDRESS', `Invalid IP address: ${address}`),
  outOfRange: (what: string) => coded(RangeError, 'ERR_OUT_OF_RANGE', what),
  badPort: (name: string, port: unknown) =>
    coded(
      RangeError,
      'ERR_SOCKET_BAD_PORT',
      `${name} should be >= 0 and < 65536. Received ${typeof port === 'string' ? `'${port}'` : String(port)}.`,
    ),
};
