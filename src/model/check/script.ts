/** A way through a model as a script that two real stacks play step by step. */

import type { Step, StepScript } from '../../sim/index.ts';
import { ISS_STEP, octetOf } from './host.ts';
import { type Model, optionsFor } from './model.ts';
import { type Move, otherSide, type Side } from './moves.ts';
import { Walk } from './walk.ts';

const NAMES = ['A', 'B'] as const;

/** Steps may be long in coming: nothing is given up before a script says so. */
const USER_TIMEOUT_MS = 2 ** 31;

/** The script that plays the moves. Moves that the model itself can't take, the last one perhaps, are told as they are. */
export function scriptOf(model: Model, moves: readonly Move[]): StepScript {
  const walk = new Walk(model);
  const steps: Step[] = [];
  for (const move of moves) {
    steps.push(stepOf(walk, move));
    try {
      walk.take(move);
    } catch {
      break;
    }
  }
  return {
    options: { ...optionsFor(model.bounds), userTimeoutMs: USER_TIMEOUT_MS },
    iss: model.iss,
    issStep: ISS_STEP,
    readsAtOnce: !model.bounds.calls.has('RECEIVE'),
    steps,
  };
}

function stepOf(walk: Walk, move: Move): Step {
  const at = NAMES[move.side];
  switch (move.kind) {
    case 'call': {
      if (move.call !== 'SEND') return { at, call: move.call };
      const { lives, sent } = walk.ends[move.side].user;
      return { at, call: move.call, octets: [octetOf(lives - 1, sent)] };
    }
    case 'timer':
      return { at, timer: move.timer };
    case 'deliver':
      if (move.straggler !== undefined) return { network: 'delivers late', from: at, which: move.straggler };
      return { network: move.isUnanswered ? 'delivers unanswered' : 'delivers', from: at };
    case 'duplicate':
      return { network: 'duplicates', from: at };
    case 'lose':
      return { network: 'loses', from: at };
    case 'stray':
      return { network: 'lets others overtake', from: at };
  }
}

/** The end at which a move happens: of a delivery the receiver. */
export function placeOf(move: Move): Side {
  return move.kind === 'deliver' || move.kind === 'duplicate' ? otherSide(move.side) : move.side;
}
