/**
 * A listener as the user holds it: accept calls over the listener actor. Who waits to be accepted, and how many are half
 * open, is in the chart's context.
 */

import type { Actor } from 'xstate';
import type { listenerMachine } from '../../machines/index.ts';
import { StackError } from '../errors.ts';
import type { IpAddress } from '../wire/index.ts';
import type { Connection, ConnectOptions, Listener, ListenOptions } from './api.ts';

/** What a listener asks of its stack. */
export interface ListenerHost {
  connectionOf(id: string): Connection | undefined;
  openFrom(listener: StackListener, options: ConnectOptions): Connection;
  closed(listener: StackListener): void;
}

export class StackListener implements Listener {
  readonly port: number;
  readonly options: ListenOptions;
  /** Undefined: every address of the stack. */
  readonly local: IpAddress | undefined;
  /** Set by the stack, right after it has made both. */
  actor!: Actor<typeof listenerMachine>;
  readonly #host: ListenerHost;
  readonly #waiting: ((connection: Connection | null) => void)[] = [];
  #closed = false;

  constructor(host: ListenerHost, options: ListenOptions, local: IpAddress | undefined) {
    this.#host = host;
    this.options = options;
    this.port = options.port;
    this.local = local;
  }

  get address(): string | undefined {
    return this.local?.toString();
  }

  get halfOpen(): number {
    return this.actor.getSnapshot().context.halfOpen.size;
  }

  get acceptQueue(): number {
    return this.actor.getSnapshot().context.acceptQueue.length;
  }

  accept(): Promise<Connection | null> {
    return new Promise((resolve) => {
      if (this.#closed) {
        resolve(null);
        return;
      }
      this.#waiting.push(resolve);
      this.serve();
    });
  }

  /** Hands out connections as long as there are both somebody who waits and one that is waited for. */
  serve(): void {
    while (this.#waiting.length > 0 && this.acceptQueue > 0) this.actor.send({ type: 'accept' });
  }

  /** The chart's action: the oldest connection goes to the oldest accept. */
  handOut(id: string): void {
    const connection = this.#host.connectionOf(id);
    if (connection) this.#waiting.shift()?.(connection);
  }

  async open(options: ConnectOptions): Promise<Connection> {
    if (this.#closed) throw new StackError('EINVAL', 'open: the listener is closed', { syscall: 'connect' });
    this.actor.send({ type: 'open' });
    const connection = this.#host.openFrom(this, options);
    await connection.opened;
    return connection;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
      this.actor.send({ type: 'close' });
      this.#host.closed(this);
    }
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Connection> {
    for (let connection = await this.accept(); connection; connection = await this.accept()) yield connection;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
