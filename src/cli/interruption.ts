import { EXIT } from './exit.ts';

/**
 * Aborted by SIGINT or SIGTERM, or once nobody reads stdout any more; a second signal ends the process at once. Turns
 * the signals' usual effect off from the call on.
 *
 * @param endAtOnce what a second signal does
 */
export function interruption(
  endAtOnce: (signal: NodeJS.Signals) => void = () => process.exit(EXIT.interrupted),
): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) endAtOnce(signal);
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

/**
 * Ends the process by a signal, as if nobody had listened for it. With threads that hold devices open nothing else does: Node
 * takes them down on its way out, under the descriptors that koffi waits for.
 */
export function endBySignal(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
