/** Looks for differences between a learned machine and what it was learned from. */

import { below, type Random } from '../../random.ts';
import type { Equivalence, Teacher } from './l-star.ts';
import { answersOf, type MealyMachine } from './mealy.ts';

export interface RandomWordsOptions {
  readonly random: Random;
  /** Words that are tried for each hypothesis. Default 500. */
  readonly words?: number;
  /** Symbols behind the way to a state. Default 6. */
  readonly length?: number;
  /** Asked side by side. Default 50. */
  readonly batch?: number;
}

/** Words that lead to a state of the hypothesis, any of them, and go on by chance: every state is tried as often. */
export function randomWords(teacher: Teacher, options: RandomWordsOptions): Equivalence {
  const { random, words = 500, length = 6, batch = 50 } = options;
  return async (hypothesis) => {
    for (let tried = 0; tried < words; tried += batch) {
      const some = Array.from({ length: Math.min(batch, words - tried) }, () =>
        word(hypothesis, random, length),
      );
      const answers = await teacher.ask(some);
      const wrong = some.findIndex((each, index) => {
        const expected = answersOf(hypothesis, each);
        return answers[index]!.some((answer, at) => answer !== expected[at]);
      });
      if (wrong >= 0) return some[wrong];
    }
    return undefined;
  };
}

function word({ alphabet, states }: MealyMachine, random: Random, length: number): string[] {
  const { access } = states[below(random, states.length)]!;
  const rest = Array.from(
    { length: 1 + below(random, length) },
    () => alphabet[below(random, alphabet.length)]!,
  );
  return [...access, ...rest];
}
