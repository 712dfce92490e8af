import { humanBytes } from './output.ts';
import { bar, StatusLine } from './status-line.ts';

/** How far a download is, in one line that is drawn again and again; on a terminal only. */
export class Progress {
  readonly #line: StatusLine;
  readonly #total: number | undefined;
  readonly #startMs = performance.now();
  #bytes = 0;

  /**
   * @param total the bytes that are to come, where that is known
   * @param isWanted false where something else is written to the terminal meanwhile
   */
  constructor(terminal: NodeJS.WriteStream, total: number | undefined, isWanted = true) {
    this.#line = new StatusLine(terminal, isWanted);
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
    this.#line.update(() => this.#text());
  }

  /** Draws the last time, and leaves the line. */
  end(): void {
    this.#line.leave(this.#text());
  }

  #text(): string {
    const rate = `${humanBytes(Math.round(this.#bytes / Math.max(this.seconds, 0.001)))}/s`;
    if (this.#total === undefined) return `${humanBytes(this.#bytes)}  ${rate}`;
    const part = this.#total === 0 ? 1 : Math.min(1, this.#bytes / this.#total);
    return `${bar(part)}  ${humanBytes(this.#bytes)} of ${humanBytes(this.#total)}  ${rate}`;
  }
}
