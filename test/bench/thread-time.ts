import { readFileSync } from 'node:fs';

/**
 * Seconds for which this process's main thread has run, where the system tells (Linux); else seconds that have passed. What
 * one thread does is measured by it, since that is the same whatever else the machine does.
 */
export function threadSeconds(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'ascii').split(' ')[0]) / 1e9;
  } catch {
    return performance.now() / 1_000;
  }
}
