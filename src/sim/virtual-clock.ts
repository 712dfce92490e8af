import type { Clock, TimerId } from '../clock.ts';
import { dueAt, TimerHeap } from '../timer-heap.ts';

export interface RunOptions {
  /** Go no further than this; the clock then shows exactly this time, timers or not. */
  readonly untilMs?: number;
  /** Stop as soon as this is true. Asked before every step, once all microtasks have run. */
  readonly until?: () => boolean;
  /** How many timers may fire before the run is taken for an endless one and rejects. */
  readonly maxSteps?: number;
}

/** A clock whose time passes only when told to, and then from deadline to deadline. */
export interface VirtualClock extends Clock {
  /** How many timers are armed. */
  readonly pending: number;
  /** The deadline of the timer that fires next, or undefined if there is none. */
  readonly nextDueMs: number | undefined;

  /** Moves to the next deadline and fires that one timer. Returns false, and does nothing, if no timer is armed. */
  step(): boolean;

  /** Fires all that falls due within `ms` from now, in order; then the clock shows exactly `ms` more. Synchronous. */
  advance(ms: number): void;

  /** As {@link advance}, to the time `timeMs`. Throws a RangeError for a time that has passed. */
  advanceTo(timeMs: number): void;

  /**
   * Goes from deadline to deadline until no timer is armed, or an option says stop. Before each timer, those due at the
   * same instant included, every promise that can settle has settled, so that code written with `await` keeps up with
   * the clock whatever the host's scheduling is.
   *
   * A throw in a timer's callback rejects the run; the clock stands at that deadline and can go on.
   */
  run(options?: RunOptions): Promise<void>;
}

/**
 * A clock for simulations and tests: no time passes unless `step`, `advance` or `run` is called. Timers due at the same
 * instant fire in the order of arming.
 *
 * @example
 * ```ts
 * const clock = virtualClock();
 * clock.setTimeout(() => console.log(clock.now()), 1_000);
 * clock.advance(999);
 * clock.advance(1); // prints 1000
 * ```
 */
export function virtualClock(options: { readonly startMs?: number } = {}): VirtualClock {
  return new DeadlineClock(options.startMs ?? 0);
}

class DeadlineClock implements VirtualClock {
  readonly #heap = new TimerHeap();
  #nowMs: number;
  #firing = false;

  constructor(startMs: number) {
    if (!Number.isFinite(startMs)) throw new RangeError(`virtualClock: can't start at ${startMs} ms`);
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): TimerId {
    return this.#heap.arm(dueAt(this.#nowMs, delayMs), callback);
  }

  clearTimeout(id: TimerId): void {
    this.#heap.cancel(id);
  }

  get pending(): number {
    return this.#heap.size;
  }

  get nextDueMs(): number | undefined {
    return this.#heap.first?.dueMs;
  }

  step(): boolean {
    this.#assertIdle('step');
    const timer = this.#heap.takeFirst();
    if (timer === undefined) return false;
    this.#nowMs = timer.dueMs;
    this.#firing = true;
    try {
      timer.callback();
    } finally {
      this.#firing = false;
    }
    return true;
  }

  advance(ms: number): void {
    this.advanceTo(this.#nowMs + ms);
  }

  advanceTo(timeMs: number): void {
    this.#assertIdle('advance');
    if (!(timeMs >= this.#nowMs && timeMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `advance: can't go from ${this.#nowMs} ms to ${timeMs} ms; time only goes forward`,
      );
    }
    while (this.#isDueBy(timeMs)) this.step();
    this.#nowMs = timeMs;
  }

  async run(options: RunOptions = {}): Promise<void> {
    const { untilMs = Number.POSITIVE_INFINITY, until, maxSteps = Number.POSITIVE_INFINITY } = options;
    const hops = macrotaskHops();
    try {
      for (let steps = 0; ; steps++) {
        await hops.next();
        if (until?.()) return;
        if (!this.#isDueBy(untilMs)) break;
        if (steps >= maxSteps) {
          throw new Error(
            `run: still ${this.pending} timers armed after ${maxSteps} steps, at ${this.#nowMs} ms; ` +
              'give a higher maxSteps if that is not an endless loop of timers',
          );
        }
        this.step();
      }
      if (untilMs < Number.POSITIVE_INFINITY) this.#nowMs = Math.max(this.#nowMs, untilMs);
    } finally {
      hops.close();
    }
  }

  #isDueBy(timeMs: number): boolean {
    const first = this.#heap.first;
    return first !== undefined && first.dueMs <= timeMs;
  }

  #assertIdle(call: string): void {
    if (this.#firing)
      throw new Error(`${call}: called from a timer's callback; only who runs the clock may move it`);
  }
}

/** Waits that end in a macrotask of the host's, thus after every microtask that is pending. */
interface Hops {
  next(): Promise<void>;
  close(): void;
}

/**
 * These are hops of scheduling and measure no time: how long the host takes for one changes nothing that the simulation
 * can see. Browsers have no `setImmediate`, and their timers clamp to 4 ms, hence the message channel.
 */
function macrotaskHops(): Hops {
  const host = globalThis as unknown as {
    setImmediate?: (callback: () => void) => unknown;
    MessageChannel: new () => { port1: HopPort; port2: HopPort };
  };
  const { setImmediate } = host;
  if (setImmediate !== undefined) {
    return { next: () => new Promise((resolve) => setImmediate(resolve)), close() {} };
  }
  const { port1, port2 } = new host.MessageChannel();
  return {
    next: () =>
      new Promise((resolve) => {
        port1.onmessage = () => resolve();
        port2.postMessage(undefined);
      }),
    close() {
      port1.close();
      port2.close();
    },
  };
}

interface HopPort {
  onmessage: (() => void) | null;
  postMessage(message: undefined): void;
  close(): void;
}
