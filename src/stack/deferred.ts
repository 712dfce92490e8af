/** A promise, and the means to settle it from outside. */

import type { StackError } from '../errors.ts';

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: StackError): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: StackError) => void;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  // Nobody need listen: whoever does gets the rejection from their own `then`.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
