/** A teacher whose time is real may be late with an answer: what it says counts once it has said so twice. */

import type { Teacher } from './l-star.ts';

const MOST_ASKED = 6;

/**
 * Asks every word twice, and those that were answered in two ways again, until an answer has come twice.
 *
 * @throws RangeError when no answer to a word comes twice in six times
 */
export function steady(teacher: Teacher): Teacher {
  return {
    async ask(words) {
      const votes = words.map(() => new Map<string, { answers: readonly string[]; count: number }>());
      const settled: (readonly string[] | undefined)[] = words.map(() => undefined);
      for (let asked = 0; asked < MOST_ASKED; asked++) {
        const open = words.flatMap((_, index) => (settled[index] === undefined ? [index] : []));
        if (open.length === 0) break;
        const answers = await teacher.ask(open.map((index) => words[index]!));
        open.forEach((index, at) => {
          const said = answers[at]!;
          const key = said.join('\n');
          const count = (votes[index]!.get(key)?.count ?? 0) + 1;
          votes[index]!.set(key, { answers: said, count });
          if (count === 2) settled[index] = said;
        });
      }
      return settled.map((answers, index) => answers ?? unsteady(words[index]!));
    },
  };
}

function unsteady(word: readonly string[]): never {
  throw new RangeError(`${word.join(' · ')} is answered otherwise every time.`);
}
