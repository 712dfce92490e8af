/** Who steps the charts is chosen for a stack, or for all that don't say. */

import { afterEach, describe, expect, it } from 'vitest';
import { compiled, connectionMachine, setDefaultInterpreter } from '../../../machines/index.ts';
import { createStack, pair, type StackOptions } from '../../../src/index.ts';
import { inheritInterpreter } from '../../../src/node/interpreter.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';

/** Whether the chart of a stack's interface is stepped by XState itself. */
function isOnXState(options: Partial<StackOptions> = {}): boolean {
  const clock = virtualClock();
  const [device] = pair(clock);
  const given = { device, addresses: ['198.18.0.1'], clock, random: seededRandom(1), ...options };
  const { root } = createStack(given) as unknown as {
    readonly root: {
      readonly logic: object;
      getSnapshot(): { readonly machine: { readonly transition: unknown } };
    };
  };
  // Around the machine is what gives its children's ends one name each; its `transition` is the last but one.
  const { transition } = Object.getPrototypeOf(root.logic) as { readonly transition: unknown };
  return transition === root.getSnapshot().machine.transition;
}

afterEach(() => {
  setDefaultInterpreter('compiled');
  inheritInterpreter();
});

describe('a stack', () => {
  it('runs on the interpreter that it is made with', () => {
    expect(isOnXState({ interpreter: 'xstate' })).toBe(true);
    expect(isOnXState({ interpreter: 'compiled' })).toBe(false);
  });

  it('runs on the one that is set for all when it says nothing', () => {
    setDefaultInterpreter('xstate');
    expect(isOnXState()).toBe(true);
    expect(isOnXState({ interpreter: 'compiled' })).toBe(false);
    setDefaultInterpreter('compiled');
    expect(isOnXState()).toBe(false);
  });

  it('is refused one that there is none of, with a word on which there are', () => {
    const message = 'createStack: interpreter is fast; give one of xstate, compiled';
    expect(() => isOnXState({ interpreter: 'fast' as never })).toThrow(
      expect.objectContaining({ code: 'EINVAL', message }),
    );
  });
});

describe('a chart that can’t be compiled', () => {
  it.each([
    ['an invoked actor', { invoke: { src: 'other' } }],
    ['a history state', { states: { past: { type: 'history' } }, initial: 'now' }],
    ['a final state below the top', { states: { end: { type: 'final' } }, initial: 'end' }],
  ])('says why: %s', async (what, state) => {
    const { createMachine } = await import('xstate');
    const states = {
      a: { ...state, states: { now: {}, ...('states' in state ? state.states : {}) }, initial: 'now' },
    };
    const machine = createMachine({ id: 'other', initial: 'a', states } as never);
    expect(() => compiled(machine)).toThrow(
      new RegExp(`the chart other can't be compiled: .*${what}.*XState`),
    );
  });

  it('says why: an action of XState’s that is not known here', async () => {
    const { createMachine, enqueueActions } = await import('xstate');
    const machine = createMachine({ id: 'other', entry: enqueueActions(() => {}) });
    expect(() => compiled(machine)).toThrow(
      "the chart other can't be compiled: it uses xstate.enqueueActions",
    );
  });
});

it('is compiled without being changed: definition and config stay the machine’s own', () => {
  const other = compiled(connectionMachine);
  expect([other.config, other.root, other.definition.id]).toEqual([
    connectionMachine.config,
    connectionMachine.root,
    'tcp',
  ]);
});
