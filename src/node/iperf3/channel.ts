import type { Clock } from '../../clock.ts';
import type { Connection } from '../../stack/api.ts';
import { COOKIE_SIZE, decodeJson, encodeJson, Nonsense, STATE } from './protocol.ts';

/** The control connection of a test: state bytes, and JSON texts with their length before them. */
export class Channel {
  readonly connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
  }

  /** The next state; undefined when the peer has closed. */
  async readState(): Promise<number | undefined> {
    return (await this.connection.read(1))?.[0];
  }

  /** @throws Nonsense when the connection ends before the last byte, or it takes longer than `withinMs` */
  async readExactly(size: number, withinMs: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(size);
    let isLate = false;
    const timer = this.#clock.setTimeout(() => {
      isLate = true;
      this.connection.abort();
    }, withinMs);
    try {
      for (let at = 0; at < size; ) {
        const some = await this.connection.read(size - at);
        if (some === null) throw new Nonsense('cut short', 'the peer closed in the middle of a message');
        bytes.set(some, at);
        at += some.length;
      }
    } catch (error) {
      throw isLate ? new Nonsense('silence', `the peer said nothing for ${withinMs / 1_000} s`) : error;
    } finally {
      this.#clock.clearTimeout(timer);
    }
    return bytes;
  }

  readCookie(withinMs: number): Promise<Uint8Array> {
    return this.readExactly(COOKIE_SIZE, withinMs);
  }

  /** @throws Nonsense when the length is beyond `maximum`, or the text is no JSON object */
  async readJson(maximum: number, withinMs: number): Promise<Record<string, unknown>> {
    const head = await this.readExactly(4, withinMs);
    const length = new DataView(head.buffer).getUint32(0);
    if (length > maximum) throw new Nonsense('length', `the peer announced a text of ${length} bytes`);
    return decodeJson(await this.readExactly(length, withinMs));
  }

  send(...states: readonly number[]): Promise<void> {
    return this.connection.write(Uint8Array.from(states));
  }

  sendJson(value: unknown): Promise<void> {
    return this.connection.write(encodeJson(value));
  }
}

/** Says no to a connection: what it sends is read until it closes, so that no reset overtakes the answer. */
export async function deny(
  connection: Connection,
  clock: Clock,
  answer: Uint8Array = Uint8Array.of(STATE.accessDenied),
): Promise<void> {
  const timer = clock.setTimeout(() => connection.abort(), 2_000);
  try {
    await connection.write(answer);
    void connection.shutdown().catch(() => {});
    while ((await connection.read()) !== null);
  } finally {
    clock.clearTimeout(timer);
    void connection.close().catch(() => {});
  }
}
