import type { Frame } from '../../../net/index.ts';
import type { Random } from '../../../random.ts';
import type { Queue } from '../topology.ts';
import { CoDelQueue } from './codel.ts';
import { DropTailQueue } from './drop-tail.ts';
import { RedQueue } from './red.ts';

/** Why a queue lost a frame: it was full, or its discipline wanted to be noticed. */
export type QueueLoss = 'queue-full' | 'red' | 'codel';

/** Where frames wait for a sender that is busy. */
export interface FrameQueue {
  readonly length: number;
  readonly limit: number;
  /** Takes a frame in, or says why not. */
  offer(frame: Frame, nowMs: number): QueueLoss | undefined;
  /** The frame that goes next; those that are lost on this occasion are told to `lose`. */
  take(nowMs: number, lose: (frame: Frame, why: QueueLoss) => void): Frame | undefined;
}

/** @param rate of the sender, in bits a second */
export function makeQueue(queue: Queue | undefined, rate: number, random: Random): FrameQueue {
  switch (queue?.kind) {
    case 'red':
      return new RedQueue(queue, rate, random);
    case 'codel':
      return new CoDelQueue(queue);
    default:
      return new DropTailQueue(queue?.limit);
  }
}
