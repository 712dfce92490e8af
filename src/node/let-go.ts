import type { Clock } from '../clock.ts';
import type { Connection } from '../stack/api.ts';

/** How a destroyed socket lets go of its connection. */
export interface LettingGo {
  readonly connection: Connection;
  /** SO_LINGER: 0 resets, seconds wait, undefined delivers what is left behind the scenes. */
  readonly linger: number | undefined;
  readonly clock: Clock;
  /** Whether the process has to live until all is delivered. */
  readonly referenced: boolean;
}

/** CLOSE of both directions, or ABORT. `closed` is called when the socket's user need not wait any longer. */
export function letGo({ connection, linger, clock, referenced }: LettingGo, closed: () => void): void {
  if (linger === 0) {
    connection.abort();
    closed();
    return;
  }
  connection.close().catch(() => {});
  if (linger === undefined) {
    if (referenced) holdUntilDelivered(connection);
    closed();
    return;
  }
  const patience = clock.setTimeout(() => connection.abort(), linger * 1_000);
  const delivered = (): void => {
    clock.clearTimeout(patience);
    closed();
  };
  // Fulfilled once the FIN is acknowledged: it stands behind everything else.
  connection.shutdown().then(delivered, delivered);
}

/** How long a peer may acknowledge nothing before the process need not wait for it. */
const PATIENCE_MS = 10_000;

/** A kernel would go on to deliver after the process has ended; here they end together. */
function holdUntilDelivered(connection: Connection): void {
  let acknowledged = connection.info().snd.una;
  const watch = setInterval(() => {
    const { una } = connection.info().snd;
    if (una === acknowledged) clearInterval(watch);
    acknowledged = una;
  }, PATIENCE_MS);
  const done = (): void => clearInterval(watch);
  connection.shutdown().then(done, done);
}
