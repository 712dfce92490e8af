/** The listener chart as a pure function, as `actors.ts` has it of the connection chart. */

import { type AnyActorScope, createActor } from 'xstate';
import type { Arrival, ListenerEvent, listenerMachine } from '../../../machines/index.ts';
import type { ListenerSnapshot } from './end.ts';

const BACKLOG = 1;

export interface Listened {
  readonly snapshot: ListenerSnapshot;
  readonly spawned: Arrival | undefined;
  readonly handedOut: boolean;
  readonly reset: boolean;
}

export class ListenerRunner {
  readonly #machine;
  readonly #scope: AnyActorScope;
  #spawned: Arrival | undefined;
  #handedOut = false;
  #reset = false;

  constructor(chart: typeof listenerMachine) {
    this.#machine = chart.provide({
      actions: {
        spawnConnection: (_, { arrival }) => {
          this.#spawned = arrival;
        },
        handOut: () => {
          this.#handedOut = true;
        },
        reset: () => {
          this.#reset = true;
        },
        resetUnaccepted: ({ context }) => {
          this.#reset = context.halfOpen.size > 0 || context.acceptQueue.length > 0;
        },
      },
    });
    const input = { backlog: BACKLOG, halfOpenBacklog: BACKLOG };
    const actor = createActor(this.#machine, { input });
    this.#scope = {
      self: actor,
      id: actor.id,
      sessionId: actor.sessionId,
      system: actor.system,
      logger: () => {},
      emit: () => {},
      stopChild: () => {},
      defer: (task: () => void) => task(),
      actionExecutor: (action: {
        readonly info: unknown;
        readonly params: unknown;
        readonly exec?: (info: unknown, params: unknown) => void;
      }) => action.exec?.(action.info, action.params),
    } as unknown as AnyActorScope;
  }

  start(): ListenerSnapshot {
    const input = { backlog: BACKLOG, halfOpenBacklog: BACKLOG };
    return this.#machine.getInitialSnapshot(this.#scope as never, input) as ListenerSnapshot;
  }

  send(snapshot: ListenerSnapshot, event: ListenerEvent): Listened {
    this.#spawned = undefined;
    this.#handedOut = false;
    this.#reset = false;
    const next = this.#machine.transition(snapshot, event, this.#scope as never) as ListenerSnapshot;
    return { snapshot: next, spawned: this.#spawned, handedOut: this.#handedOut, reset: this.#reset };
  }
}
