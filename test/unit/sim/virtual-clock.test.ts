import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { type VirtualClock, virtualClock } from '../../../src/sim/virtual-clock.ts';

/** A clock, and the log that `arm` makes its timers write: `name@time`. */
function logged(startMs = 0) {
  const clock = virtualClock({ startMs });
  const log: string[] = [];
  const arm = (name: string, delayMs: number) =>
    clock.setTimeout(() => log.push(`${name}@${clock.now()}`), delayMs);
  return { clock, log, arm };
}

describe('the virtual clock', () => {
  test('starts where it is told to, at 0 by default', () => {
    expect(virtualClock().now()).toBe(0);
    expect(virtualClock({ startMs: 1_234.5 }).now()).toBe(1_234.5);
    expect(() => virtualClock({ startMs: Number.NaN })).toThrow(RangeError);
  });

  test('fires timers by deadline, and those of one instant in the order of arming', () => {
    const { clock, log, arm } = logged();
    arm('late', 2);
    arm('first', 1);
    arm('second', 1);
    arm('early', 0.5);
    arm('third', 1);
    clock.advance(2);
    expect(log).toEqual(['early@0.5', 'first@1', 'second@1', 'third@1', 'late@2']);
  });

  test('fires timers of any deadlines in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 30 }), { maxLength: 100 }), (delays) => {
        const { clock, log, arm } = logged();
        for (const [index, delay] of delays.entries()) arm(String(index), delay);
        clock.advance(30);
        const expected = delays
          .map((delay, index) => ({ due: Math.max(0, delay), index }))
          .sort((a, b) => a.due - b.due || a.index - b.index);
        expect(log).toEqual(expected.map(({ due, index }) => `${index}@${due}`));
      }),
    );
  });

  test('goes to each deadline of a timer that arms itself again', () => {
    const { clock } = logged();
    const fired: number[] = [];
    const back = (rtoMs: number) =>
      clock.setTimeout(() => {
        fired.push(clock.now());
        back(2 * rtoMs);
      }, rtoMs);
    back(1_000);
    clock.advance(7_000);
    expect(fired).toEqual([1_000, 3_000, 7_000]);
  });

  test('runs the delayed events of a statechart, each at its own deadline', () => {
    const clock = virtualClock();
    const machine = createMachine({
      initial: 'waiting',
      states: {
        waiting: { after: { 1000: 'tired' } },
        tired: { after: { 500: 'done' } },
        done: { type: 'final' },
      },
    });
    const log: string[] = [];
    const actor = createActor(machine, { clock });
    actor.subscribe((snapshot) => log.push(`${String(snapshot.value)}@${clock.now()}`));
    actor.start();
    clock.advance(10_000);
    expect(log).toEqual(['waiting@0', 'tired@1000', 'done@1500']);
  });

  test('holds no timer at a deadline of Infinity', () => {
    const { clock, arm } = logged();
    arm('never', Number.POSITIVE_INFINITY);
    expect(clock.pending).toBe(0);
    expect(clock.step()).toBe(false);
  });

  test('tells how many timers are armed and when the next one is due', () => {
    const { clock, arm } = logged(5);
    expect(clock.pending).toBe(0);
    expect(clock.nextDueMs).toBeUndefined();
    arm('a', 10);
    const b = arm('b', 3);
    expect(clock.pending).toBe(2);
    expect(clock.nextDueMs).toBe(8);
    clock.clearTimeout(b);
    expect(clock.pending).toBe(1);
    expect(clock.nextDueMs).toBe(15);
  });
});

describe('cancelling', () => {
  test('keeps a timer from firing, by another timer of the same instant too', () => {
    const { clock, log, arm } = logged();
    clock.setTimeout(() => clock.clearTimeout(second), 1);
    const second = arm('second', 1);
    arm('third', 1);
    clock.advance(1);
    expect(log).toEqual(['third@1']);
  });

  test('of a timer that has fired does nothing', () => {
    const { clock, log, arm } = logged();
    const fired = arm('fired', 1);
    arm('waiting', 2);
    clock.advance(1);
    clock.clearTimeout(fired);
    clock.clearTimeout(undefined);
    clock.advance(1);
    expect(log).toEqual(['fired@1', 'waiting@2']);
  });

  test('frees what the callback held: 100,000 timers armed and cancelled leave nothing behind', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const clock = virtualClock();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 100_000; count++) {
      const held = new Array<number>(50).fill(count);
      const id = clock.setTimeout(() => held.length, 60_000 + (count % 7));
      clock.clearTimeout(id);
    }
    collect();
    // What the callbacks held takes more than 40 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8e6);
    expect(clock.pending).toBe(0);
  });
});

describe('step', () => {
  test('fires one timer, even of several due at the same instant', () => {
    const { clock, log, arm } = logged();
    arm('a', 1);
    arm('b', 1);
    expect(clock.step()).toBe(true);
    expect(log).toEqual(['a@1']);
    expect(clock.step()).toBe(true);
    expect(log).toEqual(['a@1', 'b@1']);
    expect(clock.step()).toBe(false);
    expect(clock.now()).toBe(1);
  });

  test('passes on what a callback throws, and goes on after it', () => {
    const { clock, log, arm } = logged();
    clock.setTimeout(() => {
      throw new Error('broken');
    }, 1);
    arm('next', 2);
    expect(() => clock.step()).toThrow('broken');
    expect(clock.now()).toBe(1);
    clock.step();
    expect(log).toEqual(['next@2']);
  });

  test('is refused inside a callback', () => {
    const { clock } = logged();
    clock.setTimeout(() => clock.step(), 1);
    clock.setTimeout(() => clock.advance(1), 1);
    expect(() => clock.step()).toThrow("called from a timer's callback");
    expect(() => clock.step()).toThrow("called from a timer's callback");
  });
});

