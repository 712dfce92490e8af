/**
 * What keeps the process alive while a socket or a server is open. The stack's own timers don't, and a connection is no
 * handle that Node knows of.
 */

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
