import type { Clock } from '../clock.ts';
import { timerClock } from '../net/timer-clock.ts';

/** Node's monotonic time and timers. Armed timers don't keep the process alive: that is for sockets and devices to do. */
export function hostClock(): Clock {
  return timerClock<NodeJS.Timeout>({
    now: () => performance.now(),
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
    clearTimeout: (timer) => clearTimeout(timer),
    unref: (timer) => timer.unref(),
  });
}
