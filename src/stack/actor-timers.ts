/**
 * The delayed events of a stack's actors, each actor's apart. XState's own scheduler keeps all of them in one record, and goes
 * through the whole of it when an actor ends: with ten thousand connections in TIME-WAIT, milliseconds for each end.
 */

import type { AnyActorRef, EventObject } from 'xstate';
import type { Clock, TimerId } from '../clock.ts';

interface Delayed {
  readonly id: string | undefined;
  timer: TimerId;
}

/** What XState asks of the scheduler of an actor system. */
export class ActorTimers {
  readonly #clock: Clock;
  readonly #served: () => void;
  readonly #byActor = new Map<AnyActorRef, Delayed[]>();
  #count = 0;

  /** @param served called when what an event has brought is to be served, before the clock goes on */
  constructor(clock: Clock, served: () => void) {
    this.#clock = clock;
    this.#served = served;
  }

  /** How many events are under way. */
  get count(): number {
    return this.#count;
  }

  has(actor: AnyActorRef): boolean {
    return this.#byActor.has(actor);
  }

  schedule(source: AnyActorRef, target: AnyActorRef, event: EventObject, delay: number, id?: string): void {
    const delayed: Delayed = { id, timer: undefined };
    const own = this.#byActor.get(source);
    if (own) own.push(delayed);
    else this.#byActor.set(source, [delayed]);
    this.#count++;
    delayed.timer = this.#clock.setTimeout(() => {
      this.#forget(source, delayed);
      relay(source, target, event);
      this.#served();
    }, delay);
  }

  cancel(source: AnyActorRef, id: string): void {
    const delayed = this.#byActor.get(source)?.find((each) => each.id === id);
    if (!delayed) return;
    this.#forget(source, delayed);
    this.#clock.clearTimeout(delayed.timer);
  }

  cancelAll(actor: AnyActorRef): void {
    const own = this.#byActor.get(actor);
    if (!own) return;
    this.#byActor.delete(actor);
    this.#count -= own.length;
    for (const { timer } of own) this.#clock.clearTimeout(timer);
  }

  #forget(source: AnyActorRef, delayed: Delayed): void {
    const own = this.#byActor.get(source)!;
    this.#count--;
    if (own.length === 1) this.#byActor.delete(source);
    else own.splice(own.indexOf(delayed), 1);
  }
}

function relay(source: AnyActorRef, target: AnyActorRef, event: EventObject): void {
  (
    source.system as unknown as { _relay(from: AnyActorRef, to: AnyActorRef, event: EventObject): void }
  )._relay(source, target, event);
}
