import type { Frame } from '../../../net/index.ts';
import type { CoDel } from '../topology.ts';
import { Fifo } from './fifo.ts';
import type { FrameQueue, QueueLoss } from './queue.ts';

const LIMIT = 1_000;
const TARGET_MS = 5;
const INTERVAL_MS = 100;
/** A queue that holds no more than one full frame is no standing queue (RFC 8289 section 4.4). */
const LARGEST_FRAME = 1_500;

interface Waiting {
  readonly frame: Frame;
  readonly sinceMs: number;
}

/** Controlled delay: RFC 8289 section 5, with its names. */
export class CoDelQueue implements FrameQueue {
  readonly limit: number;
  readonly #targetMs: number;
  readonly #intervalMs: number;
  readonly #frames = new Fifo<Waiting>();
  #bytes = 0;
  #firstAboveMs: number | undefined;
  #dropping = false;
  #dropNextMs = 0;
  #count = 0;
  #lastCount = 0;

  constructor({ limit = LIMIT, targetMs = TARGET_MS, intervalMs = INTERVAL_MS }: CoDel) {
    this.limit = limit;
    this.#targetMs = targetMs;
    this.#intervalMs = intervalMs;
  }

  get length(): number {
    return this.#frames.length;
  }

  offer(frame: Frame, nowMs: number): QueueLoss | undefined {
    if (this.length >= this.limit) return 'queue-full';
    this.#frames.push({ frame, sinceMs: nowMs });
    this.#bytes += frame.length;
    return undefined;
  }

  take(nowMs: number, lose: (frame: Frame, why: QueueLoss) => void): Frame | undefined {
    let { waiting, okToDrop } = this.#doDequeue(nowMs);
    if (!waiting) {
      this.#dropping = false;
      return undefined;
    }
    if (this.#dropping) {
      if (!okToDrop) this.#dropping = false;
      while (waiting && this.#dropping && nowMs >= this.#dropNextMs) {
        lose(waiting.frame, 'codel');
        this.#count++;
        ({ waiting, okToDrop } = this.#doDequeue(nowMs));
        if (!okToDrop) this.#dropping = false;
        else this.#dropNextMs = this.#controlLaw(this.#dropNextMs);
      }
    } else if (okToDrop) {
      lose(waiting.frame, 'codel');
      ({ waiting, okToDrop } = this.#doDequeue(nowMs));
      this.#startDropping(nowMs);
    }
    return waiting?.frame;
  }

  /** It begins at the rate that it ended with, if that is not long ago (RFC 8289 section 5.3). */
  #startDropping(nowMs: number): void {
    const recently = nowMs - this.#dropNextMs < 16 * this.#intervalMs;
    const before = this.#count - this.#lastCount;
    this.#dropping = true;
    this.#count = before > 1 && recently ? before : 1;
    this.#dropNextMs = this.#controlLaw(nowMs);
    this.#lastCount = this.#count;
  }

  #controlLaw(fromMs: number): number {
    return fromMs + this.#intervalMs / Math.sqrt(this.#count);
  }

  #doDequeue(nowMs: number): { waiting: Waiting | undefined; okToDrop: boolean } {
    const waiting = this.#frames.shift();
    if (!waiting) {
      this.#firstAboveMs = undefined;
      return { waiting, okToDrop: false };
    }
    this.#bytes -= waiting.frame.length;
    if (nowMs - waiting.sinceMs < this.#targetMs || this.#bytes <= LARGEST_FRAME) {
      this.#firstAboveMs = undefined;
      return { waiting, okToDrop: false };
    }
    if (this.#firstAboveMs === undefined) {
      this.#firstAboveMs = nowMs + this.#intervalMs;
      return { waiting, okToDrop: false };
    }
    return { waiting, okToDrop: nowMs >= this.#firstAboveMs };
  }
}
