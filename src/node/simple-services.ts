/** The small services of old, each over one connection until that ends. A reset is an end as good as any. */

import { StackError } from '../errors.ts';
import type { Connection, Listener } from '../stack/api.ts';

export type Service = (connection: Connection) => Promise<void>;

/**
 * Serves every connection of a listener, each until its service is through or the connection is lost; then closes it.
 * Fulfilled when the listener is closed.
 */
export async function serveConnections(listener: Listener, service: Service): Promise<void> {
  for await (const connection of listener) {
    void service(connection)
      .then(() => connection.close())
      .catch(forgiveNetwork);
  }
}

/** Sends back what comes (RFC 862). */
export async function echo(connection: Connection): Promise<void> {
  for (let bytes = await connection.read(); bytes !== null; bytes = await connection.read()) {
    // What was read is nobody else's.
    await connection.write(bytes, { copy: false });
  }
}

/** Throws away what comes, and sends nothing (RFC 863). */
export async function discard(connection: Connection): Promise<void> {
  while ((await connection.read()) !== null);
}

/** Sends lines of 72 characters, each beginning one character later in ASCII, until the peer closes (RFC 864). */
export async function chargen(connection: Connection): Promise<void> {
  let isWanted = true;
  const listening = discard(connection).finally(() => {
    isWanted = false;
  });
  const sending = async (): Promise<void> => {
    while (isWanted) await connection.write(PATTERN, { copy: false });
  };
  await Promise.all([listening, sending()]);
}

const WIDTH = 72;
const FIRST = 0x20;
/** The printable characters of ASCII, the space included. */
const CHARACTERS = 95;

/** The pattern begins anew after as many lines as there are characters. So often it does, since small writes make small segments. */
const TIMES = 16;
const PATTERN = chargenPattern();

function chargenPattern(): Uint8Array {
  const line = WIDTH + 2;
  const bytes = new Uint8Array(TIMES * CHARACTERS * line);
  for (let row = 0; row < TIMES * CHARACTERS; row++) {
    for (let column = 0; column < WIDTH; column++) {
      bytes[row * line + column] = FIRST + ((row + column) % CHARACTERS);
    }
    bytes.set([0x0d, 0x0a], row * line + WIDTH);
  }
  return bytes;
}

function forgiveNetwork(error: unknown): void {
  if (!(error instanceof StackError)) throw error;
}
