import process from 'node:process';

/** So many frames are read before the event loop gets its turn. */
export const FRAMES_PER_TURN = 256;

/** So long a turn lasts: timers and other sockets wait no longer than that and one batch. */
const TURN_MS = 1;

export interface ReadLoopParts {
  /** Reads what there is, `limit` frames at most, and hands it over. Returns how many: fewer than `limit` when drained. */
  read(limit: number): number;
  /** Whether there is still somebody to read for, and something to read from. */
  wanted(): boolean;
  /** How long to spin, 0 for never. */
  readonly spinMs: number;
  /** Monotonic, with fractions. */
  nowMs(): number;
}

/**
 * Reads a device that the event loop has found readable, and spins once it is drained: it looks again with reads that do
 * not wait, for a bounded time, since going to sleep and being woken costs more than most answers take to come.
 *
 * It spins only if what came last had been waited for so shortly that spinning would have caught it. A device on which
 * little happens is never spun on, and one that falls idle for one spin at most.
 *
 * Between two looks all promises and ticks of the application run, and after a millisecond the whole event loop does.
 */
export class ReadLoop {
  readonly #parts: ReadLoopParts;
  readonly #look = (): void => this.#lookOnce();
  /** Ticks wait while promises run and promises wait while ticks run: by way of both, each gets to its end. */
  readonly #lookByTick = (): void => process.nextTick(this.#look);
  #spinning = false;
  /** Whether to spin once the device is drained. */
  #pays = false;
  #turnBeganMs = 0;
  #framesInTurn = 0;
  #drainedMs = Number.NEGATIVE_INFINITY;
  #wakeUps = 0;
  #caught = 0;

  constructor(parts: ReadLoopParts) {
    this.#parts = parts;
  }

  /** How often frames were found after a sleep. */
  get wakeUps(): number {
    return this.#wakeUps;
  }

  /** How often frames were found while spinning. */
  get caught(): number {
    return this.#caught;
  }

  /** The event loop has found the device readable. While it spins it finds that out by itself. */
  turn(): void {
    if (!this.#spinning) this.#beginTurn();
  }

  #beginTurn(): void {
    this.#turnBeganMs = this.#parts.nowMs();
    this.#framesInTurn = 0;
    this.#lookOnce();
  }

  #lookOnce(): void {
    const { read, wanted, spinMs } = this.#parts;
    const limit = FRAMES_PER_TURN - this.#framesInTurn;
    const count = wanted() ? read(limit) : 0;
    const nowMs = this.#parts.nowMs();
    if (count > 0) this.#found(count, nowMs);
    const goesOn = wanted() && count < limit && this.#pays && nowMs - this.#drainedMs < spinMs;
    this.#spinning = goesOn;
    // Drained for now; or not, and then the event loop calls again once everybody else has had their turn.
    if (!goesOn) return;
    if (nowMs - this.#turnBeganMs < TURN_MS) queueMicrotask(this.#lookByTick);
    else setImmediate(() => this.#beginTurn());
  }

  #found(count: number, nowMs: number): void {
    this.#framesInTurn += count;
    if (this.#spinning) this.#caught++;
    else {
      this.#wakeUps++;
      // Twice as long, because waking up takes its time as well.
      this.#pays = nowMs - this.#drainedMs <= 2 * this.#parts.spinMs;
    }
    this.#drainedMs = nowMs;
  }
}
