import { EXIT } from './exit.ts';

/**
 * Aborted by SIGINT or SIGTERM, or once nobody reads stdout any more; a second signal ends the process at once. Turns
 * the signals' usual effect off from the call on.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.stdout.on('error', () => controller.abort());
  return controller.signal;
}

/** Fulfilled as soon as one of them is aborted. */
export function firstAbort(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    }
  });
}
