/**
 * Faults that are put into the charts and the protocol functions on purpose. That each is found is in `counterexamples.test.ts`,
 * with what is told of it.
 */

import { describe, expect, it } from 'vitest';
import { checkModel, RULES, SEEDED_FAULTS } from '../../../src/model/index.ts';

describe('a seeded fault', () => {
  it.each([
    ...new Map(
      SEEDED_FAULTS.map(({ bounds }) => [JSON.stringify({ ...bounds, calls: [...bounds.calls!] }), bounds]),
    ),
  ])('is one: the product breaks no rule within %s', (_, bounds) => {
    expect(checkModel({ bounds, mostStates: 5_000 }).violation).toBeUndefined();
  });

  it('has a name of its own', () => {
    expect(new Set(SEEDED_FAULTS.map(({ name }) => name)).size).toBe(SEEDED_FAULTS.length);
  });

  it('shows of every rule that it can be broken', () => {
    const broken = new Set(SEEDED_FAULTS.map(({ rule }) => rule));
    const whole = Object.keys(RULES).filter((rule) => !broken.has(rule as keyof typeof RULES));
    expect(whole.sort()).toEqual([]);
  });
});
