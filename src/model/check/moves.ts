/**
 * What can happen next in a state of the model, in one number each: what, at which end or from which end, and which one.
 */

import { CALLS, type Call, TIMERS, type Timer } from './end.ts';

/** The two ends. The symmetric state has them swapped. */
export type Side = 0 | 1;

export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

export const MOVE = { call: 0, timer: 1, deliver: 2, duplicate: 3, lose: 4, stray: 5 } as const;
const SIDE = 8;
const UNANSWERED = 16;
const INDEX = 5;

/**
 * A move with names. For what the network does, `side` is the sender's; `straggler` says which of the overtaken segments
 * arrives, the first one that was overtaken being 0, and is undefined for the one in front of the line.
 */
export type Move =
  | { readonly kind: 'call'; readonly side: Side; readonly call: Call }
  | { readonly kind: 'timer'; readonly side: Side; readonly timer: Timer }
  | {
      readonly kind: 'deliver';
      readonly side: Side;
      readonly straggler: number | undefined;
      /** What it would be answered with is kept back by the bound of RFC 5961 section 7. */
      readonly isUnanswered: boolean;
    }
  | { readonly kind: 'duplicate'; readonly side: Side }
  | { readonly kind: 'lose'; readonly side: Side }
  | { readonly kind: 'stray'; readonly side: Side };

export function moveCode(kind: number, side: Side, index = 0): number {
  return kind | (side << 3) | (index << INDEX);
}

/** The same delivery, with the answer to it kept back. */
export function unanswered(code: number): number {
  return code | UNANSWERED;
}

/** @param straggler which of the overtaken segments a delivery is of: the code has its place among the others, by number */
export function moveOf(code: number, straggler?: number): Move {
  const side = sideOf(code);
  const index = indexOf(code);
  switch (code & 7) {
    case MOVE.call:
      return { kind: 'call', side, call: CALLS[index]! };
    case MOVE.timer:
      return { kind: 'timer', side, timer: TIMERS[index]! };
    case MOVE.deliver:
      return { kind: 'deliver', side, straggler, isUnanswered: (code & UNANSWERED) !== 0 };
    case MOVE.duplicate:
      return { kind: 'duplicate', side };
    case MOVE.lose:
      return { kind: 'lose', side };
    default:
      return { kind: 'stray', side };
  }
}

export function sideOf(code: number): Side {
  return (code & SIDE) === 0 ? 0 : 1;
}

export function indexOf(code: number): number {
  return code >> INDEX;
}

/** Moves that happen by themselves if one only waits: no user decides about them, and no fault of the network is one. */
export function isFair(code: number): boolean {
  const kind = code & 7;
  if (kind === MOVE.deliver) return true;
  if (kind === MOVE.timer) return code >> INDEX !== TIMERS.indexOf('give up');
  return kind === MOVE.call && code >> INDEX === CALLS.indexOf('RECEIVE');
}

export function isDelivery(code: number): boolean {
  return (code & 7) === MOVE.deliver;
}
