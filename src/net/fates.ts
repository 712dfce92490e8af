import { ECN, ecnOf, markCongestion } from '../wire/ecn.ts';
import type { Frame } from './device.ts';

/**
 * What an impairment did to a frame that it let through. Bits count from the start of the frame, the most significant
 * of a byte first. `duplicated` marks the copy, not the frame that it was made of.
 */
export type Fate = `corrupted (bit ${number})` | 'marked' | 'duplicated' | 'reordered';

const NONE: readonly Fate[] = [];
/** Only frames that something happened to are in here. */
const fates = new WeakMap<Frame, readonly Fate[]>();
const originals = new WeakMap<Frame, Frame>();

/** What happened to this frame on its way through impairments; empty for most. Knows the very object, not its bytes. */
export function fatesOf(frame: Frame): readonly Fate[] {
  return fates.get(frame) ?? NONE;
}

/** Of a frame that is a copy, or was corrupted, the very object that it began as; any other frame itself. */
export function originalOf(frame: Frame): Frame {
  return originals.get(frame) ?? frame;
}

export function addFate(frame: Frame, fate: Fate): void {
  fates.set(frame, [...fatesOf(frame), fate]);
}

/** A copy of the frame with one bit flipped. */
export function corruptedCopy(frame: Frame, bit: number): Frame {
  const copy = copyWithPast(frame);
  copy[bit >> 3]! ^= 0x80 >> (bit & 7);
  addFate(copy, `corrupted (bit ${bit})`);
  return copy;
}

/** A copy of the frame with the mark of a router that met congestion; undefined of a frame whose sender takes none. */
export function markedCopy(frame: Frame): Frame | undefined {
  if (ecnOf(frame) === ECN.NOT_ECT) return undefined;
  const copy = copyWithPast(frame);
  markCongestion(copy);
  addFate(copy, 'marked');
  return copy;
}

/** The frame a second time, in memory of its own. */
export function duplicateOf(frame: Frame): Frame {
  const copy = copyWithPast(frame);
  addFate(copy, 'duplicated');
  return copy;
}

/** The frame in memory of its own, with the past of the one that it was copied from. */
export function copyWithPast(frame: Frame): Frame {
  const copy = new Uint8Array(frame);
  const past = fates.get(frame);
  if (past !== undefined) fates.set(copy, past);
  originals.set(copy, originalOf(frame));
  return copy;
}
