/**
 * Node's own `http` and `https` over a stack: agents for clients, and a server's way in.
 */

import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Stack } from '../stack/api.ts';
import { type ConnectingOptions, connect } from './net-of.ts';
import { Server } from './server.ts';
import type { Socket } from './socket.ts';
import type { ServerListenOptions, StackSocketOptions } from './socket-options.ts';

/**
 * An agent for `http.get` and `http.request` whose connections go through the stack. Beside Node's options it takes those of
 * the stack's connections.
 *
 * @example
 * ```ts
 * const agent = httpAgent(stack);
 * http.get('http://198.18.0.1/', { agent }, (response) => response.pipe(process.stdout));
 * ```
 */
export function httpAgent(stack: Stack, options: http.AgentOptions & StackSocketOptions = {}): http.Agent {
  return new StackAgent(stack, options);
}

/**
 * An agent for `https.get` and `https.request`: TLS by Node, over a connection of the stack.
 *
 * @example
 * ```ts
 * https.get('https://example.org/', { agent: httpsAgent(stack) }, (response) => response.pipe(process.stdout));
 * ```
 */
export function httpsAgent(stack: Stack, options: https.AgentOptions & StackSocketOptions = {}): https.Agent {
  return new SecureStackAgent(stack, options);
}

/**
 * Lets a server of `node:http` or `node:https` answer at the stack, beside wherever else it listens.
 *
 * @returns what listens: close it to take no more connections. As Node's own `close()`, that ends idle ones too.
 *
 * @example
 * ```ts
 * const server = http.createServer((request, response) => response.end(`hello, ${request.socket.remoteAddress}\n`));
 * listenHttp(server, stack, { port: 80 });
 * ```
 */
export function listenHttp(
  server: http.Server | https.Server,
  stack: Stack,
  options: ServerListenOptions & StackSocketOptions = {},
  listener?: () => void,
): Server {
  const front = new HttpFront(server, stack, options);
  return front.listen(options, listener);
}

class StackAgent extends http.Agent {
  readonly #stack: Stack;

  constructor(stack: Stack, options: http.AgentOptions) {
    super(options);
    this.#stack = stack;
  }

  override createConnection(options: http.ClientRequestArgs): Duplex {
    return connect(this.#stack, options as unknown as ConnectingOptions);
  }
}

class SecureStackAgent extends https.Agent {
  readonly #stack: Stack;

  constructor(stack: Stack, options: https.AgentOptions) {
    super(options);
    this.#stack = stack;
  }

  override createConnection(options: https.RequestOptions): Duplex | null | undefined {
    const socket = connect(this.#stack, options as unknown as ConnectingOptions);
    // Node's own does the rest: TLS over the socket, and the cache of sessions.
    return super.createConnection({ ...options, socket } as https.RequestOptions);
  }
}

/** What Node's HTTP servers have from `net.Server`, and their types don't show. */
interface NetServerOptions {
  readonly allowHalfOpen?: boolean;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
}

class HttpFront extends Server {
  readonly #server: http.Server | https.Server;

  constructor(server: http.Server | https.Server, stack: Stack, options: StackSocketOptions) {
    const { allowHalfOpen, noDelay, keepAlive, keepAliveInitialDelay = 0 } = server as NetServerOptions;
    super({
      ...options,
      stack,
      allowHalfOpen,
      noDelay,
      keepAlive,
      // Kept in seconds there.
      keepAliveInitialDelay: keepAliveInitialDelay * 1_000,
    });
    this.#server = server;
    this.on('connection', (socket: Socket) => server.emit('connection', socket));
    // Makes Node's server look after slow requests (headersTimeout, requestTimeout).
    this.once('listening', () => server.listening || server.emit('listening'));
  }

  override close(callback?: (error?: Error) => void): this {
    super.close(callback);
    this.#server.closeIdleConnections();
    return this;
  }
}
