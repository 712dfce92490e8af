/** Words and their answers, remembered: nothing is asked twice, nor what a longer word has told. */

import type { Teacher } from './l-star.ts';

interface Branch {
  answer: string;
  readonly next: Map<string, Branch>;
}

/** A teacher in front of another, that remembers. What it knows can be kept in a file. */
export class RememberedAnswers implements Teacher {
  readonly #teacher: Teacher;
  readonly #root: Branch = { answer: '', next: new Map() };
  readonly #onAnswer: ((word: readonly string[], answers: readonly string[]) => void) | undefined;
  /** Words that had to be asked. */
  asked = 0;

  /** @param onAnswer told of every word that was asked, to keep it */
  constructor(teacher: Teacher, onAnswer?: (word: readonly string[], answers: readonly string[]) => void) {
    this.#teacher = teacher;
    this.#onAnswer = onAnswer;
  }

  /** @throws RangeError when it is known that one of the symbols is answered otherwise */
  remember(word: readonly string[], answers: readonly string[]): void {
    let branch = this.#root;
    for (const [at, symbol] of word.entries()) {
      const answer = answers[at]!;
      const known = branch.next.get(symbol);
      if (known !== undefined && known.answer !== answer)
        throw new RangeError(
          `${word.slice(0, at + 1).join(' · ')} was answered by ${known.answer} before, and now by ${answer}: what is learned does not answer the same every time.`,
        );
      const next = known ?? { answer, next: new Map() };
      branch.next.set(symbol, next);
      branch = next;
    }
  }

  async ask(words: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]> {
    const unknown = longest(words.filter((word) => this.#known(word) === undefined));
    const answers = await this.#teacher.ask(unknown);
    this.asked += unknown.length;
    unknown.forEach((word, index) => {
      this.remember(word, answers[index]!);
      this.#onAnswer?.(word, answers[index]!);
    });
    return words.map((word) => this.#known(word)!);
  }

  #known(word: readonly string[]): string[] | undefined {
    const answers: string[] = [];
    let branch: Branch | undefined = this.#root;
    for (const symbol of word) {
      branch = branch.next.get(symbol);
      if (branch === undefined) return undefined;
      answers.push(branch.answer);
    }
    return answers;
  }
}

/** Those that no other one begins with: their answers tell those of the others. */
function longest(words: readonly (readonly string[])[]): (readonly string[])[] {
  const byText = new Map(words.map((word) => [`${word.join('\n')}\n`, word]));
  const sorted = [...byText.keys()].sort();
  return sorted.filter((text, at) => !sorted[at + 1]?.startsWith(text)).map((text) => byText.get(text)!);
}
