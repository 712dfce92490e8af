/**
 * Observers of what users ask of a stack: with the frames, the timers and the random numbers these are all of its inputs.
 * Nothing is put together while nobody has attached one.
 */

import type { ConnectionInput } from '../tcp/index.ts';
import type { ConnectOptions, ListenOptions } from './api.ts';
import type { StackConnection } from './connection.ts';
import type { StackListener } from './listener.ts';

/** One call, as it was made: it may still turn out to be refused. */
export type StackCall =
  | { readonly call: 'listen'; readonly options: ListenOptions }
  /** From a listener's own port if `listener` is given (RFC 9293 section 3.10.1, OPEN in LISTEN). */
  | { readonly call: 'open'; readonly options: ConnectOptions; readonly listener: StackListener | undefined }
  /** The oldest waiting connection is handed out. */
  | { readonly call: 'accept' | 'close-listener'; readonly listener: StackListener }
  /** SEND, RECEIVE, CLOSE, ABORT and changes of options, as the connection actor is told of them. */
  | { readonly call: 'input'; readonly connection: StackConnection; readonly input: ConnectionInput }
  | { readonly call: 'pause' | 'resume' | 'take-held' | 'close-interface' };

export interface CallObserver {
  begins(call: StackCall): void;
  /** The call has done what it does at once. Calls nest: what a call brings may make users call again. */
  ends(call: StackCall): void;
  /** A listener has come of a `listen`. */
  listening(listener: StackListener): void;
}

export class Calls {
  #observers: readonly CallObserver[] = [];

  get attached(): boolean {
    return this.#observers.length > 0;
  }

  add(observer: CallObserver): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  run<T>(call: StackCall, act: () => T): T {
    const observers = this.#observers;
    if (observers.length === 0) return act();
    for (const observer of observers) observer.begins(call);
    try {
      return act();
    } finally {
      for (const observer of observers) observer.ends(call);
    }
  }

  listening(listener: StackListener): void {
    for (const observer of this.#observers) observer.listening(listener);
  }
}

/** Inputs that a user makes; the others come from the network, the clock or the stack itself. */
export function isUserInput(input: ConnectionInput): boolean {
  return (
    input.type === 'send' ||
    input.type === 'receive' ||
    input.type === 'close' ||
    input.type === 'abort' ||
    input.type === 'set'
  );
}
