import type { Ladder } from '../ladder.ts';
import type { Stage } from '../stage.ts';

export interface SceneOptions {
  /** Chooses everything that is left to chance. Default 1. */
  readonly seed?: number | undefined;
  /** The initial sequence numbers of A and of B. */
  readonly issA?: number | undefined;
  readonly issB?: number | undefined;
  /** Half of the wait in TIME-WAIT. */
  readonly mslMs?: number | undefined;
  /** B has nothing more to send when A closes. */
  readonly noPending?: boolean | undefined;
  /** Who looks on while it is played. */
  readonly stage?: Stage | undefined;
}

export interface Scene {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The options that change something in this scene. */
  readonly options: readonly (keyof SceneOptions)[];
  play(options: SceneOptions): Promise<Ladder>;
}

export const DEFAULT_SEED = 1;

/** What every connection of a scene works with, unless the scene is about just that. */
export function ends(
  options: SceneOptions,
  iss: { readonly a: number; readonly b: number },
): {
  readonly seed: number;
  readonly a: { iss: number; mslMs: number };
  readonly b: { iss: number; mslMs: number };
  readonly stage: Stage | undefined;
} {
  const { seed = DEFAULT_SEED, issA = iss.a, issB = iss.b, mslMs = 30_000 } = options;
  return { seed, a: { iss: issA, mslMs }, b: { iss: issB, mslMs }, stage: options.stage };
}

/** The sequence number `offset` away. */
export function seqAt(seq: number, offset: number): number {
  return (seq + offset) >>> 0;
}

/** Everything that a connection brings, up to the end of the stream; or only so much, if a count is given. */
export async function readAll(
  connection: { read(max?: number): Promise<Uint8Array | null> },
  count = Number.POSITIVE_INFINITY,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const piece = await connection.read(count - length);
    if (!piece) break;
    pieces.push(piece);
    length += piece.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** So many octets of the alphabet, over and over. */
export function letters(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => 97 + (index % 26));
}
