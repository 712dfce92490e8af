/**
 * A listener as the user holds it: accept calls over the listener actor. Who waits to be accepted, and how many are half
 * open, is in the chart's context.
 */

import { type Actor, type AnyActorRef, createActor } from 'xstate';
import {
  type Arrival,
  interpreted,
  listenerMachine,
  listeningOf,
  withManyChildren,
} from '../../machines/index.ts';
import { StackError } from '../errors.ts';
import type { Listening } from '../tcp/step.ts';
import type { IpAddress } from '../wire/index.ts';
import type { Connection, ConnectOptions, Listener, ListenOptions, StackOptions } from './api.ts';
import type { Calls } from './calls.ts';

/** What a listener asks of its stack. */
export interface ListenerHost {
  readonly options: StackOptions;
  readonly calls: Calls;
  /** Undefined: the product's own. */
  readonly listenerChart: typeof listenerMachine | undefined;
  connectionOf(id: string): Connection | undefined;
  openFrom(listener: StackListener, options: ConnectOptions): Connection;
  closed(listener: StackListener): void;
  /** Makes the connection that a SYN asks for. */
  spawn(listener: StackListener, arrival: Arrival): void;
  /** Has the listener serve those who accept, once the step is over. */
  acceptable(listener: StackListener): void;
  crashed(actorId: string, error: unknown): void;
  count(name: string): void;
}

export class StackListener implements Listener {
  readonly port: number;
  readonly options: ListenOptions;
  /** Undefined: every address of the stack. */
  readonly local: IpAddress | undefined;
  readonly actor: Actor<typeof listenerMachine>;
  readonly #host: ListenerHost;
  readonly #waiting: ((connection: Connection | null) => void)[] = [];
  #closed = false;
  /** The chart's answer to an OPEN. What then goes wrong is the caller's to hear of, not the actor's. */
  #opens = false;

  constructor(host: ListenerHost, options: ListenOptions, local: IpAddress | undefined, parent: AnyActorRef) {
    this.#host = host;
    this.options = options;
    this.port = options.port;
    this.local = local;
    this.actor = this.#makeActor(parent);
    this.actor.start();
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

  /** What it would do with a SYN now. */
  get listening(): Listening {
    return listeningOf(this.actor.getSnapshot().context);
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

  tryAccept(): Connection | undefined {
    if (this.#closed || this.acceptQueue === 0) return undefined;
    let accepted: Connection | undefined;
    this.#waiting.push((connection) => {
      accepted = connection ?? undefined;
    });
    this.serve();
    return accepted;
  }

  /** Hands out connections as long as there are both somebody who waits and one that is waited for. */
  serve(): void {
    while (this.#waiting.length > 0 && this.acceptQueue > 0) {
      this.#host.calls.run({ call: 'accept', listener: this }, () => this.actor.send({ type: 'accept' }));
    }
  }

  /** The chart's action: the oldest connection goes to the oldest accept. */
  handOut(id: string): void {
    const connection = this.#host.connectionOf(id);
    if (connection) this.#waiting.shift()?.(connection);
  }

  async open(options: ConnectOptions): Promise<Connection> {
    const connection = this.#host.calls.run({ call: 'open', options, listener: this }, () => {
      this.#opens = false;
      this.actor.send({ type: 'open' });
      if (!this.#opens)
        throw new StackError('EINVAL', 'open: the listener is closed', { syscall: 'connect' });
      return this.#host.openFrom(this, options);
    });
    await connection.opened;
    return connection;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
      this.#host.calls.run({ call: 'close-listener', listener: this }, () => {
        this.actor.send({ type: 'close' });
        this.#host.closed(this);
      });
    }
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Connection> {
    for (let connection = await this.accept(); connection; connection = await this.accept()) yield connection;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #makeActor(parent: AnyActorRef): Actor<typeof listenerMachine> {
    const host = this.#host;
    const { backlog = 511, halfOpenBacklog = 1_024 } = this.options;
    const machine = (host.listenerChart ?? listenerMachine).provide({
      actions: {
        spawnConnection: (_, { arrival }) => host.spawn(this, arrival),
        refuse: (_, { reason }) => host.count(`drop.${reason}`),
        handOut: (_, { id }) => this.handOut(id),
        tellAcceptable: () => host.acceptable(this),
        openActively: () => {
          this.#opens = true;
        },
        tellCrashed: ({ event }) => {
          const { actorId, error } = event as unknown as { actorId: string; error: unknown };
          host.crashed(actorId, error);
        },
        reset: (_, { id }) => host.connectionOf(id)?.abort(),
        resetUnaccepted: ({ context }) => {
          for (const id of [...context.halfOpen, ...context.acceptQueue]) host.connectionOf(id)?.abort();
        },
      },
    });
    return createActor(withManyChildren(interpreted(machine, host.options.interpreter)), {
      id: `listener ${this.address ?? '*'}:${this.port}`,
      parent: parent as never,
      input: { backlog, halfOpenBacklog },
    });
  }
}
