/**
 * A listener of a stack as an event emitter in the shape of `net.Server`.
 */

import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { isIP } from 'node:net';
import process from 'node:process';
import type { Connection, Listener } from '../stack/api.ts';
import { errors, toNodeError } from './node-errors.ts';
import { ProcessHold } from './process-hold.ts';
import { familyName, resolve } from './resolve.ts';
import { Socket } from './socket.ts';
import {
  type AdoptOptions,
  keepAliveMs,
  listenArguments,
  type ServerListenOptions,
  type ServerOptions,
  stackOptions,
} from './socket-options.ts';

/** What a server tells with the event `drop` of a connection that was one too many. */
export interface DropArgument {
  readonly localAddress: string;
  readonly localPort: number;
  readonly localFamily: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily: string;
}

/**
 * A TCP server on a stack, in the shape of `net.Server`: events `listening`, `connection`, `drop`, `close` and `error`.
 * What can't be listened on comes as 'error': EADDRINUSE, EADDRNOTAVAIL.
 *
 * A server keeps the process alive while it listens, unless `unref()` was called.
 *
 * @example
 * ```ts
 * const server = new Server({ stack }, (socket) => socket.pipe(socket));
 * server.listen(7, () => console.log('echo at', server.address()));
 * ```
 */
export class Server extends EventEmitter {
  /** Connections beyond so many are closed at once, with an event `drop` for each. */
  maxConnections: number | undefined;

  readonly #options: ServerOptions;
  readonly #hold = new ProcessHold();
  #listener: Listener | undefined;
  #connections = 0;
  /** Changes with each call of `listen` and `close`: a name that was being resolved meanwhile is of no use then. */
  #generation = 0;

  constructor(options: ServerOptions, connectionListener?: (socket: Socket) => void) {
    super();
    if (options?.stack === undefined) throw errors.invalidType('Server: give the stack that it belongs to');
    this.#options = options;
    if (connectionListener) this.on('connection', connectionListener);
  }

  get listening(): boolean {
    return this.#listener !== undefined;
  }

  /**
   * `listen([port[, host[, backlog]]][, listener])` or `listen(options[, listener])`.
   *
   * @throws Error ERR_SERVER_ALREADY_LISTEN, RangeError ERR_SOCKET_BAD_PORT
   */
  listen(port?: number | string, host?: string, backlog?: number, listener?: () => void): this;
  listen(port?: number | string, host?: string, listener?: () => void): this;
  listen(port?: number | string, backlog?: number, listener?: () => void): this;
  listen(port?: number | string, listener?: () => void): this;
  listen(options: ServerListenOptions, listener?: () => void): this;
  listen(listener?: () => void): this;
  listen(...args: unknown[]): this {
    if (this.#listener) throw errors.alreadyListening();
    const { options, listener } = listenArguments(args);
    const { host, signal } = options;
    if (listener) this.once('listening', listener);
    const generation = ++this.#generation;
    const aborted = (): void => {
      if (generation === this.#generation) this.close();
    };
    if (signal?.aborted) process.nextTick(aborted);
    else signal?.addEventListener('abort', aborted, { once: true });
    if (!host || isIP(host)) {
      this.#listenAt(host || undefined, options);
      return this;
    }
    resolve(host, this.#options.stack.addresses, { autoSelectFamily: false }, (error, found) => {
      if (generation !== this.#generation) return;
      if (error) this.emit('error', error);
      else this.#listenAt(found[0]?.address, options);
    });
    return this;
  }

  /** Where it listens; null while it does not. `0.0.0.0` or `::` stand for all addresses of the stack. */
  address(): AddressInfo | null {
    if (!this.#listener) return null;
    const { address = this.#anyAddress(), port } = this.#listener;
    return { address, family: familyName(address), port };
  }

  /**
   * Takes no more connections; 'close' follows when the last one has ended.
   *
   * @param callback called with 'close', with an error if the server was not listening
   */
  close(callback?: (error?: Error) => void): this {
    this.#generation++;
    const listener = this.#listener;
    if (callback) this.once('close', () => (listener ? callback() : callback(errors.serverNotRunning())));
    this.#listener = undefined;
    this.#hold.close();
    void listener?.close();
    this.#closeIfDrained();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#listener) return;
    await new Promise<void>((resolve, reject) => {
      this.close((error) => (error ? reject(error) : resolve()));
    });
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    process.nextTick(callback, null, this.#connections);
    return this;
  }

  ref(): this {
    this.#hold.ref();
    return this;
  }

  unref(): this {
    this.#hold.unref();
    return this;
  }

  #listenAt(host: string | undefined, { port, backlog }: ServerListenOptions & { port: number }): void {
    const { stack, noDelay = false, keepAlive, keepAliveInitialDelay } = this.#options;
    const isAny = host === '0.0.0.0' || host === '::';
    try {
      this.#listener = stack.listen({
        ...stackOptions(this.#options),
        noDelay,
        keepAliveMs: keepAliveMs(keepAlive, keepAliveInitialDelay),
        port,
        ...(host === undefined || isAny ? {} : { host }),
        ...(backlog === undefined ? {} : { backlog }),
      });
    } catch (error) {
      const place = { syscall: 'listen', address: host ?? this.#anyAddress(), port };
      process.nextTick(() => this.emit('error', toNodeError(error, place, true)));
      return;
    }
    this.#hold.open();
    const listener = this.#listener;
    process.nextTick(() => listener === this.#listener && this.emit('listening'));
    this.#acceptFrom(listener);
  }

  #acceptFrom(listener: Listener): void {
    listener.accept().then((connection) => {
      if (connection === null) {
        // The stack was closed, and its listeners with it.
        if (listener === this.#listener) this.close();
        return;
      }
      // In a tick of Node's, so that what a listener throws is an uncaught exception; the next accept is not held up by it.
      process.nextTick(() => this.#accepted(connection, listener));
      this.#acceptFrom(listener);
    });
  }

  #accepted(connection: Connection, listener: Listener): void {
    if (listener !== this.#listener) {
      connection.abort();
      return;
    }
    if (this.maxConnections !== undefined && this.#connections >= this.maxConnections) {
      this.emit('drop', dropArgument(connection));
      connection.close().catch(() => {});
      return;
    }
    this.#connections++;
    const { pauseOnConnect } = this.#options;
    const options: AdoptOptions = {
      ...this.#options,
      connection,
      pauseOnCreate: pauseOnConnect,
      destroyed: () => {
        this.#connections--;
        this.#closeIfDrained();
      },
    };
    const socket = new Socket(options);
    socket.server = this;
    this.emit('connection', socket);
  }

  #closeIfDrained(): void {
    if (this.#listener || this.#connections > 0) return;
    process.nextTick(() => this.emit('close'));
  }

  #anyAddress(): string {
    return this.#options.stack.addresses.some((address) => isIP(address) === 6) ? '::' : '0.0.0.0';
  }
}

function dropArgument(connection: Connection): DropArgument {
  const { localAddress, localPort, remoteAddress, remotePort } = connection;
  return {
    localAddress,
    localPort,
    localFamily: familyName(localAddress),
    remoteAddress,
    remotePort,
    remoteFamily: familyName(remoteAddress),
  };
}
