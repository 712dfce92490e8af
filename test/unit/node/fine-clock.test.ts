import { beforeEach, describe, expect, it } from 'vitest';
import { type FineClock, fineClock } from '../../../src/node/fine-clock.ts';
import { errno, type Linux, loadLinux } from '../../../src/node/linux.ts';

const isLinux = process.platform === 'linux';

describe.skipIf(!isLinux)(`a clock on a timer of the kernel${isLinux ? '' : ' (skipped: not Linux)'}`, () => {
  it('fires in order and never early, fractions of a millisecond included', async () => {
    const clock = await fineClock();
    const beganMs = clock.now();
    const fired: [number, number][] = [];
    await new Promise<void>((resolve) => {
      for (const delayMs of [5, 0.3, 1.1, 0]) {
        clock.setTimeout(() => {
          fired.push([delayMs, clock.now() - beganMs]);
          if (fired.length === 4) resolve();
        }, delayMs);
      }
    });
    expect(fired.map(([delayMs]) => delayMs)).toEqual([0, 0.3, 1.1, 5]);
    for (const [delayMs, atMs] of fired) expect(atMs).toBeGreaterThanOrEqual(delayMs);
    clock.close();
  });

  it('fires no timer that was cleared, nor any once it is closed', async () => {
    const clock = await fineClock();
    const fired: string[] = [];
    clock.clearTimeout(clock.setTimeout(() => fired.push('cleared'), 1));
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, 3);
    });
    clock.setTimeout(() => fired.push('closed'), 1);
    clock.close();
    clock.close();
    clock.setTimeout(() => fired.push('armed later'), 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(fired).toEqual([]);
  });
});

describe('a clock on a descriptor', () => {
  let calls: string[];
  let look: () => void;
  let expired: boolean;
  let clock: FineClock;

  const linux = {
    timer: () => 7,
    setTimer: (fd: number, ns: bigint) => calls.push(`set ${fd} ${ns}`),
    read: () => (expired ? 8 : -errno.EAGAIN),
    close: (fd: number) => calls.push(`close ${fd}`),
    watch: (_fd: number, turn: () => void) => {
      look = turn;
      return {
        want: () => {},
        ref: () => {},
        unref: () => calls.push('unref'),
        close: () => calls.push('unwatch'),
      };
    },
  } as unknown as Linux;

  beforeEach(async () => {
    calls = [];
    expired = false;
    clock = await fineClock(linux);
  });

  it('asks for steps of a fifth of a millisecond, and keeps no process alive', () => {
    clock.setTimeout(() => {}, 10.05);
    expect(calls[0]).toBe('unref');
    const [, ns] = /^set 7 (\d+)$/.exec(calls[1]!)!;
    // It counts from now on, and time goes by.
    expect(Number(ns) % 200_000).toBe(0);
    expect(Number(ns)).toBeGreaterThan(0);
    expect(Number(ns)).toBeLessThanOrEqual(10_200_000);
  });

  it('fires nothing for a descriptor that was set again since it got readable', () => {
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('due'), 0);
    look();
    expect(fired).toEqual([]);
    expired = true;
    look();
    expect(fired).toEqual(['due']);
  });

  it('lets go of the descriptor once', () => {
    clock.close();
    clock.close();
    expect(calls).toEqual(['unref', 'unwatch', 'close 7']);
  });

  it('is that of Node where the kernel has none', async () => {
    const none = await fineClock({ timer: () => -errno.ENOSYS } as unknown as Linux);
    await new Promise<void>((resolve) => {
      none.setTimeout(resolve, 1);
    });
    none.close();
  });
});

it.skipIf(!isLinux)('the kernel refuses to set what is no timer', async () => {
  expect((await loadLinux()).setTimer(-1, 1n)).toBe(-errno.EBADF);
});
