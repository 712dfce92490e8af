import type { Clock, TimerId } from '../clock.ts';
import { below, type Random, unit } from '../random.ts';
import { DelayLine } from './delay-line.ts';
import type { Frame } from './device.ts';
import { addFate, corruptedCopy, duplicateOf, markedCopy } from './fates.ts';
import type { BurstLoss, Direction, ImpairmentCounts, Impairments, LossReason } from './impairment-values.ts';

/** Where a direction's frames end up. */
export interface Sink {
  pass(frame: Frame): void;
  /** Called once all that passes at this instant has passed. */
  flush(): void;
  lose(frame: Frame, why: LossReason): void;
}

/** Chance that may be split into independent streams, as `seededRandom()` of `statewire/sim` can. */
export interface ForkableRandom extends Random {
  fork?(label: string): ForkableRandom;
}

const DEFAULT_QUEUE = 1_000;
/** A frame held back goes on when so many later ones have passed … */
const HELD_FRAMES = 3;
/** … or so much time. */
const HELD_MS = 10;

interface Held {
  readonly frame: Frame;
  readonly releaseAfter: number;
  readonly dueMs: number;
}

interface Drop {
  readonly predicate: (frame: Frame) => boolean;
  left: number;
}

/** The impairments of one direction of a link. */
export class ImpairedDirection {
  readonly counts: ImpairmentCounts = {
    passed: 0,
    lost: 0,
    'burst-lost': 0,
    'queue-dropped': 0,
    'too-big': 0,
    scripted: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    marked: 0,
  };

  readonly #sink: Sink;
  readonly #clock: Clock;
  readonly #dice: Dice;
  readonly #line: DelayLine;
  readonly #rate: RateLimit;
  #impairments: Impairments = {};
  #impaired = false;
  #burstIsBad = false;
  #drops: Drop[] = [];
  /** Earliest first. At most a few at a time, as each leaves after 3 frames. */
  #held: Held[] = [];
  #heldTimer: TimerId;
  /** How many frames went by the held ones: copies and released frames do not count. */
  #passedBy = 0;

