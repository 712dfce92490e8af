import type { StackError } from '../errors.ts';

type Outcome<T> = { readonly value: T } | { readonly error: StackError };

/**
 * A promise that is settled from outside, and made only when somebody asks for it: a connection has four of them, for
 * most of which nobody ever does, and each with its two functions takes as much memory as a group of the TCB.
 */
export class Deferred<T> {
  #outcome: Outcome<T> | undefined;
  #promise: Promise<T> | undefined;
  #settle: ((outcome: Outcome<T>) => void) | undefined;

  get promise(): Promise<T> {
    this.#promise ??= this.#make();
    return this.#promise;
  }

  /** The first of these calls counts. */
  resolve(value: T): void {
    this.#settled({ value });
  }

  reject(error: StackError): void {
    this.#settled({ error });
  }

  #settled(outcome: Outcome<T>): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#settle?.(outcome);
    this.#settle = undefined;
  }

  #make(): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome<T>): void => {
        if ('value' in outcome) resolve(outcome.value);
        else reject(outcome.error);
      };
      if (this.#outcome) settle(this.#outcome);
      else this.#settle = settle;
    });
    // Nobody need listen: whoever does gets the rejection from their own `then`.
    promise.catch(() => {});
    return promise;
  }
}
