/**
 * A connection of a stack as a Duplex in the shape of `net.Socket`.
 */

import type { AddressInfo, Socket as NetSocket } from 'node:net';
import { isIP } from 'node:net';
import process from 'node:process';
import { addAbortSignal, Duplex } from 'node:stream';
import type { Connection, ConnectOptions, Stack } from '../stack/api.ts';
import { parseAddress } from '../wire/index.ts';
import { IdleTimer } from './idle-timer.ts';
import { errors, systemError, toNodeError } from './node-errors.ts';
import { holdUntilDelivered, ProcessHold } from './process-hold.ts';
import { familyName, resolve } from './resolve.ts';
import {
  connectArguments,
  type SocketConnectOptions,
  type SocketOptions,
  type StackSocketOptions,
  stackOptions,
} from './socket-options.ts';
import { UrgentBytes } from './urgent-bytes.ts';

/** So much is taken from the connection at a time at most: more than that must not pile up above the high-water mark. */
const READ_AT_MOST = 65_536;

/** How a server makes a socket of a connection that it has accepted. */
export interface AdoptOptions extends SocketOptions {
  /** ESTABLISHED, or further. */
  readonly connection: Connection;
  /** Leaves what arrives in the connection until somebody reads. */
  readonly pauseOnCreate?: boolean | undefined;
  /** Called when the socket is destroyed, before 'close'. */
  readonly destroyed?: (() => void) | undefined;
}

type Callback = (error?: Error | null) => void;

/**
 * A TCP socket on a stack, in the shape of `net.Socket`: the same calls, properties, events and error codes. Beyond that
 * it has {@link sendUrgent}, the event `urgent`, {@link oobInline} and {@link linger}.
 *
 * `end()` sends a FIN behind what was written. `destroy()` closes both directions: what was written is still delivered,
 * and unread text makes the peer see a reset, as with any kernel. 'close' does not wait for TIME-WAIT. A reset by the peer
 * is an 'error' with the code ECONNRESET, never an 'end'.
 *
 * Event `urgent`: with the urgent byte, as soon as that has arrived, ahead of unread text; with `oobInline` without one,
 * as soon as the peer has announced it.
 *
 * A socket keeps the process alive while it is open, unless `unref()` was called. After that the process waits for what is
 * written to be acknowledged, unless the peer is silent for more than ten seconds.
 *
 * @example
 * ```ts
 * const socket = new Socket({ stack });
 * socket.connect(7, '198.18.0.1', () => socket.end('hello'));
 * socket.pipe(process.stdout);
 * ```
 */
export class Socket extends Duplex implements NetSocket {
  /** The idle time that `setTimeout` was called with, in milliseconds. */
  timeout?: number;
  /**
   * What `destroy()` does to text that is not delivered yet, as SO_LINGER: undefined delivers it behind the scenes; 0 throws
   * it away and resets the connection; a number of seconds delays 'close' until all is acknowledged, and resets after so long.
   */
  linger: number | undefined;
  /** The server that this socket belongs to; Node's `http` sets it. */
  server: unknown;

  readonly #stack: Stack;
  readonly #options: StackSocketOptions;
  readonly #idle: IdleTimer;
  readonly #urgent: UrgentBytes;
  readonly #destroyed: (() => void) | undefined;
  #hold = new ProcessHold();
  #connection: Connection | undefined;
  #connecting = false;
  /** The peer of the last connection, which is remembered beyond its end. */
  #remote: { readonly address: string; readonly port: number } | undefined;
  #noDelay: boolean;
  #keepAlive: boolean;
  #keepAliveDelayMs: number;
  #oobInline: boolean;
  #wantsBytes = false;
  #reading = false;
  #resets = false;
  #bytesRead = 0;
  #bytesTaken = 0;
  /** SND.UNA when the idle timer was last due. */
  #acknowledged = 0;

