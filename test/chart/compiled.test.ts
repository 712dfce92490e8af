/**
 * The compiled charts against XState's interpreter: from every configuration that a chart can come to, with every event and
 * every answer of its guards, both do the same.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionMachine, interfaceMachine, listenerMachine } from '../../machines/index.ts';
import { CHART_FAULTS } from '../../src/model/check/faults/charts.ts';
import { connectionSettings } from '../../src/stack/settings.ts';
import { createTcb } from '../../src/tcp/index.ts';
import { anyChart } from '../support/any-chart.ts';
import { nodesOf, walkBoth } from '../support/both-interpreters.ts';

const settings = connectionSettings({}, { ipVersion: 4, mtu: 1_500 });
const tcb = createTcb('active', 7, settings, 1_000);
// No arrow changes it, and spelled out in every comparison it would make the walk ten times as long.
const short = { toJSON: () => 'the TCB' };
const CONNECTION = { input: { tcb: { ...tcb, ...short, timers: { ...tcb.timers, ackDueMs: 1_040 } } } };
const LISTENER = {
  input: { backlog: 2, halfOpenBacklog: 2 },
  payload: { id: 'a', actorId: 'a', arrival: { id: 'a' } },
};

describe('the compiled chart', () => {
  it.each([
    ['connection', connectionMachine, CONNECTION],
    ['listener', listenerMachine, LISTENER],
    ['interface', interfaceMachine, {}],
  ])(
    'of the %s does at every step what XState’s interpreter does',
    (_, machine, options) => {
      const { differences, configurations, steps } = walkBoth(machine, options);
      expect(differences.slice(0, 3)).toEqual([]);
      // Every state was come to, and from every configuration every event was tried.
      const leaves = nodesOf(machine.root).filter(({ type, always }) => type === 'atomic' && !always);
      for (const { id } of leaves) expect([...configurations].some((key) => key.includes(id))).toBe(true);
      expect(steps).toBeGreaterThanOrEqual(configurations.size * machine.events.length);
    },
    120_000,
  );

  it('of any chart does', () => {
    let steps = 0;
    fc.assert(
      fc.property(anyChart(), (machine) => {
        const walked = walkBoth(machine, { payload: { by: 3 }, limit: 12, ways: 5 });
        expect(walked.differences.slice(0, 1)).toEqual([]);
        steps += walked.steps;
      }),
      { numRuns: 60 },
    );
    expect(steps).toBeGreaterThan(5_000);
  }, 120_000);

  const faulty = CHART_FAULTS.flatMap(({ name, parts }) =>
    Object.values(parts as Record<string, typeof connectionMachine>).map(
      (machine) => [name, machine] as const,
    ),
  );
  it.each(faulty)('does so for a chart with a fault: %s', (_, machine) => {
    const { differences, steps } = walkBoth(machine, {
      ...(machine.id === 'listener' ? LISTENER : CONNECTION),
      limit: 100,
    });
    expect(differences.slice(0, 3)).toEqual([]);
    expect(steps).toBeGreaterThan(20);
  });
});
