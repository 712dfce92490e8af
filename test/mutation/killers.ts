/** Which tests are asked to kill a mutant, and in which order. */

import { grouped } from './grouped.ts';
import type { LaneRequest, RanTest } from './lane.ts';
import { type Mutant, placeName } from './mutants.ts';

/** Files whose tests are about single arrows: most mutants are killed by these, and at once rather than by a time limit. */
const LIKELIEST = [
  'test/unit/inspect/timers.test.ts',
  'test/unit/tcp/endings.test.ts',
  'test/unit/tcp/states.test.ts',
  'test/conformance/event-processing.test.ts',
  'test/unit/tcp/event-processing.test.ts',
  'test/unit/stack/listener.test.ts',
  'test/unit/stack/interface.test.ts',
  'test/drill/own-scripts.test.ts',
];

/** What waits for ever is told from what is slow: a test that takes longer gets more time, and is asked last. */
const QUICK_MS = 100;
const SLOW_MS = 500;
const TIME_LIMIT_MS = 5_000;
const PATIENT_TIME_LIMIT_MS = 60_000;
const KILLERS_REMEMBERED = 3;

type Files = NonNullable<LaneRequest['files']>;

/** Tests to be asked one after another, each for so long at most. */
export interface Stage {
  readonly tests: readonly RanTest[];
  readonly timeLimitMs: number;
}

export class Killers {
  readonly #tests: readonly RanTest[];
  readonly #killedAt = new Map<string, RanTest[]>();

  /** `tests` as they ran over the charts as they are. */
  constructor(tests: readonly RanTest[]) {
    this.#tests = tests;
  }

  get count(): number {
    return this.#tests.length;
  }

  /**
   * First those that killed other mutants of the same place; then those that come upon the place, the slow ones last. To the
   * others the mutant looks like the chart as it is; if `all`, they are asked as well.
   */
  *stages(mutant: Mutant, all: boolean): Generator<Stage> {
    const place = placeName(mutant);
    const known = this.#killedAt.get(place) ?? [];
    const others = this.#tests.filter((test) => !known.includes(test));
    const reaching = others.filter(({ reached }) => reached.includes(place));
    yield { tests: known, timeLimitMs: TIME_LIMIT_MS };
    yield* bySpeed(reaching);
    if (all) yield* bySpeed(others.filter((test) => !reaching.includes(test)));
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

function* bySpeed(tests: readonly RanTest[]): Generator<Stage> {
  yield { tests: tests.filter(({ durationMs }) => durationMs < SLOW_MS), timeLimitMs: TIME_LIMIT_MS };
  yield patiently(tests.filter(({ durationMs }) => durationMs >= SLOW_MS));
}

/** For tests that may have run into the time limit because the machine was busy. */
export function patiently(tests: readonly RanTest[]): Stage {
  return { tests, timeLimitMs: PATIENT_TIME_LIMIT_MS };
}

/** Whether a test that ran into the time limit waits for what the mutant keeps from happening. */
export function waitsForEver(test: RanTest, { tests, timeLimitMs }: Stage): boolean {
  const whole = tests.find(({ id }) => id === test.id);
  return timeLimitMs === PATIENT_TIME_LIMIT_MS || (whole?.durationMs ?? 0) < QUICK_MS;
}

/** The tests as a lane is asked for them: the likeliest file first, then the quickest. */
export function filesOf(tests: readonly RanTest[]): Files {
  return [...grouped(tests, ({ file }) => file)]
    .sort(([left, its], [right, others]) => rank(left) - rank(right) || totalMs(its) - totalMs(others))
    .map(([file, its]) => ({ file, testIds: its.map(({ id }) => id) }));
}

function rank(file: string): number {
  const index = LIKELIEST.indexOf(file);
  return index < 0 ? LIKELIEST.length : index;
}

export function totalMs(tests: readonly RanTest[]): number {
  return tests.reduce((sum, { durationMs }) => sum + durationMs, 0);
}
