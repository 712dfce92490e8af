/**
 * The charts' actors as pure functions: a snapshot, an event and a time give a snapshot, and a list of what would have been
 * done. It is the very logic that a stack gives to its actors; only the actor system around it is left out.
 */

import { type AnyActorScope, createActor, type EventObject } from 'xstate';
import {
  type ConnectionEvent,
  type ConnectionSnapshot,
  connectionLogic,
  type connectionMachine,
  type Protocol,
  type StepReport,
} from '../../../machines/index.ts';
import type { Label, Outgoing, State, Tcb } from '../../tcp/index.ts';
import { NOW_MS } from './canonical.ts';

export type Told = 'opened' | 'fin-acknowledged' | 'returned';

/** What one step of a connection did. */
export interface Stepped {
  readonly snapshot: ConnectionSnapshot;
  /** The delayed events that are under way, by their types. */
  readonly timers: readonly string[];
  readonly sent: readonly Outgoing[];
  readonly told: readonly Told[];
  readonly report: StepReport | undefined;
  /** Delayed events that this step has scheduled, anew or again. */
  readonly armed: readonly string[];
  /** Labels that the protocol functions would have put if the state had had an arrow for them. */
  readonly ignored: readonly (readonly [State, Label])[];
}

interface Action {
  readonly type: string;
  readonly params?: { readonly id?: string; readonly sendId?: string; readonly delay?: unknown };
  readonly info: unknown;
  readonly exec: ((info: unknown, params: unknown) => void) | undefined;
}

/** Runs connections of one chart with one set of protocol functions. */
export class ConnectionRunner {
  readonly #logic;
  readonly #scope: AnyActorScope;
  #nowMs = NOW_MS;
  #timers: string[] = [];
  #armed: string[] = [];
  #told: Told[] = [];
  #ignored: (readonly [State, Label])[] = [];
  #report: StepReport | undefined;

  constructor(chart: typeof connectionMachine, protocol: Protocol, forExample: Tcb) {
    const listeningIn: Protocol = {
      begin: (state, tcb, input, arrows, nowMs) =>
        protocol.begin(
          state,
          tcb,
          input,
          (from, label) => this.#look(from, label, arrows(from, label)),
          nowMs,
        ),
      finish: protocol.finish,
    };
    this.#logic = connectionLogic(
      {
        clock: { now: () => this.#nowMs },
        alwaysStep: false,
        deviceReady: () => true,
        // What is sent is read from the report, and the channel is the explorer's.
        transmit: () => {},
        told: (_, what) => this.#told.push(what),
        stepped: (_, report) => {
          this.#report = report;
        },
      },
      chart,
      listeningIn,
    );
    // Never started: it lends its name and its system to the steps.
    const actor = createActor(this.#logic, { id: 'c', input: { tcb: forExample } });
    this.#scope = {
      self: actor,
      id: actor.id,
      sessionId: actor.sessionId,
      system: actor.system,
      logger: () => {},
      emit: () => {},
      stopChild: () => {},
      defer: (task: () => void) => task(),
      actionExecutor: (action: unknown) => this.#act(action as Action),
    } as unknown as AnyActorScope;
  }

  /** A new connection, before its first event. */
  start(tcb: Tcb): Stepped {
    return this.#run([], NOW_MS, () => this.#logic.getInitialSnapshot(this.#scope, { tcb }));
  }

  step(
    snapshot: ConnectionSnapshot,
    timers: readonly string[],
    event: ConnectionEvent | EventObject,
    nowMs: number,
  ): Stepped {
    const under = timers.filter((timer) => timer !== event.type);
    return this.#run(under, nowMs, () =>
      this.#logic.transition(snapshot, event as ConnectionEvent, this.#scope),
    );
  }

  #run(timers: readonly string[], nowMs: number, move: () => ConnectionSnapshot): Stepped {
    this.#timers = [...timers];
    this.#armed = [];
    this.#told = [];
    this.#ignored = [];
    this.#report = undefined;
    this.#nowMs = nowMs;
    const snapshot = move();
    return {
      snapshot,
      timers: this.#timers.sort(),
      sent: (this.#report as StepReport | undefined)?.segments ?? [],
      told: this.#told,
      report: this.#report,
      armed: this.#armed,
      ignored: this.#ignored,
    };
  }

  #look(from: State, label: Label, to: State | undefined): State | undefined {
    if (to === undefined) this.#ignored.push([from, label]);
    return to;
  }

  #act({ type, params, info, exec }: Action): void {
    if (type === 'xstate.raise') {
      if (typeof params?.delay !== 'number') return;
      const id = params.id!;
      this.#armed.push(id);
      if (!this.#timers.includes(id)) this.#timers.push(id);
    } else if (type === 'xstate.cancel') {
      this.#timers = this.#timers.filter((timer) => timer !== params?.sendId);
    } else {
      exec?.(info, params);
    }
  }
}
