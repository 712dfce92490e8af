import { StackError } from '../errors.ts';
import type { Frame } from './device.ts';
import type { Fate } from './fates.ts';

/**
 * What goes wrong in one direction. Percentages are numbers from 0 to 100. What is not given does not happen; a frame
 * meets the faults in this order: MTU, loss, burst loss, corruption, marking, duplication, reordering, queue, rate, delay.
 */
export interface Impairments {
  /** How many frames are lost, each by itself. */
  readonly loss?: number;
  readonly burst?: BurstLoss;
  readonly delayMs?: number;
  /** The delay varies by so much up and down, uniformly. Frames keep their order: one that would overtake waits. */
  readonly jitterMs?: number;
  /** How many frames are held back until 3 later ones have passed or 10 ms are over, whichever is first. */
  readonly reorder?: number;
  readonly duplicate?: number;
  /** How many frames get one random bit flipped, anywhere behind the first byte of the IP header. */
  readonly corrupt?: number;
  /** How many frames whose sender takes marks are marked as having met congestion (RFC 3168): ECT becomes CE. */
  readonly ecnMark?: number;
  /** Bits a second, counted over whole frames. */
  readonly rate?: number;
  /** How many frames may be on their way behind the rate and the delay; the next one is lost. Default 1,000. */
  readonly queue?: number;
  /** Frames above this many bytes are lost without a word to the sender: a path MTU black hole. */
  readonly mtu?: number;
  /** Who sent a frame above `mtu` is told so, as a router would (RFC 1191, RFC 8201): no black hole then. */
  readonly mtuTold?: boolean;
}

/** Losses in bursts by the model of Gilbert and Elliott: a link in a good or a bad state, looked at for each frame. */
export interface BurstLoss {
  /** The chance in percent to go from good to bad. */
  readonly p: number;
  /** The chance in percent to go from bad to good: a burst lasts 100 / r frames on average. */
  readonly r: number;
  /** How many frames are lost in the bad state. Default 100. */
  readonly loss?: number;
}

/** As seen from the stack: `in` is towards it. */
export type Direction = 'in' | 'out';

export type LossReason = 'lost' | 'burst-lost' | 'queue-dropped' | 'too-big' | 'scripted';

/**
 * Frames by what happened to them. `duplicated` counts the copies made, so that once nothing is on its way
 * `passed` = frames offered + `duplicated` − the five kinds of loss.
 */
export type ImpairmentCounts = Record<
  LossReason | 'passed' | 'duplicated' | 'reordered' | 'corrupted' | 'marked',
  number
>;

/** A frame that was lost. */
export interface Loss {
  readonly frame: Frame;
  readonly direction: Direction;
  readonly why: LossReason;
}

/** A frame that leaves towards the wire. */
export interface Departure {
  readonly frame: Frame;
  /** The very object that the stack wrote: `frame` itself unless that was corrupted, or is a copy. */
  readonly original: Frame;
  readonly fates: readonly Fate[];
}

/** Throws EINVAL unless every value is in its range. */
export function checkImpairments(impairments: Impairments): void {
  const { loss, burst, delayMs, jitterMs, reorder, duplicate, corrupt, ecnMark, rate, queue, mtu, mtuTold } =
    impairments;
  const percentages = {
    loss,
    reorder,
    duplicate,
    corrupt,
    ecnMark,
    'burst.p': burst?.p,
    'burst.r': burst?.r,
  };
  for (const [name, value] of Object.entries({ ...percentages, 'burst.loss': burst?.loss })) {
    if (value !== undefined && !(value >= 0 && value <= 100))
      refuse(name, value, 'a percentage from 0 to 100');
  }
  for (const [name, value] of Object.entries({ delayMs, jitterMs })) {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) refuse(name, value, '0 ms or more');
  }
  if (rate !== undefined && !(rate > 0)) refuse('rate', rate, 'more than 0 bits a second');
  for (const [name, value] of Object.entries({ queue, mtu })) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1))
      refuse(name, value, 'a whole number from 1 on');
  }
  if (mtuTold !== undefined && typeof mtuTold !== 'boolean') refuse('mtuTold', mtuTold, 'true or false');
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw new StackError('EINVAL', `impairment ${name} is ${value}; it must be ${wanted}`);
}
