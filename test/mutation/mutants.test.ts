/** The mutants themselves: that each is a machine that works, and what changes in it. */

import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createActor, setup } from 'xstate';
import { CHARTS, MUTANTS } from './charts.ts';
import { instrument, mutate } from './edit.ts';
import { type Mutant, mutantsOf, nodesOf, type StateConfig } from './mutants.ts';
import { SURVIVORS } from './survivors.ts';

const done: string[] = [];

const config = {
  id: 'door',
  initial: 'closed',
  states: {
    closed: { on: { push: { target: 'open', guard: 'unlocked', actions: ['creak', 'swing'] } } },
    open: {
      exit: 'slam',
      on: { pull: { target: 'closed', reenter: true }, push: { target: 'open', reenter: true } },
    },
  },
} as const;

const doorSetup = setup({
  guards: { unlocked: () => true },
  actions: {
    creak: () => done.push('creak'),
    swing: () => done.push('swing'),
    slam: () => done.push('slam'),
  },
});

const made = (changed: StateConfig): AnyStateMachine =>
  doorSetup.createMachine(changed as never) as unknown as AnyStateMachine;
const mutants = mutantsOf(made(config));

function mutantCalled(id: string): Mutant {
  const found = mutants.find((mutant) => mutant.id === id);
  if (!found) throw new Error(`no mutant is called ${id}; there are ${mutants.map((mutant) => mutant.id)}`);
  return found;
}

/** The state after the events, and the actions that were done. */
function play(changed: StateConfig, ...events: string[]): { state: unknown; actions: readonly string[] } {
  done.length = 0;
  const actor = createActor(made(changed)).start();
  for (const type of events) actor.send({ type });
  return { state: actor.getSnapshot().value, actions: [...done] };
}

const playMutant = (id: string, ...events: string[]) => play(mutate(config, mutantCalled(id)), ...events);

describe('a chart', () => {
  it('has a mutant for each arrow, wrong target, action, guard, re-entry and start', () => {
    expect(mutants.map(({ id }) => id)).toEqual([
      'door initial: start elsewhere to open',
      'door.closed on push: remove',
      'door.closed on push: redirect to door.closed',
      'door.closed on push: negate unlocked',
      'door.closed on push: drop creak',
      'door.closed on push: drop swing',
      'door.open exit: drop slam',
      'door.open on pull: remove',
      'door.open on pull: redirect to door.open',
      'door.open on push: remove',
      'door.open on push: redirect to door.closed',
      'door.open on push: drop re-entry',
    ]);
  });

  it('plays as before without a mutant of its own', () => {
    const whole = { state: 'open', actions: ['creak', 'swing'] };
    expect(play(config, 'push')).toEqual(whole);
    expect(
      play(mutate(config, { ...mutantCalled('door.closed on push: remove'), machine: 'gate' }), 'push'),
    ).toEqual(whole);
  });

  it('changes in the mutant’s one place', () => {
    const { length } = JSON.stringify(config);
    expect(playMutant('door.closed on push: remove', 'push')).toEqual({ state: 'closed', actions: [] });
    expect(playMutant('door.closed on push: negate unlocked', 'push').state).toBe('closed');
    expect(playMutant('door.closed on push: drop creak', 'push')).toEqual({
      state: 'open',
      actions: ['swing'],
    });
    expect(playMutant('door.closed on push: redirect to door.closed', 'push').state).toBe('closed');
    expect(playMutant('door initial: start elsewhere to open').state).toBe('open');
    expect(playMutant('door.open exit: drop slam', 'push', 'pull').actions).toEqual(['creak', 'swing']);
    expect(playMutant('door.open on push: drop re-entry', 'push', 'push').actions).toEqual([
      'creak',
      'swing',
    ]);
    expect(JSON.stringify(config)).toHaveLength(length);
  });

  it('tells of an arrow whose guard was asked, even if it says no', () => {
    const reached: string[] = [];
    const told = instrument(config, (place) => reached.push(place));
    const locked = made(told).provide({ guards: { unlocked: () => false } } as never);
    const actor = createActor(locked).start();
    actor.send({ type: 'push' });
    expect(actor.getSnapshot().value).toBe('closed');
    expect(reached).toContain('door.closed on push');
  });

  it('tells which of its places are come upon, and plays as before', () => {
    const reached: string[] = [];
    const told = instrument(config, (place) => reached.push(place));
    expect(play(told, 'push', 'pull')).toEqual({ state: 'closed', actions: ['creak', 'swing', 'slam'] });
    expect(reached).toEqual(
      expect.arrayContaining(['door initial', 'door.closed on push', 'door.open exit', 'door.open on pull']),
    );
    expect(reached).not.toContain('door.open on push');
  });
});

describe('the stack’s charts', () => {
  it('have mutants with names of their own', () => {
    expect(MUTANTS.length).toBeGreaterThan(500);
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
  });

  it('make a machine that differs, of every mutant', () => {
    for (const chart of CHARTS) {
      const written = chart.config as unknown as StateConfig;
      const whole = shapeOf(chart);
      for (const mutant of MUTANTS.filter(({ machine }) => machine === chart.id)) {
        const changed = setup({}).createMachine(
          mutate(written, mutant) as never,
        ) as unknown as AnyStateMachine;
        expect(shapeOf(changed), mutant.id).not.toBe(whole);
      }
    }
  });

  it('lists no survivor that is not a mutant', () => {
    const ids = new Set(MUTANTS.map(({ id }) => id));
    expect(Object.keys(SURVIVORS).filter((id) => !ids.has(id))).toEqual([]);
  });
});

/** All that a mutant may change: starts, arrows, guards and actions of each state. */
function shapeOf(machine: AnyStateMachine): string {
  const nameOf = (part: unknown): unknown => (typeof part === 'function' ? [...Object.values(part)] : part);
  return JSON.stringify(
    nodesOf(machine.root).map((node) => [
      node.id,
      node.initial.target?.map(({ id }) => id),
      node.entry.map(nameOf),
      node.exit.map(nameOf),
      [...node.transitions.values(), node.always ?? []]
        .flat()
        .map((transition) => [
          transition.eventType,
          transition.target?.map(({ id }) => id),
          transition.reenter,
          nameOf(transition.guard),
          transition.actions.map(nameOf),
        ]),
    ]),
  );
}