  constructor(options: SocketOptions | AdoptOptions) {
    super({
      allowHalfOpen: Boolean(options.allowHalfOpen),
      autoDestroy: true,
      // Node's sockets tell with 'close' whether there was an error, which streams don't.
      emitClose: false,
      ...(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
    });
    const { stack, keepAliveInitialDelay = 0 } = options;
    if (stack === undefined) throw errors.invalidType('Socket: give the stack that it belongs to');
    this.#stack = stack;
    this.#options = stackOptions(options);
    this.#noDelay = Boolean(options.noDelay);
    this.#keepAlive = Boolean(options.keepAlive);
    this.#keepAliveDelayMs = keepAliveInitialDelay;
    this.#oobInline = Boolean(options.oobInline);
    this.linger = options.linger;
    this.#idle = new IdleTimer(stack.clock, () => this.#idleExpired());
    this.#urgent = new UrgentBytes(
      () => this.#oobInline,
      (octet) => this.emit('urgent', octet),
    );
    const adopted = 'connection' in options ? options : undefined;
    this.#destroyed = adopted?.destroyed;
    if (!this.allowHalfOpen) this.once('end', () => this.#refuseWrites());
    if (adopted) {
      this.#attach(adopted.connection);
      this.#established();
      if (adopted.pauseOnCreate) this.pause();
      else this.read(0);
    }
    if (options.signal) addAbortSignal(options.signal, this);
  }

  get connecting(): boolean {
    return this.#connecting;
  }

  /** Not connected: `connect` was not called yet, or is not done. */
  get pending(): boolean {
    return this.#connection === undefined || this.#connecting;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.#connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get remoteAddress(): string | undefined {
    return this.#remote?.address;
  }

  get remotePort(): number | undefined {
    return this.#remote?.port;
  }

  get remoteFamily(): string | undefined {
    return this.#remote && familyName(this.#remote.address);
  }

  get localAddress(): string {
    // Undefined before `connect` and after the end, as in Node, whose types don't say so.
    return this.#connection?.localAddress as string;
  }

  get localPort(): number {
    return this.#connection?.localPort as number;
  }

  get localFamily(): string {
    return (this.#connection && familyName(this.#connection.localAddress)) as string;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** All that was written, what still waits included. */
  get bytesWritten(): number {
    return this.#bytesTaken + (this.destroyed ? 0 : this.writableLength);
  }

  /** Bytes that were written and that the connection has not taken yet. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** Always empty: one address is tried. Here for the shape of `net.Socket`. */
  get autoSelectFamilyAttemptedAddresses(): string[] {
    return [];
  }

  /** The core's connection: its state, `info()` and more. Undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Whether urgent data stays in the stream (SO_OOBINLINE). */
  get oobInline(): boolean {
    return this.#oobInline;
  }

  set oobInline(inline: boolean) {
    this.#oobInline = inline;
    this.#connection?.set({ oobInline: inline });
  }

  /** The local end: `{address, family, port}`, or `{}` while there is none. */
  address(): AddressInfo | Record<string, never> {
    const { localAddress: address, localPort: port, localFamily: family } = this;
    return address === undefined ? {} : { address, family, port };
  }

  /**
   * `connect(port[, host][, listener])` or `connect(options[, listener])`. Names are resolved with `options.lookup`.
   *
   * @throws TypeError ERR_MISSING_ARGS, RangeError ERR_SOCKET_BAD_PORT: wrong arguments. What the network has to say comes
   * as 'error': ECONNREFUSED, ETIMEDOUT, EADDRINUSE …
   */
  connect(options: SocketConnectOptions, listener?: () => void): this;
  connect(port: number | string, host: string, listener?: () => void): this;
  connect(port: number | string, listener?: () => void): this;
  connect(...args: unknown[]): this {
    const { options, listener } = connectArguments(args);
    const { port, localAddress } = options;
    const host = options.host || 'localhost';
    if (localAddress && isIP(localAddress) === 0) throw errors.invalidAddress(localAddress);
    if (listener) this.once('connect', listener);
    if (this.#connection || this.#connecting) {
      const code = this.#connecting ? 'EALREADY' : 'EISCONN';
      process.nextTick(() => this.destroy(systemError(code, { syscall: 'connect', address: host, port })));
      return this;
    }
    if (this.destroyed) this.#begin();
    this.#connecting = true;
    this.#hold.open();
    this.#idle.activity();
    const hold = this.#hold;
    const stale = (): boolean => !this.#connecting || hold !== this.#hold;
    if (isIP(host)) {
      process.nextTick(() => stale() || this.#open(host, options));
      return this;
    }
    resolve(host, this.#stack.addresses, options, (error, address, family) => {
      this.emit('lookup', error, address, family, host);
      if (stale()) return;
      this.#idle.activity();
      if (error) process.nextTick(() => stale() || this.destroy(error));
      else this.#open(address, options);
    });
    return this;
  }

  setNoDelay(noDelay = true): this {
    this.#noDelay = noDelay;
    this.#connection?.set({ noDelay });
    return this;
  }

  /** @param initialDelay milliseconds of idle time before the first probe; 0 means the default of two hours */
  setKeepAlive(enable = false, initialDelay = 0): this {
    this.#keepAlive = enable;
    this.#keepAliveDelayMs = initialDelay;
    this.#connection?.set({ keepAliveMs: this.#keepAliveMs });
    return this;
  }

  /** Emits 'timeout' after so many milliseconds without activity; 0 turns that off. Nothing is closed. */
  setTimeout(timeout: number, callback?: () => void): this {
    if (this.destroyed) return this;
    if (!(timeout >= 0))
      throw errors.outOfRange(`setTimeout: the timeout is ${timeout}; give milliseconds, or 0`);
    this.timeout = timeout;
    this.#idle.set(timeout);
    if (callback && timeout === 0) this.off('timeout', callback);
    else if (callback) this.once('timeout', callback);
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

  /**
   * Writes data whose last byte is urgent (RFC 9293 section 3.8.5; RFC 6093 advises new programs against it). It keeps its
   * place behind what was written before.
   *
   * @returns as `write`: false when the caller should wait for 'drain'
   */
  sendUrgent(data: string | Uint8Array, callback?: (error: Error | null | undefined) => void): boolean {
    const bytes = Buffer.from(data as string);
    if (bytes.length === 0) throw errors.invalidValue('sendUrgent: the data is empty; one byte is needed');
    this.#urgent.mark(bytes);
    return this.write(bytes, callback);
  }

  /** Destroys the socket once all that was written has gone to the connection. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Sends a RST and destroys the socket; one that is connecting, once it is connected. */
  resetAndDestroy(): this {
    if (this.#connecting) this.once('connect', () => this.#reset());
    else if (this.#connection) this.#reset();
    else this.destroy(errors.socketClosed());
    return this;
  }

  override _read(): void {
    this.#wantsBytes = true;
    this.#pump();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#take([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Callback): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    if (this.pending) {
      this.once('connect', () => this._final(callback));
      return;
    }
    // Done when the FIN is queued: waiting for its acknowledgment would hold 'close' up for as long as the peer likes.
    this.#connection!.shutdown().catch(() => {});
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const connection = this.#connection;
    const hold = this.#hold;
    this.#connecting = false;
    this.#idle.stop();
    this.#connection = undefined;
    callback(error);
    this.#destroyed?.();
    const closed = (): void => {
      hold.close();
      process.nextTick(() => this.emit('close', error !== null));
    };
    if (connection) this.#letGo(connection, hold, closed);
    else closed();
  }

  get #keepAliveMs(): number | boolean {
    return this.#keepAlive && (this.#keepAliveDelayMs > 0 ? this.#keepAliveDelayMs : true);
  }

  /** A socket may be connected again after its end, as Node's. */
  #begin(): void {
    (this as unknown as { _undestroy(): void })._undestroy();
    const { referenced } = this.#hold;
    this.#hold = new ProcessHold();
    if (!referenced) this.#hold.unref();
    this.#remote = undefined;
    this.#reading = false;
    this.#wantsBytes = false;
    this.#resets = false;
    this.#bytesRead = 0;
    this.#bytesTaken = 0;
    delete (this as { write?: unknown }).write;
    if (!this.allowHalfOpen) this.once('end', () => this.#refuseWrites());
  }

  #open(address: string, { port, localAddress, localPort }: SocketConnectOptions & { port: number }): void {
    const local = localAddress && localPort ? `${localAddress}:${localPort}` : undefined;
    const failed = (error: unknown): void => {
      const { code } = error as { code?: unknown };
      const isOurs = code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL';
      this.destroy(
        isOurs
          ? toNodeError(error, { syscall: 'bind', address: localAddress ?? address, port: localPort ?? 0 })
          : toNodeError(error, { syscall: 'connect', address, port, local }),
      );
    };
    const options: ConnectOptions = {
      ...this.#options,
      noDelay: this.#noDelay,
      keepAliveMs: this.#keepAliveMs,
      oobInline: this.#oobInline,
      host: address,
      port,
      ...(localAddress ? { localAddress } : {}),
      ...(localPort ? { localPort } : {}),
    };
    let connection: Connection;
    try {
      this.#refuseLoopback(address, port);
      connection = this.#stack.open(options);
    } catch (error) {
      failed(error);
      return;
    }
    this.#attach(connection);
    settle(
      connection.opened,
      () => connection === this.#connection && this.#connected(),
      (error) => connection === this.#connection && failed(error),
    );
  }

  /** RFC 1122 section 3.2.1.3 (g): such a packet must not leave the host, so that nobody would ever answer. */
  #refuseLoopback(address: string, port: number): void {
    if (!parseAddress(address)?.isLoopback || this.#stack.addresses.includes(address)) return;
    throw systemError('ENETUNREACH', {
      syscall: 'connect',
      address,
      port,
      cause: new Error(
        `${address} is this machine itself, which the stack reaches by the kernel's address on its device`,
      ),
    });
  }

  #attach(connection: Connection): void {
    this.#connection = connection;
    this.#hold.open();
    this.#urgent.attach(connection);
  }

  #established(): void {
    const { remoteAddress, remotePort } = this.#connection!;
    this.#remote = { address: remoteAddress, port: remotePort };
    this.#connecting = false;
    this.#idle.activity();
  }

  #connected(): void {
    this.#established();
    this.emit('connect');
    this.emit('ready');
    this.#pump();
    if (!this.isPaused()) this.read(0);
  }

