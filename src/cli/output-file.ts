import { createWriteStream, openSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Failure } from './exit.ts';

/** A file that is written to while the run goes on; it tells at its end whether that went well. */
export class OutputFile {
  readonly #flag: string;
  readonly #name: string;
  readonly #stream: WriteStream | NodeJS.WriteStream;
  #error: Error | undefined;

  /** @throws Failure at once when it can't be opened: the run may take long */
  constructor(flag: string, name: string) {
    this.#flag = flag;
    this.#name = name;
    this.#stream = name === '-' ? process.stdout : createWriteStream(name, { fd: this.#opened() });
    this.#stream.on('error', (error: Error) => {
      this.#error ??= error;
    });
  }

  #opened(): number {
    try {
      return openSync(this.#name, 'w');
    } catch (error) {
      throw this.#failure(error as Error);
    }
  }

  write(data: Uint8Array | string): void {
    this.#stream.write(data);
  }

  /** @throws Failure when it can't be written */
  async close(): Promise<void> {
    if (this.#stream !== process.stdout) {
      this.#stream.end();
      await finished(this.#stream).catch((error: Error) => {
        this.#error ??= error;
      });
    }
    if (this.#error) throw this.#failure(this.#error);
  }

  #failure({ message }: Error): Failure {
    return new Failure(`${this.#flag}: can't write ${this.#name}: ${message}`);
  }
}
