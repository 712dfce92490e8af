/**
 * What keeps the process alive while a socket or a server is open. The stack's own timers don't, and a connection is no
 * handle that Node knows of.
 */

import type { Connection } from '../stack/api.ts';

/** As long as Node's timers go: nothing happens when it fires. */
const LONG_MS = 2 ** 31 - 1;

let holders = 0;
let timer: NodeJS.Timeout | undefined;

function changeHolders(by: 1 | -1): void {
  holders += by;
  if (holders === 1 && by === 1) timer = setInterval(() => {}, LONG_MS);
  if (holders > 0) return;
  clearInterval(timer);
  timer = undefined;
}

/** One socket's or server's part in keeping the process alive: it counts while it is both open and ref'ed. */
export class ProcessHold {
  #open = false;
  #referenced = true;

  get referenced(): boolean {
    return this.#referenced;
  }

  open(): void {
    this.#set(true, this.#referenced);
  }

  close(): void {
    this.#set(false, this.#referenced);
  }

  ref(): void {
    this.#set(this.#open, true);
  }

  unref(): void {
    this.#set(this.#open, false);
  }

  #set(open: boolean, referenced: boolean): void {
    const before = this.#open && this.#referenced;
    const after = open && referenced;
    this.#open = open;
    this.#referenced = referenced;
    if (before !== after) changeHolders(after ? 1 : -1);
  }
}

/** How long a peer may acknowledge nothing before the process need not wait for it. */
const PATIENCE_MS = 10_000;

/**
 * Keeps the process alive while a connection that its socket has let go of still has something to deliver. A kernel would
 * do that after the process; here they end together.
 */
export function holdUntilDelivered(connection: Connection): void {
  let acknowledged = connection.info().snd.una;
  const watch = setInterval(() => {
    const { una } = connection.info().snd;
    if (una === acknowledged) clearInterval(watch);
    acknowledged = una;
  }, PATIENCE_MS);
  const done = (): void => clearInterval(watch);
  // Fulfilled once the FIN is acknowledged: it stands behind everything else.
  connection.shutdown().then(done, done);
}
