/**
 * A stream socket in the manner of BSD, around a listener or a connection of the stack.
 */

import { StackError } from '../../errors.ts';
import type { Connection, ConnectionOptions, Listener, Stack, State } from '../../stack/api.ts';
import { windowShift } from '../../tcp/index.ts';
import type { Profile } from '../profile.ts';
import type { Place } from './arguments.ts';
import { done, failed, type Returned } from './returned.ts';

export interface SocketHost {
  readonly stack: Stack;
  readonly profile: Profile;
  /** The stack's options as the script's sysctls have set them. */
  readonly defaults: ConnectionOptions;
  /** Socket options that sysctls have set for sockets to come, by their names. */
  readonly values: ReadonlyMap<string, number>;
  /** The state in which a RST ended the connection; undefined if none did. */
  resetIn(connection: Connection): State | undefined;
}

const UNSYNCHRONIZED: ReadonlySet<string> = new Set(['SYN-SENT', 'SYN-RECEIVED']);
const BEHIND_THEIR_FIN: ReadonlySet<string> = new Set([
  'CLOSE-WAIT',
  'LAST-ACK',
  'CLOSING',
  'TIME-WAIT',
  'CLOSED',
]);
const OURS_OPEN: ReadonlySet<string> = new Set(['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'CLOSE-WAIT']);

export class DrillSocket {
  readonly host: SocketHost;
  nonBlocking: boolean;
  bound: Place | undefined;
  listener: Listener | undefined;
  connection: Connection | undefined;
  /** For the connections that this socket will make. */
  options: ConnectionOptions = {};
  /** Options as they were set, for whoever reads them back. */
  readonly values = new Map<string, number | string>();
  linger: { readonly on: boolean; readonly seconds: number } = { on: false, seconds: 0 };
  readClosed = false;
  /** The last write had MSG_MORE. */
  heldByMore = false;
  /** How many connections it has handed out. */
  #accepted = 0;
  /** Connections that TCP_DEFER_ACCEPT holds back until they have text. */
  readonly #deferred: Connection[] = [];
  #errorTold = false;
  #connectTold = false;

  constructor(host: SocketHost, nonBlocking = false, connection?: Connection) {
    this.host = host;
    this.nonBlocking = nonBlocking;
    this.connection = connection;
    // Whoever was accepted need not be told that it is connected.
    this.#connectTold = connection !== undefined;
  }

  value(name: string, fallback = 0): number {
    return Number(this.values.get(name) ?? this.host.values.get(name) ?? fallback);
  }

  get connecting(): boolean {
    return this.connection !== undefined && UNSYNCHRONIZED.has(this.connection.state);
  }

  /** Nothing more will be read but what is here. */
  get atEnd(): boolean {
    return this.readClosed || (this.connection !== undefined && BEHIND_THEIR_FIN.has(this.connection.state));
  }

  get mayWrite(): boolean {
    return this.connection !== undefined && OURS_OPEN.has(this.connection.state);
  }

  /** The error that the next call will say, without saying it. */
  get error(): string | undefined {
    const { connection, host } = this;
    if (this.#errorTold || !connection?.closeReason) return undefined;
    const { how, error } = connection.closeReason;
    if (how === 'aborted') return undefined;
    const resetIn = host.resetIn(connection);
    // Behind both FINs RFC 9293 lets nobody know of a RST; hosts do.
    if (resetIn === 'CLOSING' || resetIn === 'LAST-ACK') return host.profile.resetAfterClose;
    return resetIn === 'CLOSE-WAIT' ? host.profile.resetInCloseWait : error?.code;
  }

  /** SO_ERROR: told once. */
  takeError(): string | undefined {
    const { error } = this;
    if (error !== undefined) this.#errorTold = true;
    return error;
  }

  bind(place: Place): Returned {
    if (this.bound || this.connection || this.listener) return failed('EINVAL');
    const { stack } = this.host;
    if (place.address !== undefined && !stack.addresses.includes(place.address))
      return failed('EADDRNOTAVAIL');
    this.bound = place;
    return done();
  }

  listen(backlog: number): Returned {
    if (this.listener) return done();
    if (this.connection) return failed('EINVAL');
    const { address, port } = this.bound ?? { address: undefined, port: 0 };
    return attempted(() => {
      this.listener = this.host.stack.listen({
        ...this.host.defaults,
        ...this.options,
        ...(address === undefined ? {} : { host: address }),
        port,
        backlog: Math.max(1, backlog),
      });
      return done();
    });
  }

  /** Grows whenever there is something new to be read or accepted. */
  get arrivals(): number {
    if (this.listener) return this.#accepted + this.#deferred.length + this.listener.acceptQueue;
    return (this.connection?.info().bytesReceived ?? 0) + (this.atEnd ? 1 : 0);
  }

  /** The next connection that may be accepted, if there is one. */
  accept(): Connection | undefined {
    const next = this.#nextReady();
    if (next) this.#accepted++;
    return next;
  }

  #nextReady(): Connection | undefined {
    if (this.value('TCP_DEFER_ACCEPT') === 0) return this.#deferred.shift() ?? this.listener?.tryAccept();
    for (let next = this.listener?.tryAccept(); next; next = this.listener?.tryAccept())
      this.#deferred.push(next);
    const ready = this.#deferred.findIndex(
      (connection) => connection.peek(1).length > 0 || connection.closeReason,
    );
    return ready < 0 ? undefined : this.#deferred.splice(ready, 1)[0];
  }

  get acceptable(): boolean {
    if (this.value('TCP_DEFER_ACCEPT') === 0) return (this.listener?.acceptQueue ?? 0) > 0;
    const next = this.#nextReady();
    if (next) this.#deferred.unshift(next);
    return next !== undefined;
  }

  /** Begins to connect; the result is that of a call which does not wait. */
  connect(remote: Place & { readonly address: string }): Returned {
    if (this.listener) return failed('EISCONN');
    if (this.connection) return this.connected() ?? failed('EALREADY');
    const { bound } = this;
    return attempted(() => {
      this.connection = this.host.stack.open({
        ...this.host.defaults,
        ...this.options,
        host: remote.address,
        port: remote.port,
        ...(bound && bound.port !== 0
          ? { localPort: bound.port, reuseAddress: this.value('SO_REUSEADDR') !== 0 }
          : {}),
        ...(bound?.address === undefined ? {} : { localAddress: bound.address }),
      });
      return failed('EINPROGRESS');
    });
  }

  /** How connecting has ended; undefined while it lasts. */
  connected(): Returned | undefined {
    if (this.connecting) return undefined;
    if (this.connection?.closeReason) {
      const error = this.takeError();
      return failed(error ?? 'ECONNABORTED');
    }
    const tells = this.host.profile.connectTellsOnce && !this.#connectTold;
    this.#connectTold = true;
    return tells ? done() : failed('EISCONN');
  }

  /** A connect() that waits has told what it came to. */
  connectReturned(): void {
    this.#connectTold = true;
  }

  /** connect(AF_UNSPEC): the connection is aborted, and the socket as it was before. */
  disconnect(): Returned {
    this.connection?.abort();
    this.connection = undefined;
    this.readClosed = false;
    this.#errorTold = false;
    this.#connectTold = false;
    return done();
  }

  shutdown(how: number): Returned {
    const { connection } = this;
    if (how < 0 || how > 2) return failed('EINVAL');
    if (this.listener && how !== 1) {
      void this.listener.close();
      this.listener = undefined;
      return done();
    }
    if (!connection || connection.closeReason) return failed('ENOTCONN');
    if (how !== 1) this.readClosed = true;
    if (how === 0 || !this.mayWrite) return done();
    // Text that was not read yet is no loss so far: it stays to be read.
    const isClose = how === 2 && this.host.profile.shutdownIsClose && connection.info().rcv.queued === 0;
    // Rejects when the connection ends otherwise, which calls to come will tell.
    (isClose ? connection.close() : connection.shutdown()).catch(() => {});
    return done();
  }

  /** Whether close() has to wait (SO_LINGER) is `lingers`. */
  close(): void {
    void this.listener?.close();
    for (const connection of this.#deferred) connection.abort();
    const { connection } = this;
    if (!connection) return;
    if (this.linger.on && this.linger.seconds === 0) connection.abort();
    else void connection.close();
  }

  /** Text or FIN that is not acknowledged yet. */
  get lingers(): boolean {
    const { connection } = this;
    if (!connection || connection.closeReason) return false;
    const { state } = connection;
    return state === 'FIN-WAIT-1' || state === 'CLOSING' || state === 'LAST-ACK' || state === 'SYN-RECEIVED';
  }

  /** The window's scale, which was offered for a larger buffer, goes by this one then. */
  setReceiveBuffer(bytes: number): void {
    const receiveBuffer = Math.max(1, bytes);
    this.options = { ...this.options, windowScale: Math.min(14, windowShift(receiveBuffer)) };
    this.set({ receiveBuffer });
  }

  set(options: Parameters<Connection['set']>[0]): void {
    this.options = { ...this.options, ...options };
    if (this.connection && !this.connection.closeReason) this.connection.set(options);
  }
}

/** Errors of the stack that the caller is told, as the calls tell them. */
export function attempted(call: () => Returned): Returned {
  try {
    return call();
  } catch (error) {
    if (error instanceof StackError) return failed(error.code);
    throw error;
  }
}
