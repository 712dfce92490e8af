/** Redrawn so often at most. */
const INTERVAL_MS = 100;
/** With figures beside it, one line of a terminal of 80 columns. */
const BAR_WIDTH = 24;

/** One line that is drawn again and again; on a terminal only. */
export class StatusLine {
  readonly #terminal: NodeJS.WriteStream;
  readonly #isShown: boolean;
  #drawnMs = Number.NEGATIVE_INFINITY;

  /** @param isWanted false where something else is written to the terminal meanwhile */
  constructor(terminal: NodeJS.WriteStream, isWanted = true) {
    this.#terminal = terminal;
    this.#isShown = isWanted && terminal.isTTY === true;
  }

  /** Draws, unless that was done just now. */
  update(line: () => string): void {
    const nowMs = performance.now();
    if (!this.#isShown || nowMs - this.#drawnMs < INTERVAL_MS) return;
    this.#drawnMs = nowMs;
    this.#draw(line());
  }

  /** Draws at once: what comes now takes its time. */
  show(line: string): void {
    if (this.#isShown) this.#draw(line);
  }

  /** Draws the last time, and leaves the line as it is. */
  leave(line: string): void {
    if (!this.#isShown) return;
    this.#draw(line);
    this.#terminal.write('\n');
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#terminal.write('\r\u001b[K');
  }

  #draw(line: string): void {
    const columns = this.#terminal.columns ?? 80;
    this.#terminal.write(`\r${line.slice(0, columns - 1)}\u001b[K`);
  }
}

/** A bar that is full at 1, and the percentage. */
export function bar(part: number): string {
  const full = Math.round(part * BAR_WIDTH);
  return `${'█'.repeat(full) + '░'.repeat(BAR_WIDTH - full)} ${String(Math.floor(part * 100)).padStart(3)} %`;
}
