import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueAt, type Timer, TimerHeap } from '../../src/timer-heap.ts';

const nothing = () => {};

function drain(heap: TimerHeap): Timer[] {
  const timers: Timer[] = [];
  for (let timer = heap.takeFirst(); timer !== undefined; timer = heap.takeFirst()) timers.push(timer);
  return timers;
}

describe('the timer heap', () => {
  test('gives out whatever was armed and not cancelled, by deadline and then by order of arming', () => {
    const operations = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ arm: fc.integer({ min: 0, max: 20 }) }) },
        { weight: 2, arbitrary: fc.record({ cancel: fc.nat() }) },
        { weight: 1, arbitrary: fc.constant('take' as const) },
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(operations, (steps) => {
        const heap = new TimerHeap();
        let expected: Timer[] = [];
        for (const step of steps) {
          if (step === 'take') {
            expect(heap.takeFirst()).toBe(expected.shift());
          } else if ('arm' in step) {
            expected.push(heap.arm(step.arm, nothing));
            expected.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
          } else if (expected.length > 0) {
            const cancelled = expected[step.cancel % expected.length]!;
            heap.cancel(cancelled);
            expected = expected.filter((timer) => timer !== cancelled);
          }
          expect(heap.size).toBe(expected.length);
          expect(heap.first).toBe(expected[0]);
        }
        expect(drain(heap)).toEqual(expected);
      }),
    );
  });

  test('lets what is not waiting in it be: fired, cancelled twice, of another heap, or no timer at all', () => {
    const heap = new TimerHeap();
    const other = new TimerHeap();
    const fired = heap.arm(1, nothing);
    const cancelled = heap.arm(2, nothing);
    const waiting = heap.arm(3, nothing);
    heap.takeFirst();
    heap.cancel(cancelled);
    for (const id of [fired, cancelled, other.arm(3, nothing), undefined, null, 7, {}]) heap.cancel(id);
    expect(drain(heap)).toEqual([waiting]);
    expect(other.size).toBe(1);
  });

  test('holds on to nothing of a cancelled timer, however many others wait', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = new TimerHeap();
    for (let i = 0; i < 1_000; i++) heap.arm(1_000 + i, nothing);
    const gone = Array.from({ length: 100 }, (_, i) => {
      const held = { i };
      const timer = heap.arm(i * 20, () => void held.i);
      heap.cancel(timer);
      return new WeakRef(held);
    });
    // What was made in this turn is kept until it is over.
    await new Promise((resolve) => setTimeout(resolve, 0));
    collect();
    expect(gone.filter((reference) => reference.deref() !== undefined)).toEqual([]);
    expect(heap.size).toBe(1_000);
  });

  test('arms and cancels among 100,000 with as many steps as the logarithm of their number allows', () => {
    const heap = new TimerHeap();
    const timers = Array.from({ length: 100_000 }, (_, i) => heap.arm((i * 7_919) % 100_003, nothing));
    let moves = 0;
    // Each move of a timer in the heap writes its place.
    for (const timer of timers) {
      let place = timer.place;
      Object.defineProperty(timer, 'place', {
        get: () => place,
        set: (moved: number) => {
          place = moved;
          moves++;
        },
      });
    }
    const earliest = heap.arm(-1, nothing);
    expect(moves).toBeLessThanOrEqual(17);
    heap.cancel(earliest);
    expect(moves).toBeLessThanOrEqual(2 * 17 + 1);
    moves = 0;
    for (let i = 0; i < 1_000; i++) heap.cancel(timers[i * 97]);
    expect(moves).toBeLessThanOrEqual(1_000 * 18);
    expect(heap.size).toBe(99_000);
  });

  test('keeps no timer that is due at Infinity', () => {
    const heap = new TimerHeap();
    const never = heap.arm(Number.POSITIVE_INFINITY, nothing);
    expect(heap.size).toBe(0);
    heap.cancel(never);
    expect(heap.takeFirst()).toBeUndefined();
  });
});

describe('a deadline', () => {
  test('is the delay from now, and now for a delay below zero', () => {
    expect(dueAt(10, 0.25)).toBe(10.25);
    expect(dueAt(10, 0)).toBe(10);
    expect(dueAt(10, -1)).toBe(10);
  });

  test('is refused for a delay that is not a number', () => {
    expect(() => dueAt(10, Number.NaN)).toThrow('the delay is not a number');
  });
});
