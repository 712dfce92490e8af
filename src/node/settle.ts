import process from 'node:process';

/**
 * Hears of a promise in a tick of Node's: what a listener throws there is an uncaught exception, as it is with `net`, and no
 * rejected promise.
 */
export function settle<T>(
  promise: Promise<T>,
  fulfilled: (value: T) => void,
  rejected: (error: unknown) => void = () => {},
): void {
  promise.then(
    (value) => process.nextTick(fulfilled, value),
    (error) => process.nextTick(rejected, error),
  );
}
