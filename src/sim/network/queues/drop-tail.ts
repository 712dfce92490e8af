import type { Frame } from '../../../net/index.ts';
import { Fifo } from './fifo.ts';
import type { FrameQueue, QueueLoss } from './queue.ts';

const LIMIT = 100;

export class DropTailQueue implements FrameQueue {
  readonly limit: number;
  readonly #frames = new Fifo<Frame>();

  constructor(limit = LIMIT) {
    this.limit = limit;
  }

  get length(): number {
    return this.#frames.length;
  }

  offer(frame: Frame): QueueLoss | undefined {
    if (this.length >= this.limit) return 'queue-full';
    this.#frames.push(frame);
    return undefined;
  }

  take(): Frame | undefined {
    return this.#frames.shift();
  }
}
