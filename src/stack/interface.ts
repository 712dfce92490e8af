/**
 * The stack's side of its device: the interface actor, frames in through the pipeline, frames out with back-pressure.
 */

import { filter, merge, Subject, type Subscription, tap } from 'rxjs';
import type { Actor, createActor as CreateActor } from 'xstate';
import { createActor } from 'xstate';
import { interfaceMachine, withManyChildren } from '../../machines/index.ts';
import type { Clock } from '../clock.ts';
import type { Device, Frame } from '../net/device.ts';
import { type Arrivals, type Arrived, decodeFrames } from '../net/pipeline.ts';
import type { StackConnection } from './connection.ts';

export type Inspect = NonNullable<NonNullable<Parameters<typeof CreateActor>[1]>['inspect']>;

/** What an interface asks of the stack above it. */
export interface InterfaceHost extends Arrivals {
  readonly device: Device;
  readonly clock: Clock;
  count(name: string, by?: number): void;
  route(arrived: Arrived): void;
  /** The device has room again: this connection had been held back. */
  resumeSending(connection: StackConnection): void;
  deviceGone(): void;
  crashed(actorId: string, error: unknown): void;
  /** Serves what the actors' steps have left to be told. */
  flush(): void;
}

export class NetworkInterface {
  readonly actor: Actor<typeof interfaceMachine>;
  readonly #host: InterfaceHost;
  readonly #subscriptions: Subscription[] = [];
  readonly #resumed$ = new Subject<readonly Frame[]>();
  readonly #waitingForDevice = new Set<StackConnection>();
  #deviceFull = false;
  /** Batches that arrived while the interface is paused. */
  #held: (readonly Frame[])[] = [];

  constructor(host: InterfaceHost, inspect: Inspect | undefined) {
    this.#host = host;
    const machine = interfaceMachine.provide({
      actions: {
        tellDown: () => host.deviceGone(),
        tellCrashed: ({ event }) => {
          const { actorId, error } = event as unknown as { actorId: string; error: unknown };
          host.crashed(actorId, error);
        },
      },
    });
    this.actor = createActor(withManyChildren(machine), {
      id: 'interface',
      clock: actorClock(host) as never,
      ...(inspect ? { inspect } : {}),
    });
    this.actor.start();
    this.#attach();
  }

  pause(): void {
    this.actor.send({ type: 'pause' });
  }

  /** Takes in what has waited, and goes on. */
  resume(): void {
    this.actor.send({ type: 'resume' });
    for (const batch of this.#held.splice(0)) this.#resumed$.next(batch);
  }

  write(frame: Frame): void {
    this.#host.count('frames.out');
    if (!this.#host.device.write(frame)) this.#deviceFull = true;
  }

  /** Whether new text may be sent. A connection that hears no is told when it may. */
  ready(connection: StackConnection | undefined): boolean {
    if (!this.#deviceFull) return true;
    if (connection) this.#waitingForDevice.add(connection);
    return false;
  }

  forget(connection: StackConnection): void {
    this.#waitingForDevice.delete(connection);
  }

  close(): void {
    this.actor.send({ type: 'close' });
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#host.device.close();
  }

  #attach(): void {
    const { device } = this.#host;
    const frames$ = device.frames$.pipe(tap({ complete: () => this.actor.send({ type: 'device.gone' }) }));
    const arrived$ = merge(frames$, this.#resumed$).pipe(
      filter((batch) => this.#admit(batch)),
      decodeFrames(this.#host),
    );
    this.#subscriptions.push(
      arrived$.subscribe((arrived) => this.#host.route(arrived)),
      device.drained$.subscribe(() => this.#drained()),
    );
  }

  /** Whether a batch may come in now: while the interface is paused it is held. */
  #admit(batch: readonly Frame[]): boolean {
    const { value } = this.actor.getSnapshot();
    if (value === 'paused') this.#held.push(batch);
    if (value !== 'up') return false;
    this.#host.count('frames.in', batch.length);
    return true;
  }

  #drained(): void {
    this.#deviceFull = false;
    const waiting = [...this.#waitingForDevice];
    this.#waitingForDevice.clear();
    for (const connection of waiting) this.#host.resumeSending(connection);
  }
}

/** XState's delayed events on the stack's clock; what they bring is served before the clock goes on. */
function actorClock(
  host: Pick<InterfaceHost, 'clock' | 'flush'>,
): Pick<Clock, 'setTimeout' | 'clearTimeout'> {
  return {
    setTimeout: (callback, delayMs) =>
      host.clock.setTimeout(() => {
        callback();
        host.flush();
      }, delayMs),
    clearTimeout: (id) => host.clock.clearTimeout(id),
  };
}
