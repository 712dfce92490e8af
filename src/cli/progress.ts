import { humanBytes } from './output.ts';

/** Redrawn so often at most. */
const INTERVAL_MS = 100;
/** With the figures beside it, one line of a terminal of 80 columns. */
const BAR_WIDTH = 24;

/** How far a download is, in one line that is drawn again and again; on a terminal only. */
export class Progress {
  readonly #terminal: NodeJS.WriteStream;
  readonly #isShown: boolean;
  readonly #total: number | undefined;
  readonly #startMs = performance.now();
  #bytes = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  /**
   * @param total the bytes that are to come, where that is known
   * @param isWanted false where something else is written to the terminal meanwhile
   */
  constructor(terminal: NodeJS.WriteStream, total: number | undefined, isWanted = true) {
    this.#terminal = terminal;
    this.#isShown = isWanted && terminal.isTTY === true;
    this.#total = total;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1_000;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < INTERVAL_MS) return;
    this.#drawnMs = nowMs;
    this.#draw();
  }

  /** Draws the last time, and leaves the line. */
  end(): void {
    this.#draw();
    if (this.#isShown) this.#terminal.write('\n');
  }

  #draw(): void {
    if (!this.#isShown) return;
    const columns = this.#terminal.columns ?? 80;
    this.#terminal.write(`\r${this.#line().slice(0, columns - 1)}\u001b[K`);
  }

  #line(): string {
    const rate = `${humanBytes(Math.round(this.#bytes / Math.max(this.seconds, 0.001)))}/s`;
    if (this.#total === undefined) return `${humanBytes(this.#bytes)}  ${rate}`;
    const part = this.#total === 0 ? 1 : Math.min(1, this.#bytes / this.#total);
    const full = Math.round(part * BAR_WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    const percent = String(Math.floor(part * 100)).padStart(3);
    return `${bar} ${percent} %  ${humanBytes(this.#bytes)} of ${humanBytes(this.#total)}  ${rate}`;
  }
}