  /** Takes bytes from the connection while the stream wants some. What stays there closes the window. */
  #pump(): void {
    const connection = this.#connection;
    if (!connection || this.#connecting || this.#reading || !this.#wantsBytes) return;
    this.#reading = true;
    settle(
      connection.read(READ_AT_MOST),
      (bytes) => {
        if (connection !== this.#connection) return;
        this.#reading = false;
        this.#arrived(bytes);
      },
      (error) => {
        if (connection === this.#connection) this.destroy(toNodeError(error, { syscall: 'read' }));
      },
    );
  }

  #arrived(bytes: Uint8Array | null): void {
    this.#idle.activity();
    this.#urgent.look();
    this.#wantsBytes = false;
    if (bytes === null) {
      this.push(null);
      this.read(0);
      return;
    }
    this.#bytesRead += bytes.length;
    if (this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) this.#wantsBytes = true;
    this.#pump();
  }

  #take(chunks: readonly Buffer[], callback: Callback): void {
    if (this.#connecting) {
      const connected = (): void => {
        this.off('close', closed);
        this.#take(chunks, callback);
      };
      const closed = (): void => {
        this.off('connect', connected);
        callback(errors.closedBeforeConnection());
      };
      this.once('connect', connected);
      this.once('close', closed);
      return;
    }
    const connection = this.#connection;
    if (!connection) {
      callback(errors.socketClosed());
      return;
    }
    this.#idle.activity();
    settle(
      this.#urgent.write(connection, chunks),
      () => {
        for (const chunk of chunks) this.#bytesTaken += chunk.length;
        this.#idle.activity();
        callback();
      },
      (error) => callback(toNodeError(error, { syscall: 'write' })),
    );
  }

