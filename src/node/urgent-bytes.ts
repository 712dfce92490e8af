import type { Connection } from '../stack/api.ts';
import { settle } from './settle.ts';

/** Whose urgent bytes they are. */
export interface UrgentUser {
  /** Whether urgent data stays in the stream. */
  isInline(): boolean;
  /** Whether text that was read is still on its way to the user: the urgent byte behind it must not overtake it. */
  isDelivering(): boolean;
  tell(octet: number | undefined): void;
}

/** The urgent side of a socket: which of the chunks to be written are urgent, and when to tell of one that came. */
export class UrgentBytes {
  readonly #user: UrgentUser;
  readonly #marked = new WeakSet<Uint8Array>();
  #connection: Connection | undefined;
  /** Announced, and not here yet. */
  #awaited = false;

  constructor(user: UrgentUser) {
    this.#user = user;
  }

  attach(connection: Connection): void {
    this.#connection = connection;
    this.#awaited = false;
    // By way of a promise, as what was read before it: so they stay in their order, and no listener throws into the stack.
    const announced = (): void => settle(Promise.resolve(connection), (its) => this.#announced(its));
    connection.onUrgent = announced;
    if (connection.info().urgentBytes > 0) announced();
  }

  detach(connection: Connection): void {
    connection.onUrgent = undefined;
    this.#connection = undefined;
  }

  /** Looks whether the byte that is awaited has come. */
  look(): void {
    if (!this.#awaited || this.#user.isDelivering()) return;
    const octet = this.#connection?.readUrgent();
    if (octet === undefined) return;
    this.#awaited = false;
    this.#user.tell(octet);
  }

  /** Has `chunk` end with an urgent byte when its turn comes to be written. */
  mark(chunk: Uint8Array): void {
    this.#marked.add(chunk);
  }

  /** Writes the chunks in their order: those between two urgent ones as one, so that they fill segments together. */
  write(connection: Connection, chunks: readonly Buffer[]): Promise<void> {
    const written: Promise<void>[] = [];
    let plain: Buffer[] = [];
    const writePlain = (): void => {
      if (plain.length > 0)
        written.push(connection.write(plain.length === 1 ? plain[0]! : Buffer.concat(plain)));
      plain = [];
    };
    for (const chunk of chunks) {
      if (!this.#marked.has(chunk)) {
        plain.push(chunk);
        continue;
      }
      writePlain();
      written.push(connection.writeUrgent(chunk));
    }
    writePlain();
    return written.length === 1 ? written[0]! : Promise.all(written).then(() => {});
  }

  #announced(connection: Connection): void {
    if (connection !== this.#connection) return;
    if (this.#user.isInline()) {
      this.#user.tell(undefined);
      return;
    }
    this.#awaited = true;
    this.look();
  }
}
