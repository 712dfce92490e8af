/** What an explorer tells of the states that it has found. */

import type { Side } from './moves.ts';
import type { Violation } from './violation.ts';

/** What a move leads to. */
export interface Successor {
  /** The number of its state, which stands for its mirror image as well. */
  readonly state: number;
  /** Whether that is the mirror image of what the move led to. */
  readonly isMirrored: boolean;
  /** Deliveries to an end that is done, which go with the move. */
  readonly answered: readonly Arrival[];
}

/** A segment that arrives. */
export interface Arrival {
  readonly sender: Side;
  readonly segment: number;
  readonly isStraggler: boolean;
}

/** Where something was found to be wrong: in a state, or in a move that leaves it. */
export interface Finding extends Violation {
  readonly state: number;
  readonly move: number | undefined;
}
