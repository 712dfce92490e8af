/**
 * A connection of a stack as a Duplex in the shape of `net.Socket`.
 */

import type { Socket as NetSocket } from 'node:net';
import { isIP } from 'node:net';
import process from 'node:process';
import { addAbortSignal } from 'node:stream';
import type { Connection, Stack } from '../stack/api.ts';
import { refuseWrites, whenConnected } from './before-and-after.ts';
import { Connecting } from './connecting.ts';
import { IdleTimer } from './idle-timer.ts';
import { letGo } from './let-go.ts';
import { errors, systemError, toNodeError } from './node-errors.ts';
import { ProcessHold } from './process-hold.ts';
import { ReadPump } from './read-pump.ts';
import { settle } from './settle.ts';
import { SocketEnds } from './socket-ends.ts';
import {
  type AdoptOptions,
  connectArguments,
  keepAliveMs,
  type LivingSettings,
  type SocketConnectOptions,
  type SocketOptions,
  type StackSocketOptions,
  stackOptions,
} from './socket-options.ts';
import { UrgentBytes } from './urgent-bytes.ts';

type Callback = (error?: Error | null) => void;

/**
 * A TCP socket on a stack, in the shape of `net.Socket`: the same calls, properties, events and error codes. Beyond that
 * it has {@link sendUrgent}, the event `urgent`, {@link oobInline} and {@link linger}.
 *
 * `end()` sends a FIN behind what was written. `destroy()` closes both directions: what was written is still delivered,
 * and unread text makes the peer see a reset, as with any kernel. 'close' does not wait for TIME-WAIT. A reset by the peer
 * is an 'error' with the code ECONNRESET, never an 'end'.
 *
 * Event `urgent`: with the urgent byte (a number), when the text before it has been read; with `oobInline` without one, as
 * soon as the peer has announced it.
 *
 * A socket keeps the process alive while it is open, unless `unref()` was called. After that the process waits until what
 * was written is acknowledged, but not for a peer that acknowledges nothing for ten seconds.
 *
 * @example
 * ```ts
 * const socket = new Socket({ stack });
 * socket.connect(7, '198.18.0.1', () => socket.end('hello'));
 * socket.pipe(process.stdout);
 * ```
 */
export class Socket extends SocketEnds implements NetSocket {
  /** The idle time that `setTimeout` was called with, in milliseconds. */
  timeout?: number;
  /**
   * What `destroy()` does to text that is not delivered yet, as SO_LINGER: undefined delivers it behind the scenes; 0 throws
   * it away and resets the connection; a number of seconds delays 'close' until all is acknowledged, and resets after so long.
   */
  linger: number | undefined;
  /** The server that this socket belongs to; Node's `http` puts its own here. */
  server: unknown;

  readonly #stack: Stack;
  readonly #options: StackSocketOptions;
  readonly #settings: LivingSettings;
  readonly #idle: IdleTimer;
  readonly #urgent: UrgentBytes;
  readonly #destroyed: (() => void) | undefined;
  #hold = new ProcessHold();
  #pump: ReadPump | undefined;
  /** On the way to a connection. */
  #connecting: Connecting | undefined;
  /** Somebody wanted to read before there was a pump. */
  #wantsBytes = false;
  #bytesRead = 0;
  #bytesTaken = 0;
  /** Destroying it sends a RST. */
  #resets = false;

