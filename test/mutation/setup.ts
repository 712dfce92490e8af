/**
 * Set up before every test file of a mutation run. Makes `expect` blind to the names of states, so that what kills a mutant
 * is what a peer or a user would notice; and tells with each test which places of the charts it came upon.
 */

import { beforeEach, chai, onTestFinished } from 'vitest';
import { STATES } from '../../src/tcp/state.ts';
import { reached } from './reached.ts';

declare module 'vitest' {
  interface TaskMeta {
    reached?: string[];
  }
}

beforeEach(({ task }) => {
  reached.clear();
  onTestFinished(() => {
    task.meta.reached = [...reached];
  });
});

const names: ReadonlySet<unknown> = new Set(STATES);
const inText = new RegExp(`\\b(?:${STATES.join('|')})\\b *`, 'g');

/** A ladder without what its two columns of states say. */
function withoutStates(text: string): string {
  return text.replace(inText, '').replace(/ +/g, ' ');
}

/** What is expected, but that where the name of a state is expected, any other will do. */
function agreed(expected: unknown, found: unknown): unknown {
  if (names.has(expected)) return names.has(found) ? found : expected;
  if (typeof expected === 'string' && typeof found === 'string')
    return withoutStates(expected) === withoutStates(found) ? found : expected;
  if (typeof expected !== 'object' || expected === null || typeof found !== 'object' || found === null)
    return expected;
  const inner = (key: string | number): unknown => (found as Record<string | number, unknown>)[key];
  if (Array.isArray(expected)) return expected.map((value, index) => agreed(value, inner(index)));
  if (Object.getPrototypeOf(expected) !== Object.prototype) return expected;
  return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, agreed(value, inner(key))]));
}

if (process.env.STATEWIRE_SEES_STATES === undefined) {
  chai.use(({ Assertion }, { flag, overwriteMethod }) => {
    for (const matcher of ['toBe', 'toEqual', 'toStrictEqual', 'toMatchObject'])
      overwriteMethod(
        Assertion.prototype,
        matcher,
        (original: (...expected: unknown[]) => void) =>
          function (this: object, expected: unknown, ...rest: unknown[]): void {
            // `not` would turn agreement into a failure.
            const found = flag(this, 'negate') ? undefined : flag(this, 'object');
            // `toBe` holds objects by what they are, not by what is in them.
            const whole = matcher === 'toBe' && typeof expected !== 'string';
            original.call(this, whole ? expected : agreed(expected, found), ...rest);
          },
      );
  });
}
