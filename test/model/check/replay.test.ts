/**
 * The model against two real stacks: walks through it, drawn by chance, are played through calls, bytes and actors. What the
 * model says of states, segments and delivered octets must come out; so what it leaves out, and its own way of putting ends
 * together, makes no difference.
 */

import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  CALLS,
  type Move,
  modelOf,
  scriptOf,
  stateOfEnd,
  Walk,
} from '../../../src/model/check/index.ts';
import { playSteps, seededRandom } from '../../../src/sim/index.ts';

const WALKS = 60;
const STEPS = 45;

/** A walk in which moves are as likely as they are many; faults of the network are rare. */
function walkBy(seed: number, bounds: Partial<Bounds>) {
  const model = modelOf(bounds);
  const random = seededRandom(seed);
  const walk = new Walk(model);
  const moves: Move[] = [];
  const told: { states: string[]; sent: string[]; received: number[] }[] = [];
  while (moves.length < STEPS) {
    const possible = walk.possible().filter((move) => isLikely(move, random.uint32() % 100));
    if (possible.length === 0) {
      if (walk.possible().length === 0) break;
      continue;
    }
    const move = possible[random.uint32() % possible.length]!;
    const { sent, side, step } = walk.take(move);
    moves.push(move);
    const from = sent.length > 0 ? ['A', 'B'][side]! : '';
    told.push({
      states: walk.ends.map(stateOfEnd),
      sent: sent.map(({ segment }) => `${from} ${inWords(segment)}`),
      received: [...(step?.received ?? [])],
    });
  }
  return { model, moves, told };
}

function isLikely(move: Move, percent: number): boolean {
  if (move.kind === 'lose' || move.kind === 'duplicate' || move.kind === 'stray') return percent < 15;
  if (move.kind === 'call' && (move.call === 'ABORT' || move.call === 'CLOSE listener')) return percent < 10;
  if (move.kind === 'timer' && move.timer === 'give up') return percent < 5;
  return true;
}

function inWords(segment: {
  seq: number;
  ack: number;
  flags: number;
  text: Uint8Array;
  options: { sack: readonly unknown[] };
}): string {
  const { seq, ack, flags, text, options } = segment;
  return `${flags} ${seq} ${(flags & 16) === 0 ? '-' : ack} [${[...text]}] ${JSON.stringify(options.sack)}`;
}

const MODELS: readonly (readonly [string, Partial<Bounds>])[] = [
  ['the default calls', {}],
  ['every call, and ACKs at once', { calls: new Set(CALLS), delayedAcks: false }],
  ['a narrow window, and slow readers', { window: 3, calls: new Set(CALLS), octets: 4 }],
  ['connection after connection', { opens: 3, calls: new Set(CALLS) }],
  ['timers that run on', { staleTimers: true }],
];

describe('a walk through the model', () => {
  it.each(MODELS)('is what two real stacks do: %s', (_, bounds) => {
    let segments = 0;
    for (let seed = 1; seed <= WALKS; seed++) {
      const { model, moves, told } = walkBy(seed, bounds);
      const { steps, crash } = playSteps(scriptOf(model, moves));
      expect(crash).toBeUndefined();
      const played = steps.map(({ states, sent, received }) => ({
        states: [states.A, states.B],
        sent: sent.map(({ from, segment }) => `${from} ${inWords(segment)}`),
        received: [...received],
      }));
      for (const [index, expected] of told.entries())
        expect({ seed, index, move: moves[index], ...played[index] }).toEqual({
          seed,
          index,
          move: moves[index],
          ...expected,
        });
      segments += told.reduce((sum, { sent }) => sum + sent.length, 0);
    }
    expect(segments).toBeGreaterThan(WALKS * 5);
  });
});
