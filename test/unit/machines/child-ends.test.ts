import { expect, it, vi } from 'vitest';
import { createActor } from 'xstate';
import { listenerMachine, withManyChildren } from '../../../machines/index.ts';

const started = () => {
  const machine = listenerMachine.provide({});
  const actor = createActor(withManyChildren(machine), { input: { backlog: 5, halfOpenBacklog: 5 } });
  actor.start();
  return { machine, actor };
};
const arrival = (id: string) => ({ id }) as never;
const halfOpen = (actor: ReturnType<typeof started>['actor']) => [...actor.getSnapshot().context.halfOpen];

it('tells a machine which of its actors has ended', () => {
  const { actor } = started();
  for (const id of ['a', 'b', 'c']) actor.send({ type: 'rcv.SYN', arrival: arrival(id) });
  actor.send({ type: 'xstate.done.actor.a', actorId: 'a' });
  actor.send({ type: 'xstate.error.actor.c', actorId: 'c' });
  expect(halfOpen(actor)).toEqual(['b']);
});

it('shows the states of a machine no event type that is of one actor alone, which they would never forget', () => {
  const { machine, actor } = started();
  // Where XState remembers what it finds for an event type. Not in its types.
  const root = machine.root as unknown as { next(snapshot: unknown, event: { type: string }): unknown };
  const looked = vi.spyOn(root, 'next');
  for (let number = 0; number < 100; number++) {
    actor.send({ type: `xstate.done.actor.${number}`, actorId: `${number}` });
    actor.send({ type: `xstate.error.actor.${number}`, actorId: `${number}` });
  }
  const types = looked.mock.calls.map(([, event]) => event.type);
  expect(types).toHaveLength(200);
  expect(new Set(types)).toEqual(new Set(['xstate.done.actor.any', 'xstate.error.actor.any']));
});

it('leaves all else of a machine as it is', () => {
  const { machine } = started();
  const wrapped = withManyChildren(machine);
  expect(wrapped.id).toBe(machine.id);
  expect(Object.keys(wrapped.states)).toEqual(['LISTEN', 'CLOSED']);
});
