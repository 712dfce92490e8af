/**
 * Two stacks over a bad link, with connections that carry known octets both ways.
 */

import { type Impairments, impair } from '../../src/net/impairments.ts';
import { pair } from '../../src/net/pair.ts';
import { seededRandom } from '../../src/sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../../src/sim/virtual-clock.ts';
import type { CloseReason, Connection, ConnectionOptions, Stack } from '../../src/stack/api.ts';
import type { StackInternals } from '../../src/stack/internals.ts';
import { createStack } from '../../src/stack/stack.ts';

export interface Link {
  readonly seed: number;
  readonly delayMs?: number;
  readonly mtu?: number;
  readonly queue?: number;
  /** What happens to frames on their way to b, and to a. */
  readonly toB?: Impairments;
  readonly toA?: Impairments;
  readonly version?: 4 | 6;
  readonly a?: ConnectionOptions;
  readonly b?: ConnectionOptions;
  readonly internals?: StackInternals;
}

export interface TwoStacks {
  readonly clock: VirtualClock;
  readonly a: Stack;
  readonly b: Stack;
  readonly addressOfA: string;
  readonly addressOfB: string;
}

export function twoStacks(link: Link): TwoStacks {
  const clock = virtualClock();
  const random = seededRandom(link.seed);
  const [left, right] = pair(clock, {
    delayMs: link.delayMs ?? 5,
    mtu: link.mtu ?? 1_500,
    ...(link.queue === undefined ? {} : { queue: link.queue }),
  });
  const bad = impair(left, {
    clock,
    random: random.fork('link'),
    out: link.toB ?? {},
    in: link.toA ?? {},
  });
  const [addressOfA, addressOfB] = link.version === 6 ? ['fd00::1', 'fd00::2'] : ['198.18.0.1', '198.18.0.2'];
  const a = createStack(
    { device: bad, addresses: [addressOfA], clock, random: random.fork('a'), ...link.a },
    link.internals,
  );
  const b = createStack(
    { device: right, addresses: [addressOfB], clock, random: random.fork('b'), ...link.b },
    link.internals,
  );
  return { clock, a, b, addressOfA, addressOfB };
}

/** Octets that depend on the seed and on where they are. */
export function octets(seed: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

export async function readAll(connection: Connection): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let piece = await connection.read(); piece !== null; piece = await connection.read())
    pieces.push(piece);
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Writes in pieces of varying sizes, then ends this direction. */
export async function writeAll(connection: Connection, bytes: Uint8Array, pieceSize: number): Promise<void> {
  for (
    let at = 0, size = pieceSize;
    at < bytes.length;
    at += size, size = 1 + ((size * 7 + 13) % (2 * pieceSize))
  ) {
    await connection.write(bytes.subarray(at, at + size));
  }
  await connection.shutdown();
}

export interface Outcome {
  readonly received: Uint8Array | Error;
  readonly written: 'done' | Error;
  readonly closed: CloseReason;
}

/** Both directions at once, until the connection is closed at this end. */
export async function exchange(
  connection: Connection,
  bytes: Uint8Array,
  pieceSize: number,
): Promise<Outcome> {
  // A CLOSE in SYN-SENT deletes the TCB (RFC 9293 section 3.10.4).
  await connection.opened;
  const [received, written] = await Promise.all([
    readAll(connection).catch((error: Error) => error),
    writeAll(connection, bytes, pieceSize).then(
      () => 'done' as const,
      (error: Error) => error,
    ),
  ]);
  return { received, written, closed: await connection.closed };
}
