import { describe, expect, test } from 'vitest';
import { isPausable, pausableClock } from '../../../src/inspect/pausable-clock.ts';
import { virtualClock } from '../../../src/sim/index.ts';

function make() {
  const base = virtualClock({ startMs: 1_000 });
  const clock = pausableClock(base);
  const fired: string[] = [];
  const arm = (name: string, delayMs: number) =>
    clock.setTimeout(() => fired.push(`${name} at ${clock.now()}`), delayMs);
  return { base, clock, fired, arm };
}

describe('a pausable clock', () => {
  test('is its base clock while it is not paused', () => {
    const { base, clock, fired, arm } = make();
    arm('a', 50);
    arm('b', 20);
    arm('c', 20);
    clock.clearTimeout(arm('never', 10));
    expect(clock.dueMs).toEqual([1_020, 1_020, 1_050]);
    base.advance(50);
    expect(fired).toEqual(['b at 1020', 'c at 1020', 'a at 1050']);
    expect(base.pending).toBe(0);
  });

  test('stands while it is paused, and fires nothing', () => {
    const { base, clock, fired, arm } = make();
    arm('a', 50);
    base.advance(20);
    clock.pause();
    clock.pause();
    expect(base.pending).toBe(0);
    base.advance(500);
    expect(clock.now()).toBe(1_020);
    expect(fired).toEqual([]);
  });

  test('leaves timers as long to go as they had', () => {
    const { base, clock, fired, arm } = make();
    arm('a', 50);
    base.advance(20);
    clock.pause();
    base.advance(500);
    arm('b', 10);
    clock.resume();
    clock.resume();
    base.advance(29);
    expect(fired).toEqual(['b at 1030']);
    base.advance(1);
    expect(fired).toEqual(['b at 1030', 'a at 1050']);
    expect(clock.now()).toBe(1_050);
  });

  test('fires one timer at a time while it is paused, at its own time', () => {
    const { base, clock, fired, arm } = make();
    arm('late', 70);
    arm('soon', 30);
    clock.pause();
    expect(clock.fireNext()).toBe(true);
    expect(fired).toEqual(['soon at 1030']);
    expect(clock.fireNext()).toBe(true);
    expect(clock.fireNext()).toBe(false);
    expect(fired).toEqual(['soon at 1030', 'late at 1070']);
    arm('after', 5);
    clock.resume();
    base.advance(5);
    expect(fired.at(-1)).toBe('after at 1075');
  });

  test('never goes backwards, whatever it is made to do', () => {
    const { base, clock, arm } = make();
    arm('a', 100);
    clock.pause();
    clock.fireNext();
    clock.resume();
    const afterStep = clock.now();
    base.advance(1);
    expect(clock.now()).toBe(afterStep + 1);
  });

  test('lets timers be cancelled while it is paused', () => {
    const { base, clock, fired, arm } = make();
    const id = arm('a', 10);
    clock.pause();
    clock.clearTimeout(id);
    clock.resume();
    base.advance(100);
    expect(fired).toEqual([]);
  });

  test('refuses to fire a timer while time goes on', () => {
    const { clock } = make();
    expect(() => clock.fireNext()).toThrow(/pause the clock first/);
  });

  test('is told apart from clocks that cannot be paused', () => {
    const { base, clock } = make();
    expect(isPausable(clock)).toBe(true);
    expect(isPausable(base)).toBe(false);
  });
});
