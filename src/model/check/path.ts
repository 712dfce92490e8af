/**
 * How a state was reached: the shortest way there, since the states were found breadth first.
 */

import type { Explorer } from './explore.ts';
import type { Finding, Successor } from './found.ts';
import { indexOf, MOVE, type Move, moveOf, otherSide, type Side, sideOf } from './moves.ts';

/** The moves from the beginning to where something was found, all told with the same sides. */
export function pathTo(
  explorer: Explorer,
  { state, move }: Pick<Finding, 'state' | 'move'>,
): readonly Move[] {
  const states: number[] = [];
  for (let at = state; at >= 0; at = explorer.store.parent(at)) states.push(at);
  states.reverse();
  const way = new Way(explorer);
  for (let index = 1; index < states.length; index++)
    way.go(states[index - 1]!, explorer.store.move(states[index]!));
  if (move !== undefined) way.tell(state, move);
  return way.moves;
}

/**
 * A state stands for its mirror image, and a move is told with the sides of the state that it leaves: so each step of the way
 * is looked at again, to see whether it came to the state itself or to its mirror image. Stragglers are numbered by when they
 * were overtaken, which the states don't know.
 */
class Way {
  readonly moves: Move[] = [];
  readonly #explorer: Explorer;
  readonly #stragglers: [number[], number[]] = [[], []];
  #isMirrored = false;

  constructor(explorer: Explorer) {
    this.#explorer = explorer;
  }

  go(state: number, code: number): void {
    const { answered, isMirrored } = this.#explorer.follow(state, code) as Successor;
    this.tell(state, code);
    for (const { sender, segment, isStraggler } of answered) {
      const side = this.#sideOf(sender);
      const straggler = isStraggler ? this.#took(side, segment) : undefined;
      this.moves.push({ kind: 'deliver', side, straggler, isUnanswered: false });
    }
    if (isMirrored) this.#isMirrored = !this.#isMirrored;
  }

  tell(state: number, code: number): void {
    const { channels } = this.#explorer;
    const sender = sideOf(code);
    const side = this.#sideOf(sender);
    const channel = this.#explorer.store.word(state, 2 + sender);
    const kind = code & 7;
    const index = indexOf(code);
    let straggler: number | undefined;
    if (kind === MOVE.deliver && index > 0)
      straggler = this.#took(side, channels.straggler(channel, index - 1));
    if (kind === MOVE.stray) this.#stragglers[side].push(channels.head(channel)!);
    this.moves.push({ ...moveOf(code, straggler), side });
  }

  #sideOf(side: Side): Side {
    return this.#isMirrored ? otherSide(side) : side;
  }

  #took(side: Side, segment: number): number {
    const index = this.#stragglers[side].indexOf(segment);
    this.#stragglers[side].splice(index, 1);
    return index;
  }
}
