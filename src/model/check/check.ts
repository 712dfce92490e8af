/**
 * The model checker as one calls it: every state within the bounds, and the shortest way to one that breaks a rule.
 */

import { Explorer } from './explore.ts';
import type { Parts } from './host.ts';
import { livenessOf } from './liveness.ts';
import { type Bounds, type Model, modelOf } from './model.ts';
import type { Move } from './moves.ts';
import { pathTo } from './path.ts';
import type { Violation } from './violation.ts';

export interface CheckOptions {
  readonly bounds?: Partial<Bounds>;
  /** What is checked in place of the product's charts and protocol functions. */
  readonly parts?: Partial<Parts>;
  /** Let a state stand for its mirror image, with the two ends swapped. Default true. */
  readonly folds?: boolean;
  /** Stop when so many states are known. */
  readonly mostStates?: number;
}

/** How far a check has come. */
export interface CheckFigures {
  /** Distinct states that were found, each standing for its mirror image. */
  readonly states: number;
  /** How many they are without that. */
  readonly unfolded: number;
  readonly transitions: number;
  /** The longest of the shortest ways from the beginning to a state, in moves. */
  readonly depth: number;
  /** Different states of one end, and how many steps of charts and protocol functions it took to know all that they do. */
  readonly ends: number;
  readonly steps: number;
  readonly segments: number;
  /** How many segments were under way at the same time, at most. */
  readonly mostUnderWay: number;
  /** What the states and the moves between them take in memory. */
  readonly bytes: number;
}

export interface Counterexample extends Violation {
  /** From the beginning to the violation, as few as there can be. */
  readonly moves: readonly Move[];
}

export interface CheckResult extends CheckFigures {
  /** Whether every state within the bounds was seen. */
  readonly isComplete: boolean;
  readonly violation: Counterexample | undefined;
  /** Pairs of states that the two ends were in, as "ESTABLISHED, FIN-WAIT-1". */
  readonly pairs: readonly string[];
}

/** Explores a model in portions, for whoever wants to show how far it is, or to stop. */
export class Check {
  readonly model: Model;
  readonly #explorer: Explorer;
  readonly #mostStates: number;
  #isExplored = false;
  #result: CheckResult | undefined;

  /** Throws a StackError EINVAL for a bound that is outside of its range. */
  constructor({ bounds, parts, folds = true, mostStates = Number.POSITIVE_INFINITY }: CheckOptions = {}) {
    this.model = modelOf(bounds, parts);
    this.#explorer = new Explorer(this.model, folds);
    this.#mostStates = mostStates;
  }

  get figures(): CheckFigures {
    const { states, unfolded, transitions, depth, ends, segments, mostUnderWay, bytes } = this.#explorer;
    const { size, steps } = ends;
    return {
      states,
      unfolded,
      transitions,
      depth,
      ends: size,
      steps,
      segments: segments.size,
      mostUnderWay,
      bytes,
    };
  }

  /** Whether every state is known, and what must happen in the end is still to be asked. */
  get isExplored(): boolean {
    return this.#isExplored;
  }

  get result(): CheckResult | undefined {
    return this.#result;
  }

  /** Expands so many states more; the result once there is one. What must happen in the end is asked of all states at last. */
  run(states: number): CheckResult | undefined {
    if (this.#result) return this.#result;
    if (!this.#isExplored) {
      const isDone = this.#explorer.run(states);
      if (!isDone && this.#explorer.states < this.#mostStates) return undefined;
      this.#isExplored = isDone && !this.#explorer.finding;
      // A caller has the occasion to say that what comes now takes its time.
      if (this.#isExplored) return undefined;
    }
    this.#result = this.#conclude(this.#isExplored || this.#explorer.finding !== undefined);
    return this.#result;
  }

  #conclude(isDone: boolean): CheckResult {
    const explorer = this.#explorer;
    const figures = this.figures;
    const finding = explorer.finding ?? (isDone ? livenessOf(explorer) : undefined);
    const violation = finding && { rule: finding.rule, text: finding.text, moves: pathTo(explorer, finding) };
    return { ...figures, isComplete: isDone && !finding, violation, pairs: explorer.pairs.sort() };
  }
}

const PORTION = 10_000;

/**
 * Checks the connection chart, the listener chart and the protocol functions: explores every state that two ends and the
 * channel between them can come to within the bounds, and holds each step and each state to the rules.
 *
 * Throws a StackError EINVAL for a bound that is outside of its range.
 *
 * @example
 * ```ts
 * const { violation, states } = checkModel({ bounds: { octets: 1, duplicates: 0, reorderings: 0 } });
 * console.log(states, violation?.rule ?? 'no violation');
 * ```
 */
export function checkModel(options: CheckOptions = {}): CheckResult {
  const check = new Check(options);
  for (;;) {
    const result = check.run(PORTION);
    if (result) return result;
  }
}
