import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The lines of a stream, kept from its beginning, so that none is missed between two looks. */
export class Lines {
  /** All lines so far. */
  readonly all: string[] = [];
  #looked = 0;
  #ended = false;
  #wake: () => void = () => {};

  constructor(stream: Readable) {
    const reader = createInterface({ input: stream });
    reader.on('line', (line) => {
      this.all.push(line);
      this.#wake();
    });
    reader.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The next line that `accept` takes, counted from the one that the last call returned. */
  async next(accept: (line: string) => boolean = () => true, timeoutMs = 25_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      while (this.#looked < this.all.length) {
        const line = this.all[this.#looked++]!;
        if (accept(line)) return line;
      }
      const leftMs = deadline - Date.now();
      if (this.#ended || leftMs <= 0) {
        const why = this.#ended ? 'the stream ended' : `nothing came within ${timeoutMs} ms`;
        throw new Error(`No such line, and ${why}. There were:\n${this.all.join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
