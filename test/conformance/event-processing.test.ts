import { describe, expect, it } from 'vitest';
import { READINGS } from './notes.ts';
import { SCENARIOS, unmatched } from './scenarios.ts';
import { expectState } from './scene.ts';
import { EVENTS } from './tables.ts';

describe('event processing', () => {
  for (const row of EVENTS) {
    const scenario = SCENARIOS.get(row.id);
    if (scenario === undefined || 'notApplicable' in scenario) continue;
    it(`${row.id}: ${row.state}, ${row.event}: ${row.condition} → ${row.next_state}`, async () => {
      const peers = await scenario.drive(row);
      const next = READINGS.get(row.id)?.nextState ?? row.next_state;
      for (const peer of [peers].flat()) await expectState(peer, next);
    });
  }

  it('plays every row of the table, or says why it can’t', () => {
    expect(unmatched()).toEqual({ rows: [], scenarios: [] });
  });

  it('leaves out no row of a variant but those that the stack does not have', () => {
    const left = EVENTS.filter(({ id }) => 'notApplicable' in SCENARIOS.get(id)!).map(
      ({ variant }) => variant,
    );
    expect([...new Set(left)].sort()).toEqual(['MLS', 'RFC793', 'base']);
    for (const row of EVENTS)
      if (row.variant === 'MLS' || row.variant === 'RFC793')
        expect(SCENARIOS.get(row.id), row.id).toHaveProperty('notApplicable');
  });

  it('says how every row was read whose note leaves a choice', () => {
    const open = EVENTS.filter(
      ({ id, note }) => note !== '' && 'drive' in SCENARIOS.get(id)! && !READINGS.has(id),
    );
    expect(open.map(({ id }) => id)).toEqual([]);
  });

  it('notes readings of rows that exist only', () => {
    const ids = new Set(EVENTS.map(({ id }) => id));
    expect([...READINGS.keys()].filter((id) => !ids.has(id))).toEqual([]);
  });
});
