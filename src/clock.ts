/** What `setTimeout` of a {@link Clock} returns; only good for handing back to the same clock. */
export type TimerId = unknown;

/**
 * The only source of time in the core. It fits XState's `clock` option, so the delayed events of the charts run on it.
 *
 * Two kinds exist: `virtualClock()` of `statewire/sim`, which moves from deadline to deadline, and `timerClock()`, which
 * runs on a host's own timers.
 */
export interface Clock {
  /** Milliseconds since an origin of the clock's own; fractions count, and it never goes backwards. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): TimerId;
  clearTimeout(id: TimerId): void;
}
