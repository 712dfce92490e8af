import type { Frame } from '../../../net/index.ts';
import { type Random, unit } from '../../../random.ts';
import type { Red } from '../topology.ts';
import { Fifo } from './fifo.ts';
import type { FrameQueue, QueueLoss } from './queue.ts';

const LIMIT = 100;
const PROBABILITY = 0.1;
const WEIGHT = 0.002;
/** While it is empty the average falls as if so long a frame had passed, again and again. */
const TYPICAL_BITS = 8 * 500;
/** After so many the average is nothing in any case. */
const LONGEST_IDLE = 100_000;

/** Random early detection (Floyd and Jacobson 1993, section 4), gentle between `maximum` and twice that. */
export class RedQueue implements FrameQueue {
  readonly limit: number;
  readonly #minimum: number;
  readonly #maximum: number;
  readonly #probability: number;
  readonly #weight: number;
  readonly #typicalMs: number;
  readonly #random: Random;
  readonly #frames = new Fifo<Frame>();
  #average = 0;
  /** Frames taken in since one was lost; −1 while the average is below the minimum. */
  #since = -1;
  #emptySinceMs: number | undefined = 0;

  constructor(options: Red, rate: number, random: Random) {
    const { limit = LIMIT, maximum = limit / 2, minimum = maximum / 3 } = options;
    this.limit = limit;
    this.#minimum = minimum;
    this.#maximum = maximum;
    this.#probability = options.probability ?? PROBABILITY;
    this.#weight = options.weight ?? WEIGHT;
    this.#typicalMs = (TYPICAL_BITS * 1_000) / rate;
    this.#random = random;
  }

  get length(): number {
    return this.#frames.length;
  }

  offer(frame: Frame, nowMs: number): QueueLoss | undefined {
    this.#updateAverage(nowMs);
    if (this.length >= this.limit) {
      this.#since = 0;
      return 'queue-full';
    }
    if (this.#isLostEarly()) return 'red';
    this.#frames.push(frame);
    this.#emptySinceMs = undefined;
    return undefined;
  }

  take(nowMs: number): Frame | undefined {
    const frame = this.#frames.shift();
    if (this.length === 0) this.#emptySinceMs ??= nowMs;
    return frame;
  }

  #updateAverage(nowMs: number): void {
    if (this.#emptySinceMs !== undefined) {
      const frames = Math.min(LONGEST_IDLE, Math.floor((nowMs - this.#emptySinceMs) / this.#typicalMs));
      this.#average *= power(1 - this.#weight, frames);
    }
    this.#average += this.#weight * (this.length - this.#average);
  }

  #isLostEarly(): boolean {
    const chance = this.#chance();
    if (chance <= 0) {
      this.#since = -1;
      return false;
    }
    this.#since++;
    // Spreads the losses evenly: without it they would come in clusters.
    const spread = chance >= 1 ? 1 : chance / Math.max(chance, 1 - this.#since * chance);
    // Cast in any case, so that how many are cast depends on nothing but how many frames there are.
    if (unit(this.#random) >= spread) return false;
    this.#since = 0;
    return true;
  }

  #chance(): number {
    const average = this.#average;
    if (average < this.#minimum) return 0;
    if (average < this.#maximum) {
      return (this.#probability * (average - this.#minimum)) / (this.#maximum - this.#minimum);
    }
    const beyond = (average - this.#maximum) / this.#maximum;
    return Math.min(1, this.#probability + (1 - this.#probability) * beyond);
  }
}

/** By multiplication alone: the result of `**` may differ in its last bit between engines. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let factor = base, left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= factor;
    factor *= factor;
  }
  return result;
}
