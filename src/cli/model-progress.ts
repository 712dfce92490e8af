/** How many words are played, on a terminal, in one line that is drawn again and again. */

const INTERVAL_MS = 100;

export class WordProgress {
  readonly #terminal: NodeJS.WriteStream;
  #drawnMs = 0;

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
  }

  show(done: number, of: number): void {
    if (!this.#terminal.isTTY) return;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < INTERVAL_MS && done < of) return;
    this.#drawnMs = nowMs;
    this.#terminal.write(`\r${done} of ${of} words`);
  }

  end(): void {
    if (this.#terminal.isTTY) this.#terminal.write('\r\u001b[K');
  }
}
