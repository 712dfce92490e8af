/** The delayed events of actors: what XState asks of a scheduler, on the stack's clock. */

import { describe, expect, it } from 'vitest';
import type { AnyActorRef } from 'xstate';
import { virtualClock } from '../../../src/sim/index.ts';
import { ActorTimers } from '../../../src/stack/actor-timers.ts';

function bench() {
  const clock = virtualClock();
  const told: string[] = [];
  const timers = new ActorTimers(clock, () => told.push('served'));
  const system = {
    _relay: (from: { name: string }, to: { name: string }, event: { type: string }) =>
      told.push(`${clock.now()} ${from.name} to ${to.name}: ${event.type}`),
  };
  const actor = (name: string) => ({ name, system }) as unknown as AnyActorRef;
  return { clock, told, timers, a: actor('a'), b: actor('b') };
}

describe('a delayed event', () => {
  it('comes when it is due, and what it brings is served before the clock goes on', () => {
    const { clock, told, timers, a, b } = bench();
    timers.schedule(a, b, { type: 'later' }, 20, 'x');
    timers.schedule(a, a, { type: 'sooner' }, 10, 'y');
    clock.advance(9.9);
    expect([told, timers.count]).toEqual([[], 2]);
    clock.advance(20);
    expect(told).toEqual(['10 a to a: sooner', 'served', '20 a to b: later', 'served']);
    expect([timers.count, timers.has(a), clock.pending]).toEqual([0, false, 0]);
  });

  it('does not come once it is cancelled, while those of other names and other actors do', () => {
    const { clock, told, timers, a, b } = bench();
    timers.schedule(a, a, { type: 'one' }, 10, 'x');
    timers.schedule(a, a, { type: 'two' }, 10, 'y');
    timers.schedule(b, b, { type: 'three' }, 10, 'x');
    timers.cancel(a, 'x');
    timers.cancel(a, 'x');
    timers.cancel(a, 'never set');
    expect([timers.count, clock.pending]).toEqual([2, 2]);
    clock.advance(10);
    expect(told).toEqual(['10 a to a: two', 'served', '10 b to b: three', 'served']);
  });

  it('may be set again by the event that it brings', () => {
    const { clock, told, timers, a } = bench();
    const { system } = a as unknown as { system: { _relay: (...of: unknown[]) => void } };
    const relay = system._relay;
    system._relay = (...of) => {
      relay(...of);
      if (timers.count === 0 && told.length < 3) timers.schedule(a, a, { type: 'again' }, 5, 'x');
    };
    timers.schedule(a, a, { type: 'first' }, 5, 'x');
    clock.advance(100);
    expect(told).toEqual(['5 a to a: first', 'served', '10 a to a: again', 'served']);
  });

  it('ends with its actor, whatever others have under way', () => {
    const { clock, told, timers, a, b } = bench();
    timers.schedule(a, a, { type: 'one' }, 10, 'x');
    timers.schedule(a, a, { type: 'two' }, 20);
    timers.schedule(b, b, { type: 'three' }, 30, 'x');
    timers.cancelAll(a);
    timers.cancelAll(a);
    expect([timers.has(a), timers.has(b), timers.count, clock.pending]).toEqual([false, true, 1, 1]);
    clock.advance(50);
    expect(told).toEqual(['30 b to b: three', 'served']);
  });
});
