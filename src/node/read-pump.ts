import type { Connection } from '../stack/api.ts';
import { settle } from './settle.ts';

/** So much is taken from the connection at a time at most: more than that must not pile up above the high-water mark. */
const READ_AT_MOST = 65_536;

/** What a pump reads for. */
export interface PumpUser {
  /** Gets bytes, or null at the end of the stream; returns whether it wants more at once. */
  arrived(bytes: Uint8Array | null): boolean;
  failed(error: unknown): void;
}

/** Reads from a connection as long as somebody wants bytes. What is left there closes the peer's window. */
export class ReadPump {
  readonly #connection: Connection;
  readonly #user: PumpUser;
  #wanted = false;
  #reading = false;
  #delivering = false;
  #stopped = false;

  constructor(connection: Connection, user: PumpUser) {
    this.#connection = connection;
    this.#user = user;
  }

  /** Bytes have left the connection, and are about to arrive. */
  get delivering(): boolean {
    return this.#delivering;
  }

  want(): void {
    this.#wanted = true;
    if (this.#reading || this.#stopped) return;
    this.#reading = true;
    const read = this.#connection.read(READ_AT_MOST).then((bytes) => {
      this.#delivering = true;
      return bytes;
    });
    settle(
      read,
      (bytes) => this.#arrived(bytes),
      (error) => this.#stopped || this.#user.failed(error),
    );
  }

  /** Nobody is told of anything any more. */
  stop(): void {
    this.#stopped = true;
  }

  #arrived(bytes: Uint8Array | null): void {
    if (this.#stopped) return;
    this.#delivering = false;
    this.#reading = false;
    this.#wanted = false;
    const more = this.#user.arrived(bytes);
    if (bytes !== null && (more || this.#wanted)) this.want();
  }
}