  constructor(options: SocketOptions | AdoptOptions) {
    super({
      allowHalfOpen: Boolean(options.allowHalfOpen),
      autoDestroy: true,
      // Node's sockets tell with 'close' whether there was an error, which streams don't.
      emitClose: false,
      ...(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
    });
    const { stack } = options;
    if (stack === undefined) throw errors.invalidType('Socket: give the stack that it belongs to');
    this.#stack = stack;
    this.#options = stackOptions(options);
    this.#settings = {
      noDelay: Boolean(options.noDelay),
      keepAliveMs: keepAliveMs(options.keepAlive, options.keepAliveInitialDelay),
      oobInline: Boolean(options.oobInline),
    };
    this.linger = options.linger;
    this.#idle = new IdleTimer(
      stack.clock,
      // A long write is active as long as the peer acknowledges some of it.
      () => (this.writableLength > 0 ? this.current?.info().snd.una : undefined),
      () => this.emit('timeout'),
    );
    this.#urgent = new UrgentBytes({
      isInline: () => this.oobInline,
      isDelivering: () => this.#pump?.delivering ?? false,
      tell: (octet) => this.emit('urgent', octet),
    });
    const adopted = 'connection' in options ? options : undefined;
    this.#destroyed = adopted?.destroyed;
    this.on('end', () => this.allowHalfOpen || refuseWrites(this));
    if (adopted) {
      this.#attach(adopted.connection);
      this.#established(adopted.connection);
      if (adopted.pauseOnCreate) this.pause();
      else this.read(0);
    }
    if (options.signal) addAbortSignal(options.signal, this);
  }

  get connecting(): boolean {
    return this.#connecting !== undefined;
  }

  /** Not connected: `connect` was not called yet, or is not done. */
  get pending(): boolean {
    return this.current === undefined || this.connecting;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.#connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** All that was written, what still waits included. */
  get bytesWritten(): number {
    return this.#bytesTaken + (this.destroyed ? 0 : this.writableLength);
  }

  /** Whether urgent data stays in the stream (SO_OOBINLINE). */
  get oobInline(): boolean {
    return this.#settings.oobInline;
  }

  set oobInline(oobInline: boolean) {
    this.#set({ oobInline });
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
    if (this.current || this.#connecting) {
      const code = this.#connecting ? 'EALREADY' : 'EISCONN';
      process.nextTick(() => this.destroy(systemError(code, { syscall: 'connect', address: host, port })));
      return this;
    }
    if (this.destroyed) this.#beginAgain();
    this.#hold.open();
    this.#idle.activity();
    const connecting = new Connecting(
      this.#stack,
      options,
      { ...this.#options, ...this.#settings },
      {
        tell: (event, ...args) => this.emit(event, ...args),
        opening: (connection) => this.#attach(connection),
        connected: (connection) => this.#connected(connection),
        failed: (error) => this.destroy(error),
      },
    );
    this.#connecting = connecting;
    this.autoSelectFamilyAttemptedAddresses = connecting.attempted;
    connecting.begin();
    return this;
  }

  setNoDelay(noDelay = true): this {
    return this.#set({ noDelay });
  }

  /** @param initialDelay milliseconds of idle time before the first probe; 0 means the default of two hours */
  setKeepAlive(enable = false, initialDelay = 0): this {
    return this.#set({ keepAliveMs: keepAliveMs(enable, initialDelay) });
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
    const reset = (): void => {
      this.#resets = true;
      this.destroy();
    };
    if (this.#connecting) this.once('connect', reset);
    else if (this.current) reset();
    else this.destroy(errors.socketClosed());
    return this;
  }

  override _read(): void {
    if (this.#pump) this.#pump.want();
    else this.#wantsBytes = true;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#take([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Callback): void {
    const buffers = chunks.map(({ chunk }) => chunk);
    this.#take(buffers, callback);
  }

  override _final(callback: Callback): void {
    if (this.pending) {
      this.once('connect', () => this._final(callback));
      return;
    }
    // Done when the FIN is queued: waiting for its acknowledgment would hold 'close' up for as long as the peer likes.
    this.current!.shutdown().catch(() => {});
    // A turn later, as with Node's own, so that 'finish' has its usual place among the events.
    setImmediate(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const linger = this.#resets ? 0 : this.linger;
    const connection = this.current;
    const hold = this.#hold;
    this.#connecting?.cancel();
    this.#connecting = undefined;
    this.#idle.stop();
    this.#pump?.stop();
    this.#pump = undefined;
    this.current = undefined;
    callback(error);
    this.#destroyed?.();
    const closed = (): void => {
      hold.close();
      process.nextTick(() => this.emit('close', error !== null));
    };
    if (!connection) {
      closed();
      return;
    }
    this.#urgent.detach(connection);
    const { clock } = this.#stack;
    letGo({ connection, linger, clock, referenced: hold.referenced }, closed);
  }

  /** A socket may be connected again after its end, as Node's. */
  #beginAgain(): void {
    // Node's own sockets do it by this call, too.
    (this as unknown as { _undestroy(): void })._undestroy();
    const { referenced } = this.#hold;
    this.#hold = new ProcessHold();
    if (!referenced) this.#hold.unref();
    this.remote = undefined;
    this.#wantsBytes = false;
    this.#resets = false;
    this.#bytesRead = 0;
    this.#bytesTaken = 0;
    this.write = Socket.prototype.write;
  }

  #attach(connection: Connection): void {
    this.current = connection;
    this.#hold.open();
    this.#idle.activity();
    this.#urgent.attach(connection);
  }

  #connected(connection: Connection): void {
    this.#established(connection);
    this.emit('connect');
    this.emit('ready');
    if (!this.isPaused()) this.read(0);
  }

  #established(connection: Connection): void {
    const { remoteAddress: address, remotePort: port } = connection;
    this.remote = { address, port };
    this.#connecting = undefined;
    this.#idle.activity();
    this.#pump = new ReadPump(connection, {
      arrived: (bytes) => this.#arrived(bytes),
      failed: (error) => this.destroy(toNodeError(error, { syscall: 'read' })),
    });
    if (this.#wantsBytes) this.#pump.want();
  }

  #arrived(bytes: Uint8Array | null): boolean {
    this.#idle.activity();
    this.#bytesRead += bytes?.length ?? 0;
    const more = this.push(bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    this.#urgent.look();
    // Without anything to read, this is what has 'end' emitted.
    if (bytes === null) this.read(0);
    return more;
  }

  #take(chunks: readonly Buffer[], callback: Callback): void {
    if (this.#connecting) {
      whenConnected(this, () => this.#take(chunks, callback), callback);
      return;
    }
    if (!this.current) {
      callback(errors.socketClosed());
      return;
    }
    this.#idle.activity();
    settle(
      this.#urgent.write(this.current, chunks),
      () => {
        for (const chunk of chunks) this.#bytesTaken += chunk.length;
        this.#idle.activity();
        callback();
      },
      (error) => callback(toNodeError(error, { syscall: 'write' })),
    );
  }

  #set(change: Partial<LivingSettings>): this {
    Object.assign(this.#settings, change);
    this.current?.set(change);
    return this;
  }
}
