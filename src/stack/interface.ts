/**
 * The stack's side of its device: the interface actor, frames in through the pipeline, frames out with back-pressure.
 */

import { type Observable, Subject, type Subscription, tap } from 'rxjs';
import type { Actor, createActor as CreateActor } from 'xstate';
import { createActor } from 'xstate';
import { interfaceMachine, interpreted, withManyChildren } from '../../machines/index.ts';
import type { Clock } from '../clock.ts';
import type { Arriving, Device, Frame, Offload, OffloadedFrame } from '../net/device.ts';
import { type Arrivals, type Arrived, decodeFrames } from '../net/pipeline.ts';
import { ActorTimers } from './actor-timers.ts';
import type { StackOptions } from './api.ts';
import type { StackConnection } from './connection.ts';

export type Inspect = NonNullable<NonNullable<Parameters<typeof CreateActor>[1]>['inspect']>;

/** Frames that wait while the interface is paused: as many as the kernel's own queue of a TUN device holds. */
const HELD_LIMIT = 500;

/** What an interface asks of the stack above it. */
export interface InterfaceHost extends Arrivals {
  readonly options: StackOptions;
  readonly device: Device;
  readonly clock: Clock;
  count(name: string, by?: number): void;
  route(arrived: Arrived): void;
  /** Takes in what has arrived together, and is acknowledged together. */
  together(takeIn: () => void): void;
  /** The device has room again: this connection had been held back. */
  resumeSending(connection: StackConnection): void;
  deviceGone(): void;
  crashed(actorId: string, error: unknown): void;
  /** Serves what the actors' steps have left to be told. */
  flush(): void;
}

export class NetworkInterface {
  readonly actor: Actor<typeof interfaceMachine>;
  readonly timers: ActorTimers;
  readonly #host: InterfaceHost;
  readonly #subscriptions: Subscription[] = [];
  /** What the pipeline takes in. */
  readonly #handed$ = new Subject<readonly Arriving[]>();
  readonly #waitingForDevice = new Set<StackConnection>();
  #deviceFull = false;
  /** Arrived while the interface is paused. */
  #held: Arriving[] = [];
  /** Undefined while the device is not listened to: before the start, after the end, and when too many are held. */
  #listening: Subscription | undefined;

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
    this.actor = createActor(withManyChildren(interpreted(machine, host.options.interpreter)), {
      id: 'interface',
      ...(inspect ? { inspect } : {}),
    });
    this.timers = new ActorTimers(host.clock, () => host.flush());
    this.actor.system.scheduler = this.timers;
    this.actor.start();
    this.#attach();
  }

  pause(): void {
    this.#tell('pause');
  }

  /** Goes on. What has waited is still to be taken, and what arrives before that waits behind it. */
  resume(): void {
    this.#tell('resume');
    this.#listen();
  }

  get held(): number {
    return this.#held.length;
  }

  /** How many connections wait for room in the device. */
  get waiting(): number {
    return this.#waitingForDevice.size;
  }

  /** Takes in the first frame that waits. Returns false when none does. */
  takeHeld(): boolean {
    const frame = this.#held.shift();
    if (frame === undefined) return false;
    this.#handed$.next([frame]);
    this.#listen();
    return true;
  }

  /** Takes a frame in that has not come by the device. */
  deliver(frame: Frame): void {
    this.#arrive([frame]);
  }

  write(frame: Frame): void {
    this.#host.count('frames.out');
    if (!this.#host.device.write(frame)) this.#deviceFull = true;
  }

  /** What the device does of the stack's work. */
  get offload(): Offload | undefined {
    return this.#host.device.offload;
  }

  /** To a device that has an `offload`. */
  writeOffloaded(offloaded: OffloadedFrame): void {
    this.#host.count('frames.out');
    if (!this.offload!.write(offloaded)) this.#deviceFull = true;
  }

  get #joins(): boolean {
    const { offload } = this;
    return offload !== undefined && offload.largest > this.#host.device.mtu;
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
    this.#tell('close');
    this.#unlisten();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#host.device.close();
  }

  /** To one that is down no more can be said: XState would warn of it. */
  #tell(type: 'pause' | 'resume' | 'device.gone' | 'close'): void {
    if (this.actor.getSnapshot().status === 'active') this.actor.send({ type });
  }

  #attach(): void {
    const { device } = this.#host;
    const arrived$ = this.#handed$.pipe(
      tap((batch) => this.#host.count('frames.in', batch.length)),
      decodeFrames(this.#host),
    );
    this.#subscriptions.push(
      arrived$.subscribe((arrived) => this.#host.route(arrived)),
      device.drained$.subscribe(() => this.#drained()),
    );
    this.#listen();
  }

  #listen(): void {
    if (this.#listening || this.actor.getSnapshot().value === 'down') return;
    const arriving$: Observable<readonly Arriving[]> = this.offload?.frames$ ?? this.#host.device.frames$;
    this.#listening = arriving$.subscribe({
      next: (batch) => this.#arrive(batch),
      complete: () => this.#tell('device.gone'),
    });
  }

  #arrive(batch: readonly Arriving[]): void {
    const { value } = this.actor.getSnapshot();
    if (value === 'down') return;
    if (value === 'up' && this.#held.length === 0) {
      // Where segments come joined one ACK stands for several of them anyhow; elsewhere each says when it wants one.
      if (this.#joins && batch.length > 1) this.#host.together(() => this.#handed$.next(batch));
      else this.#handed$.next(batch);
      return;
    }
    this.#held.push(...batch);
    // Not read any more, the device's own queue fills up, as it would under any stack that is too slow.
    if (this.#held.length >= HELD_LIMIT) this.#unlisten();
  }

  #unlisten(): void {
    this.#listening?.unsubscribe();
    this.#listening = undefined;
  }

  #drained(): void {
    this.#deviceFull = false;
    const waiting = [...this.#waitingForDevice];
    this.#waitingForDevice.clear();
    for (const connection of waiting) this.#host.resumeSending(connection);
  }
}