  constructor(
    direction: Direction,
    impairments: Impairments,
    sink: Sink,
    host: { readonly clock: Clock; readonly random: ForkableRandom },
  ) {
    this.#sink = sink;
    this.#clock = host.clock;
    this.#dice = diceOf(host.random, direction);
    this.#rate = new RateLimit();
    this.#line = new DelayLine(host.clock, (frames) => {
      for (const frame of frames) this.#pass(frame);
      sink.flush();
    });
    this.set(impairments);
  }

  get impairments(): Impairments {
    return this.#impairments;
  }

  /** Whether a frame would go straight through. */
  get isClear(): boolean {
    return !this.#impaired && this.#drops.length === 0 && this.#line.size === 0 && this.#held.length === 0;
  }

  set(impairments: Impairments): void {
    this.#impairments = { ...impairments };
    this.#impaired = Object.values(impairments).some((value) => value !== undefined && value !== 0);
    this.#rate.set(impairments.rate, this.#clock.now());
  }

  dropNext(predicate: (frame: Frame) => boolean, count: number): () => void {
    const drop: Drop = { predicate, left: count };
    if (count > 0) this.#drops.push(drop);
    return () => this.#forget(drop);
  }

  clear(): void {
    this.#line.clear();
    if (this.#held.length > 0) this.#clock.clearTimeout(this.#heldTimer);
    this.#held = [];
    this.#drops = [];
  }

  offerAll(frames: readonly Frame[]): void {
    for (const frame of frames) this.#impair(frame);
    this.#sink.flush();
  }

  offer(frame: Frame): void {
    if (this.isClear) this.#pass(frame);
    else this.#impair(frame);
    this.#sink.flush();
  }

  #impair(offered: Frame): void {
    const { loss, burst, mtu, duplicate, reorder, ecnMark } = this.#impairments;
    // Every die is cast for every frame, lost ones too: so a fault that is added leaves the others' choices alone.
    const isLost = this.#hits(this.#dice.loss, loss);
    const isBurstLost = this.#isBurstLost(burst);
    const bit = this.#corruptBit(offered);
    const isMarked = this.#hits(this.#dice.ecnMark, ecnMark);
    const isDuplicated = this.#hits(this.#dice.duplicate, duplicate);
    const isReordered = this.#hits(this.#dice.reorder, reorder);
    if (this.#isScripted(offered)) this.#lose(offered, 'scripted');
    else if (mtu !== undefined && offered.length > mtu) this.#lose(offered, 'too-big');
    else if (isLost) this.#lose(offered, 'lost');
    else if (isBurstLost) this.#lose(offered, 'burst-lost');
    else {
      const frame = bit === undefined ? offered : this.#corrupt(offered, bit);
      this.#goOn(isMarked ? this.#mark(frame) : frame, isDuplicated, isReordered);
    }
  }

  #goOn(frame: Frame, isDuplicated: boolean, isReordered: boolean): void {
    const copy = isDuplicated ? this.#duplicate(frame) : undefined;
    if (isReordered) {
      this.#hold(frame);
      if (copy !== undefined) this.#hold(copy);
      return;
    }
    const went = this.#send(frame);
    if (copy !== undefined) this.#send(copy);
    if (went) this.#releaseHeld(++this.#passedBy);
  }

  #corrupt(frame: Frame, bit: number): Frame {
    this.counts.corrupted++;
    return corruptedCopy(frame, bit);
  }

  #mark(frame: Frame): Frame {
    const marked = markedCopy(frame);
    if (marked === undefined) return frame;
    this.counts.marked++;
    return marked;
  }

  #duplicate(frame: Frame): Frame {
    this.counts.duplicated++;
    return duplicateOf(frame);
  }

  #isScripted(frame: Frame): boolean {
    for (const drop of this.#drops) {
      if (!drop.predicate(frame)) continue;
      if (--drop.left === 0) this.#forget(drop);
      return true;
    }
    return false;
  }

  #forget(drop: Drop): void {
    this.#drops = this.#drops.filter((other) => other !== drop);
  }

  #isBurstLost(burst: BurstLoss | undefined): boolean {
    if (burst === undefined) return false;
    const moves = this.#hits(this.#dice.burst, this.#burstIsBad ? burst.r : burst.p);
    const loses = this.#hits(this.#dice.burst, burst.loss ?? 100);
    if (moves) this.#burstIsBad = !this.#burstIsBad;
    return this.#burstIsBad && loses;
  }

  /** Which bit to flip, if any. The first byte stays whole: without the version and header length no frame is left. */
  #corruptBit(frame: Frame): number | undefined {
    if (!this.#hits(this.#dice.corrupt, this.#impairments.corrupt) || frame.length < 2) return undefined;
    return 8 + below(this.#dice.corrupt, 8 * (frame.length - 1));
  }

  #hits(random: Random, percent: number | undefined): boolean {
    return percent !== undefined && unit(random) * 100 < percent;
  }

  #hold(frame: Frame): void {
    if (this.#held.length >= this.#queueLength) {
      this.#lose(frame, 'queue-dropped');
      return;
    }
    addFate(frame, 'reordered');
    this.counts.reordered++;
    const dueMs = this.#clock.now() + HELD_MS;
    this.#held.push({ frame, releaseAfter: this.#passedBy + HELD_FRAMES, dueMs });
    if (this.#held.length === 1) this.#armHeldTimer(dueMs);
  }

  #armHeldTimer(dueMs: number): void {
    this.#heldTimer = this.#clock.setTimeout(() => {
      const nowMs = this.#clock.now();
      while (this.#held.length > 0 && this.#held[0]!.dueMs <= nowMs) this.#send(this.#held.shift()!.frame);
      if (this.#held.length > 0) this.#armHeldTimer(this.#held[0]!.dueMs);
      this.#sink.flush();
    }, dueMs - this.#clock.now());
  }

  #releaseHeld(passedBy: number): void {
    if (this.#held.length === 0 || this.#held[0]!.releaseAfter > passedBy) return;
    this.#clock.clearTimeout(this.#heldTimer);
    while (this.#held.length > 0 && this.#held[0]!.releaseAfter <= passedBy)
      this.#send(this.#held.shift()!.frame);
    if (this.#held.length > 0) this.#armHeldTimer(this.#held[0]!.dueMs);
  }

  /** Into the queue, the rate limit and the delay; straight on where there is nothing to wait for. */
  #send(frame: Frame): boolean {
    const { rate, delayMs = 0, jitterMs = 0 } = this.#impairments;
    const waits = rate !== undefined || delayMs > 0 || jitterMs > 0;
    if (!waits && this.#line.size === 0) {
      this.#pass(frame);
      return true;
    }
    if (this.#line.size >= this.#queueLength) {
      this.#lose(frame, 'queue-dropped');
      return false;
    }
    const sentMs = this.#rate.sent(frame.length, this.#clock.now());
    const jitter = jitterMs > 0 ? (2 * unit(this.#dice.jitter) - 1) * jitterMs : 0;
    this.#line.push(frame, sentMs + Math.max(0, delayMs + jitter));
    return true;
  }

  #pass(frame: Frame): void {
    this.counts.passed++;
    this.#sink.pass(frame);
  }

  #lose(frame: Frame, why: LossReason): void {
    this.counts[why]++;
    this.#sink.lose(frame, why);
  }

  get #queueLength(): number {
    return this.#impairments.queue ?? DEFAULT_QUEUE;
  }
}

/** When frames have left a sender of so many bits a second, one after the other. */
class RateLimit {
  #rate: number | undefined;
  /** Times are reckoned from the start of the busy period by its bits: a sum of durations would gather rounding errors. */
  #busySinceMs = 0;
  #bits = 0;

  set(rate: number | undefined, nowMs: number): void {
    this.#busySinceMs = Math.max(nowMs, this.#busyUntilMs);
    this.#bits = 0;
    this.#rate = rate;
  }

  /** The time at which a frame's last bit has left. */
  sent(length: number, nowMs: number): number {
    if (this.#rate === undefined) return nowMs;
    if (nowMs >= this.#busyUntilMs) {
      this.#busySinceMs = nowMs;
      this.#bits = 0;
    }
    this.#bits += 8 * length;
    return this.#busyUntilMs;
  }

  get #busyUntilMs(): number {
    if (this.#rate === undefined) return this.#busySinceMs;
    return this.#busySinceMs + (this.#bits * 1_000) / this.#rate;
  }
}

type Dice = Readonly<
  Record<'loss' | 'burst' | 'corrupt' | 'ecnMark' | 'duplicate' | 'reorder' | 'jitter', Random>
>;

function diceOf(random: ForkableRandom, direction: Direction): Dice {
  const die = (fault: string) => random.fork?.(`impairments ${direction} ${fault}`) ?? random;
  return {
    loss: die('loss'),
    burst: die('burst'),
    corrupt: die('corrupt'),
    ecnMark: die('ecn-mark'),
    duplicate: die('duplicate'),
    reorder: die('reorder'),
    jitter: die('jitter'),
  };
}