  #reset(): void {
    this.#resets = true;
    this.destroy();
  }

  /** CLOSE of both directions, or ABORT; what is left of the connection is the stack's affair then. */
  #letGo(connection: Connection, hold: ProcessHold, closed: () => void): void {
    this.#urgent.detach(connection);
    if (this.#resets || this.linger === 0) {
      connection.abort();
      closed();
      return;
    }
    connection.close().catch(() => {});
    if (this.linger === undefined) {
      if (hold.referenced) holdUntilDelivered(connection);
      closed();
      return;
    }
    const { clock } = this.#stack;
    const patience = clock.setTimeout(() => connection.abort(), this.linger * 1_000);
    const delivered = (): void => {
      clock.clearTimeout(patience);
      closed();
    };
    connection.shutdown().then(delivered, delivered);
  }

  /** The peer's FIN has ended our direction too: whoever writes now is told why that is no use. */
  #refuseWrites(): void {
    this.write = (...args: unknown[]): boolean => {
      if (!this.writableEnded) return Duplex.prototype.write.apply(this, args as Parameters<Duplex['write']>);
      const error = errors.endedByPeer();
      const callback = args.findLast((value) => typeof value === 'function') as Callback | undefined;
      if (callback) process.nextTick(callback, error);
      this.destroy(error);
      return false;
    };
  }

  /** A long write that makes progress is activity, too. */
  #idleExpired(): void {
    const una = this.#connection?.info().snd.una ?? 0;
    const progress = this.writableLength > 0 && una !== this.#acknowledged;
    this.#acknowledged = una;
    if (progress) this.#idle.activity();
    else this.emit('timeout');
  }
}

/** Leaves the promise for a tick of Node's: what a listener throws is then an uncaught exception, as it is with `net`. */
function settle<T>(
  promise: Promise<T>,
  fulfilled: (value: T) => unknown,
  rejected: (error: unknown) => unknown,
): void {
  promise.then(
    (value) => process.nextTick(fulfilled, value),
    (error) => process.nextTick(rejected, error),
  );
}
