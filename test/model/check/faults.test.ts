/** Faults that are put into the charts and the protocol functions on purpose: each is found, by the rule that it breaks. */

import { describe, expect, it } from 'vitest';
import { checkModel, RULES, SEEDED_FAULTS } from '../../../src/model/index.ts';

describe('a seeded fault', () => {
  it.each(SEEDED_FAULTS.map((fault) => [fault.name, fault] as const))(
    'is found: %s',
    (_, { bounds, parts, rule }) => {
      const { violation, isComplete } = checkModel({ bounds, parts });
      expect(violation?.rule).toBe(rule);
      expect(isComplete).toBe(false);
      expect(violation!.moves.length).toBeGreaterThan(0);
    },
  );

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
