/** Which tests are asked to kill a mutant, and in which order. */

import { grouped } from './grouped.ts';
import type { LaneRequest, RanTest } from './lane.ts';
import { type Mutant, placeName } from './mutants.ts';

/** A test that takes longer may run into the time limit on a busy machine, and would kill whatever it is asked about. */
const SLOWEST_MS = 1_000;
const KILLERS_REMEMBERED = 3;

type Files = NonNullable<LaneRequest['files']>;

export class Killers {
  readonly #tests: readonly RanTest[];
  readonly #killedAt = new Map<string, RanTest[]>();

  /** `tests` as they ran over the charts as they are. */
  constructor(tests: readonly RanTest[]) {
    this.#tests = tests.filter(({ durationMs }) => durationMs <= SLOWEST_MS);
  }

  get count(): number {
    return this.#tests.length;
  }

  /**
   * First those that killed other mutants of the same place; then those that come upon the place, the quickest file first;
   * then, to be sure, the others.
   */
  *stages(mutant: Mutant): Generator<readonly RanTest[]> {
    const place = placeName(mutant);
    const known = this.#killedAt.get(place) ?? [];
    const reaching = this.#tests.filter((test) => test.reached.includes(place));
    yield known;
    yield reaching.filter((test) => !known.includes(test));
    yield this.#tests.filter((test) => !reaching.includes(test));
  }

  /** Remembers what killed a mutant, for its neighbours. */
  killed(mutant: Mutant, by: string): void {
    const test = this.#tests.find(({ id }) => id === by);
    if (!test) return;
    const place = placeName(mutant);
    const known = (this.#killedAt.get(place) ?? []).filter((other) => other !== test);
    this.#killedAt.set(place, [test, ...known].slice(0, KILLERS_REMEMBERED));
  }
}

/** The tests as a lane is asked for them: the quickest file first. */
export function filesOf(tests: readonly RanTest[]): Files {
  return [...grouped(tests, ({ file }) => file)]
    .sort(([, left], [, right]) => totalMs(left) - totalMs(right))
    .map(([file, its]) => ({ file, testIds: its.map(({ id }) => id) }));
}

export function totalMs(tests: readonly RanTest[]): number {
  return tests.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