describe('advance', () => {
  test('fires what is due at the very end, nothing later, and stands at the end exactly', () => {
    const { clock, log, arm } = logged();
    arm('due', 10);
    arm('later', 10.001);
    clock.advance(10);
    expect(log).toEqual(['due@10']);
    expect(clock.now()).toBe(10);
    clock.advance(0.0005);
    expect(log).toEqual(['due@10']);
    expect(clock.now()).toBe(10.0005);
  });

  test('by 0 fires what is due now', () => {
    const { clock, log, arm } = logged();
    arm('now', 0);
    clock.advance(0);
    expect(log).toEqual(['now@0']);
  });

  test('stops at a callback that throws and leaves the rest armed', () => {
    const { clock, log, arm } = logged();
    clock.setTimeout(() => {
      throw new Error('broken');
    }, 1);
    arm('next', 2);
    expect(() => clock.advance(5)).toThrow('broken');
    expect(clock.now()).toBe(1);
    clock.advanceTo(5);
    expect(log).toEqual(['next@2']);
  });

  test('never goes back, nor to the end of time', () => {
    const { clock } = logged(10);
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advanceTo(9.999)).toThrow(RangeError);
    expect(() => clock.advanceTo(Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    clock.advanceTo(10);
    expect(clock.now()).toBe(10);
  });
});

describe.each(['setImmediate', 'MessageChannel'])('run, with %s', (hop) => {
  afterEach(() => vi.unstubAllGlobals());

  function clockWithHop(): VirtualClock {
    if (hop === 'MessageChannel') vi.stubGlobal('setImmediate', undefined);
    return virtualClock();
  }

  const sleep = (clock: VirtualClock, ms: number) =>
    new Promise<void>((resolve) => clock.setTimeout(resolve, ms));

  test('ends when no timer is armed', async () => {
    const clock = clockWithHop();
    const log: number[] = [];
    clock.setTimeout(() => clock.setTimeout(() => log.push(clock.now()), 5), 10);
    await clock.run();
    expect(log).toEqual([15]);
    expect(clock.now()).toBe(15);
  });

  test('lets long chains of promises end before the next timer, of the same instant too', async () => {
    const clock = clockWithHop();
    const log: string[] = [];
    const work = async (name: string) => {
      await sleep(clock, 10);
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      log.push(`${name}@${clock.now()}`);
      await sleep(clock, 0);
      log.push(`${name} again@${clock.now()}`);
    };
    const done = Promise.all([work('a'), work('b'), sleep(clock, 11)]);
    await clock.run();
    await done;
    expect(log).toEqual(['a@10', 'b@10', 'a again@10', 'b again@10']);
  });

  test('takes in the timers that a program arms right after the call', async () => {
    const clock = clockWithHop();
    const running = clock.run();
    const slept = sleep(clock, 7);
    await running;
    await slept;
    expect(clock.now()).toBe(7);
  });

  test('stops before the first timer beyond untilMs and stands there exactly', async () => {
    const clock = clockWithHop();
    const log: number[] = [];
    for (const due of [10, 20, 20.5]) clock.setTimeout(() => log.push(clock.now()), due);
    await clock.run({ untilMs: 20 });
    expect(log).toEqual([10, 20]);
    expect(clock.now()).toBe(20);
    await clock.run({ untilMs: 15 });
    expect(clock.now()).toBe(20);
    await clock.run({ untilMs: 30 });
    expect(log).toEqual([10, 20, 20.5]);
    expect(clock.now()).toBe(30);
  });

  test('stops as soon as until is true, asked after the promises of each step', async () => {
    const clock = clockWithHop();
    let done = false;
    void sleep(clock, 10).then(() => {
      done = true;
    });
    clock.setTimeout(() => {}, 10);
    await clock.run({ until: () => done });
    expect(clock.now()).toBe(10);
    expect(clock.pending).toBe(1);
    await clock.run({ until: () => true });
    expect(clock.pending).toBe(1);
  });

  test('takes exactly maxSteps steps before it gives up on an endless run', async () => {
    const clock = clockWithHop();
    let steps = 0;
    const tick = () => {
      steps++;
      clock.setTimeout(tick, 1);
    };
    clock.setTimeout(tick, 1);
    await expect(clock.run({ maxSteps: 5 })).rejects.toThrow('still 1 timers armed after 5 steps, at 5 ms');
    expect(steps).toBe(5);

    const ending = clockWithHop();
    for (let due = 1; due <= 5; due++) ending.setTimeout(() => {}, due);
    await ending.run({ maxSteps: 5 });
    expect(ending.now()).toBe(5);
  });

  test('rejects with what a callback throws, and can go on', async () => {
    const clock = clockWithHop();
    clock.setTimeout(() => {
      throw new Error('broken');
    }, 1);
    clock.setTimeout(() => {}, 2);
    await expect(clock.run()).rejects.toThrow('broken');
    expect(clock.now()).toBe(1);
    await clock.run();
    expect(clock.now()).toBe(2);
  });
});
