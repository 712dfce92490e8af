/**
 * Active learning of a Mealy machine: D. Angluin's L*, in the form for Mealy machines, with the counterexamples taken apart
 * as R. L. Rivest and R. E. Schapire do, by a binary search for the one suffix that tells two states apart.
 */

import type { MealyMachine, MealyState } from './mealy.ts';
import { answersOf } from './mealy.ts';

/** What is learned. It begins anew for every word, and has to give the same answers to the same word. */
export interface Teacher {
  /** For each word its answers, one a symbol. Words may be asked side by side. */
  ask(words: readonly (readonly string[])[]): Promise<readonly (readonly string[])[]>;
}

/** Looks for a word to which the machine answers otherwise than the teacher; undefined when it finds none. */
export type Equivalence = (hypothesis: MealyMachine) => Promise<readonly string[] | undefined>;

export interface LearnOptions {
  /** Gives up at more states than these. Default 500. */
  readonly mostStates?: number;
  /** Called with every hypothesis. */
  readonly onHypothesis?: (states: number) => void;
}

type WordOf = readonly string[];

/**
 * Learns a machine that answers as the teacher does, as far as `equivalence` can tell.
 *
 * @throws RangeError when there are more states than `mostStates`: the teacher then has too many, or does not answer the same every time
 */
export async function learn(
  alphabet: readonly string[],
  teacher: Teacher,
  equivalence: Equivalence,
  { mostStates = 500, onHypothesis }: LearnOptions = {},
): Promise<MealyMachine> {
  const table = new ObservationTable(alphabet, teacher);
  for (;;) {
    const hypothesis = await table.close(mostStates);
    onHypothesis?.(hypothesis.states.length);
    const counterexample = await equivalence(hypothesis);
    if (counterexample === undefined) return hypothesis;
    await table.refine(hypothesis, counterexample);
  }
}

/** Rows are words, columns are suffixes; a cell holds the answers to the suffix behind the word. */
class ObservationTable {
  readonly #alphabet: readonly string[];
  readonly #teacher: Teacher;
  /** A word for every state, the empty one first: no two have equal rows. */
  readonly #access: WordOf[] = [[]];
  readonly #suffixes: WordOf[];
  readonly #cells = new Map<string, string>();

  constructor(alphabet: readonly string[], teacher: Teacher) {
    this.#alphabet = alphabet;
    this.#teacher = teacher;
    this.#suffixes = alphabet.map((symbol) => [symbol]);
  }

  /** Adds states until every one-symbol continuation of a state leads to a state, and makes a machine of them. */
  async close(mostStates: number): Promise<MealyMachine> {
    for (let first = 0; ; ) {
      await this.#fill();
      const known = new Map(this.#access.map((word, state) => [this.#row(word), state]));
      const fresh = this.#access
        .slice(first)
        .flatMap((word) => this.#alphabet.map((symbol) => [...word, symbol]))
        .find((word) => !known.has(this.#row(word)));
      if (fresh === undefined) {
        if (first === 0) return this.#machine(known);
        first = 0;
        continue;
      }
      if (this.#access.length >= mostStates)
        throw new RangeError(
          `more than ${mostStates} states: what is learned has too many for this alphabet, or answers the same word in several ways.`,
        );
      this.#access.push(fresh);
    }
  }

  /** Finds the suffix that the counterexample shows to be missing. */
  async refine(hypothesis: MealyMachine, word: WordOf): Promise<void> {
    const [real] = await this.#teacher.ask([word]);
    const expected = answersOf(hypothesis, word);
    const end = real!.findIndex((answer, at) => answer !== expected[at]) + 1;
    if (end === 0) throw new RangeError('the counterexample is none: the teacher answered in two ways.');
    const wrong = word.slice(0, end);
    // Behind the first `low` symbols, replaced by the access word of where they lead, the answer is as it was; behind `high` not.
    let [low, high] = [0, wrong.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((await this.#answerBehind(hypothesis, wrong, middle)) === real![end - 1]) low = middle;
      else high = middle;
    }
    const suffix = wrong.slice(high);
    const isKnown = this.#suffixes.some((known) => known.join('\n') === suffix.join('\n'));
    if (suffix.length === 0 || isKnown)
      throw new RangeError('the counterexample tells nothing new: the teacher answered in two ways.');
    this.#suffixes.push(suffix);
  }

  async #answerBehind(hypothesis: MealyMachine, word: WordOf, count: number): Promise<string> {
    let state = 0;
    for (const symbol of word.slice(0, count))
      state = hypothesis.states[state]!.edges[this.#alphabet.indexOf(symbol)]!.to;
    const [answers] = await this.#teacher.ask([[...hypothesis.states[state]!.access, ...word.slice(count)]]);
    return answers!.at(-1)!;
  }

  /** Asks for all cells that are empty, side by side. */
  async #fill(): Promise<void> {
    const wanted: { key: string; word: WordOf; from: number }[] = [];
    for (const word of this.#rows()) {
      for (const suffix of this.#suffixes) {
        const key = cellKey(word, suffix);
        if (!this.#cells.has(key)) wanted.push({ key, word: [...word, ...suffix], from: word.length });
      }
    }
    const answers = await this.#teacher.ask(wanted.map(({ word }) => word));
    wanted.forEach(({ key, from }, index) => {
      this.#cells.set(key, answers[index]!.slice(from).join('\n'));
    });
  }

  *#rows(): Generator<WordOf> {
    for (const word of this.#access) {
      yield word;
      for (const symbol of this.#alphabet) yield [...word, symbol];
    }
  }

  #row(word: WordOf): string {
    return this.#suffixes.map((suffix) => this.#cells.get(cellKey(word, suffix))).join('\n\n');
  }

  #machine(known: ReadonlyMap<string, number>): MealyMachine {
    const states = this.#access.map(
      (access): MealyState => ({
        access,
        edges: this.#alphabet.map((symbol) => ({
          answer: this.#cells.get(cellKey(access, [symbol]))!,
          to: known.get(this.#row([...access, symbol]))!,
        })),
      }),
    );
    return { alphabet: this.#alphabet, states };
  }
}

function cellKey(word: WordOf, suffix: WordOf): string {
  return `${word.join('\n')}\n\n${suffix.join('\n')}`;
}
