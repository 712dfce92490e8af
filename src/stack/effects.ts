/**
 * What actors have done and others have yet to hear of. An actor's step ends before anybody is told of it, and whoever is
 * told may send to actors again: so the reports wait in a queue, and are served between the steps, in their order.
 */

import type { Arrival, StepReport } from '../../machines/index.ts';
import type { StackConnection } from './connection.ts';
import type { StackListener } from './listener.ts';

export type Effect =
  | { readonly kind: 'stepped'; readonly connection: StackConnection; readonly report: StepReport }
  | {
      readonly kind: 'told';
      readonly connection: StackConnection;
      readonly what: 'opened' | 'fin-acknowledged' | 'returned';
    }
  | { readonly kind: 'spawn'; readonly listener: StackListener; readonly arrival: Arrival }
  | { readonly kind: 'acceptable'; readonly listener: StackListener };

export class Effects {
  readonly #serve: (effect: Effect) => void;
  #queue: Effect[] = [];
  #serving = false;

  constructor(serve: (effect: Effect) => void) {
    this.#serve = serve;
  }

  get length(): number {
    return this.#queue.length;
  }

  push(effect: Effect): void {
    this.#queue.push(effect);
  }

  /** Serves all that waits, and what comes of it. Called again meanwhile it leaves the work to the first call. */
  flush(): void {
    if (this.#serving || this.#queue.length === 0) return;
    this.#serving = true;
    try {
      while (this.#queue.length > 0) {
        const effects = this.#queue;
        this.#queue = [];
        let served = 0;
        try {
          for (const effect of effects) {
            served++;
            this.#serve(effect);
          }
        } finally {
          // A callback of the user's threw: the others are still to be told, by the next flush.
          if (served < effects.length) this.#queue.unshift(...effects.slice(served));
        }
      }
    } finally {
      this.#serving = false;
    }
  }
}
