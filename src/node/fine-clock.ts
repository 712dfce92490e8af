import type { Clock } from '../clock.ts';
import { timerClock } from '../net/timer-clock.ts';
import { hostClock } from './host-clock.ts';
import { type Linux, loadLinux } from './linux.ts';

/** Finer steps would wake the process for each packet of a fast link. */
const STEP_MS = 0.2;
const NS_PER_MS = 1_000_000;

export interface FineClock extends Clock {
  /** Lets go of the kernel's timer: what was armed on it does not fire any more. Twice is fine. */
  close(): void;
}

/**
 * As {@link hostClock}, in steps of a fifth of a millisecond where Node's own timers keep whole ones, and often fire one
 * late: by a timer of the kernel's (timerfd_create(2)). Where that can't be had it is `hostClock()`, with nothing to
 * let go of. Armed timers don't keep the process alive.
 *
 * @throws StackError ENODEV where there is no Linux, or no koffi
 */
export async function fineClock(linux?: Linux): Promise<FineClock> {
  const calls = linux ?? (await loadLinux());
  const fd = calls.timer();
  return fd < 0 ? Object.assign(hostClock(), { close: () => {} }) : onDescriptor(calls, fd);
}

function onDescriptor(linux: Linux, fd: number): FineClock {
  const expirations = new Uint8Array(8);
  let isOpen = true;
  let fire: (() => void) | undefined;
  const watch = linux.watch(fd, () => {
    // It has been set again since it got readable: not yet.
    if (linux.read(fd, expirations) < 0) return;
    const due = fire;
    fire = undefined;
    due?.();
  });
  watch.want({ readable: true, writable: false });
  watch.unref();
  const clock = timerClock<number>({
    stepMs: STEP_MS,
    now: () => performance.now(),
    setTimeout(callback, delayMs) {
      fire = callback;
      // 0 would stop it.
      if (isOpen) linux.setTimer(fd, BigInt(Math.max(1, Math.round(delayMs * NS_PER_MS))));
      return fd;
    },
    // It may fire for nothing: that costs less than to stop it each time.
    clearTimeout() {
      fire = undefined;
    },
    unref() {},
  });
  return Object.assign(clock, {
    close() {
      if (!isOpen) return;
      isOpen = false;
      fire = undefined;
      watch.close();
      linux.close(fd);
    },
  });
}
