/** Writes to the log what becomes of listeners: their backlogs, their beginning and their end. */

import type { StackListener } from '../stack/listener.ts';
import { at } from './chart-recorder.ts';
import { viewListener } from './snapshot.ts';
import type { ActorLike, WatchedHost } from './watched-host.ts';

export class ListenerRecorder {
  readonly #host: WatchedHost;
  readonly #byActor = new Map<ActorLike, StackListener>();

  constructor(host: WatchedHost) {
    this.#host = host;
  }

  start(): void {
    for (const listener of this.#host.stack.listeners) this.#byActor.set(listener.actor, listener);
  }

  stop(): void {
    this.#byActor.clear();
  }

  /** Catches up with what has happened while nothing was captured. */
  catchUp(): void {
    const { listeners } = this.#host.stack;
    for (const [actor, listener] of [...this.#byActor]) if (!listeners.includes(listener)) this.#end(actor);
    for (const listener of listeners) {
      if (this.#byActor.has(listener.actor)) this.#tell(listener);
      else this.opened(listener);
    }
  }

  opened(listener: StackListener): void {
    this.#byActor.set(listener.actor, listener);
    const { name: host, names } = this.#host;
    const view = viewListener(host, listener, names);
    this.#host.add((place) => ({ ...at(place), kind: 'listener.opened', host, view }), {
      subject: view.listener,
      opens: true,
    });
  }

  stepped(actor: ActorLike, value: unknown): void {
    const listener = this.#byActor.get(actor);
    if (!listener) return;
    if (value === 'CLOSED') this.#end(actor);
    else this.#tell(listener);
  }

  #tell(listener: StackListener): void {
    const { name: host, names } = this.#host;
    const view = viewListener(host, listener, names);
    this.#host.add((place) => ({ ...at(place), kind: 'listener', host, view }), { subject: view.listener });
  }

  #end(actor: ActorLike): void {
    this.#byActor.delete(actor);
    const { name: host, names } = this.#host;
    const listener = names.of(actor);
    this.#host.add((place) => ({ ...at(place), kind: 'listener.ended', host, listener }), {
      subject: listener,
      ends: listener,
    });
  }
}
