/**
 * The calls of `node:net`, on a stack.
 */

import { isIP, isIPv4, isIPv6 } from 'node:net';
import type { Stack } from '../stack/api.ts';
import { Server } from './server.ts';
import { Socket } from './socket.ts';
import type { ServerOptions, SocketConnectOptions, SocketOptions } from './socket-options.ts';

/** Options of {@link connect}: those of the socket and those of its connection in one, as `net.connect` takes them. */
export interface ConnectingOptions extends Omit<SocketOptions, 'stack'>, SocketConnectOptions {
  /** As `socket.setTimeout()`. */
  readonly timeout?: number | undefined;
}

/** Options of {@link createServer}. */
export type CreateServerOptions = Omit<ServerOptions, 'stack'>;

/**
 * As `net.connect`, on a stack: makes a {@link Socket} and connects it.
 *
 * @example
 * ```ts
 * const socket = connect(stack, 7, '198.18.0.1', () => socket.end('hello'));
 * ```
 */
export function connect(stack: Stack, options: ConnectingOptions, listener?: () => void): Socket;
export function connect(stack: Stack, port: number, host: string, listener?: () => void): Socket;
export function connect(stack: Stack, ...args: unknown[]): Socket {
  const [first] = args;
  const options = (typeof first === 'object' && first !== null ? first : {}) as Partial<ConnectingOptions>;
  const socket = new Socket({ ...options, stack });
  if (options.timeout) socket.setTimeout(options.timeout);
  return socket.connect(...(args as [SocketConnectOptions]));
}

/** As `net.createServer`, on a stack. */
export function createServer(stack: Stack, listener?: (socket: Socket) => void): Server;
export function createServer(
  stack: Stack,
  options: CreateServerOptions,
  listener?: (socket: Socket) => void,
): Server;
export function createServer(
  stack: Stack,
  options: CreateServerOptions | ((socket: Socket) => void) = {},
  listener?: (socket: Socket) => void,
): Server {
  if (typeof options === 'function') return new Server({ stack }, options);
  return new Server({ ...options, stack }, listener);
}

/** What {@link netOf} gives: as much of `node:net` as makes sense on a stack. */
export interface Net {
  readonly Socket: new (options?: Omit<SocketOptions, 'stack'>) => Socket;
  readonly Server: new (
    options?: CreateServerOptions | ((socket: Socket) => void),
    listener?: (socket: Socket) => void,
  ) => Server;
  connect(options: ConnectingOptions, listener?: () => void): Socket;
  connect(port: number, host: string, listener?: () => void): Socket;
  createConnection(options: ConnectingOptions, listener?: () => void): Socket;
  createConnection(port: number, host: string, listener?: () => void): Socket;
  createServer(listener?: (socket: Socket) => void): Server;
  createServer(options: CreateServerOptions, listener?: (socket: Socket) => void): Server;
  readonly isIP: typeof isIP;
  readonly isIPv4: typeof isIPv4;
  readonly isIPv6: typeof isIPv6;
}

/**
 * `node:net` on a stack, for code that takes `net` as a parameter.
 *
 * @example
 * ```ts
 * const net = netOf(stack);
 * net.createServer((socket) => socket.pipe(socket)).listen(7);
 * ```
 */
export function netOf(stack: Stack): Net {
  const connectOn = (...args: unknown[]): Socket => connect(stack, ...(args as [ConnectingOptions]));
  const createServerOn = (...args: unknown[]): Server =>
    createServer(stack, ...(args as [CreateServerOptions]));
  return {
    Socket: class extends Socket {
      constructor(options: Omit<SocketOptions, 'stack'> = {}) {
        super({ ...options, stack });
      }
    },
    Server: class extends Server {
      constructor(
        options: CreateServerOptions | ((socket: Socket) => void) = {},
        listener?: (socket: Socket) => void,
      ) {
        if (typeof options === 'function') super({ stack }, options);
        else super({ ...options, stack }, listener);
      }
    },
    connect: connectOn,
    createConnection: connectOn,
    createServer: createServerOn,
    isIP,
    isIPv4,
    isIPv6,
  };
}
