/**
 * A socket's way to a connection: the name is resolved, and its addresses are tried one after the other, as `net.Socket`
 * does it with `autoSelectFamily`.
 */

import { isIP } from 'node:net';
import process from 'node:process';
import type { Connection, ConnectOptions, Stack } from '../stack/api.ts';
import { aggregateError, systemError } from './node-errors.ts';
import { connectError, openConnection } from './open-connection.ts';
import { resolve } from './resolve.ts';
import { settle } from './settle.ts';
import type { SocketConnectOptions } from './socket-options.ts';

/** Whose way it is. */
export interface ConnectingUser {
  /** Emits an event: `lookup`, or one of `connectionAttempt`, `connectionAttemptFailed`, `connectionAttemptTimeout`. */
  tell(event: string, ...args: readonly unknown[]): void;
  /** An attempt has begun: the connection is in SYN-SENT. */
  opening(connection: Connection): void;
  connected(connection: Connection): void;
  failed(error: Error): void;
}

/** As `net.getDefaultAutoSelectFamilyAttemptTimeout()`: so long an address is tried while there are others. */
const ATTEMPT_MS = 250;

export class Connecting {
  readonly #stack: Stack;
  readonly #options: SocketConnectOptions;
  readonly #settings: Partial<ConnectOptions>;
  readonly #user: ConnectingUser;
  /** Addresses that are still to be tried. */
  readonly #waiting: string[] = [];
  /** What came of the others, in their order. */
  readonly #errors: Error[] = [];
  /** `address:port` of each attempt, once there are several addresses. */
  readonly attempted: string[] = [];
  #severalTried = false;
  #cancelled = false;
  #attemptTimer: unknown;

  /** @param settings of the connection that is to be */
  constructor(
    stack: Stack,
    options: SocketConnectOptions,
    settings: Partial<ConnectOptions>,
    user: ConnectingUser,
  ) {
    this.#stack = stack;
    this.#options = options;
    this.#settings = settings;
    this.#user = user;
  }

  /** What comes of it, the user is told in a later tick. */
  begin(): void {
    const host = this.#options.host || 'localhost';
    if (isIP(host)) {
      this.#waiting.push(host);
      process.nextTick(() => this.#next());
      return;
    }
    resolve(host, this.#stack.addresses, this.#options, (error, found) => {
      if (this.#cancelled) return;
      for (const { address, family } of found) this.#user.tell('lookup', error, address, family, host);
      if (error) {
        if (found.length === 0) this.#user.tell('lookup', error, undefined, undefined, host);
        // In a later tick: a lookup may call back at once, and nobody listens yet.
        process.nextTick(() => this.#cancelled || this.#user.failed(error));
        return;
      }
      this.#waiting.push(...inTurn(found));
      this.#severalTried = found.length > 1;
      this.#next();
    });
  }

  /** Goes no further. The connection of an attempt under way is the user's. */
  cancel(): void {
    this.#cancelled = true;
    this.#stack.clock.clearTimeout(this.#attemptTimer);
  }

  #next(): void {
    if (this.#cancelled) return;
    const address = this.#waiting.shift();
    if (address === undefined) {
      this.#user.failed(this.#severalTried ? aggregateError(this.#errors) : this.#errors[0]!);
      return;
    }
    const options = this.#optionsFor(address);
    const { port } = options;
    if (this.#severalTried) this.attempted.push(`${address}:${port}`);
    this.#user.tell('connectionAttempt', address, port, isIP(address));
    if (this.#cancelled) return;
    let connection: Connection;
    try {
      connection = openConnection(this.#stack, options);
    } catch (error) {
      this.#failed(error as Error, options);
      return;
    }
    this.#user.opening(connection);
    this.#watch(connection, options);
  }

  #watch(connection: Connection, options: ConnectOptions): void {
    let isOver = false;
    const over = (then: () => void) => (): void => {
      if (isOver || this.#cancelled) return;
      isOver = true;
      this.#stack.clock.clearTimeout(this.#attemptTimer);
      then();
    };
    let failure: unknown;
    const failed = over(() => this.#failed(connectError(failure, options), options));
    settle(
      connection.opened,
      over(() => this.#user.connected(connection)),
      (error) => {
        failure = error;
        failed();
      },
    );
    if (this.#waiting.length === 0) return;
    const { autoSelectFamilyAttemptTimeout: attemptMs = ATTEMPT_MS } = this.#options;
    const timeout = over(() => {
      connection.abort();
      const { host: address, port } = options;
      this.#errors.push(systemError('ETIMEDOUT', { syscall: 'connect', address, port }));
      this.#user.tell('connectionAttemptTimeout', address, port, isIP(address));
      this.#next();
    });
    this.#attemptTimer = this.#stack.clock.setTimeout(timeout, Math.max(10, attemptMs));
  }

  #failed(error: Error, { host, port }: ConnectOptions): void {
    this.#errors.push(error);
    this.#user.tell('connectionAttemptFailed', host, port, isIP(host), error);
    this.#next();
  }

  #optionsFor(host: string): ConnectOptions {
    const { port, localAddress, localPort } = this.#options;
    return {
      ...this.#settings,
      host,
      port,
      ...(localAddress ? { localAddress } : {}),
      ...(localPort ? { localPort } : {}),
    };
  }
}

/** The IP versions by turns, beginning with that of the first address (RFC 8305 section 4). */
function inTurn(found: readonly { readonly address: string; readonly family: number }[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(({ family }) => family !== found[0]?.family);
  return first
    .flatMap((one, at) => [one, others[at]])
    .concat(others.slice(first.length))
    .flatMap((one) => (one === undefined ? [] : [one.address]));
}
