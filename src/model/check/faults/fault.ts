import type { Parts } from '../host.ts';
import type { Bounds } from '../model.ts';
import type { Rule } from '../violation.ts';

/** A TCP with one thing wrong in it, for showing that the checker finds that. */
export interface SeededFault {
  readonly name: string;
  /** What it does wrong. */
  readonly text: string;
  readonly parts: Partial<Parts>;
  /** Small bounds within which it shows. */
  readonly bounds: Partial<Bounds>;
  /** The rule that it is found to break. */
  readonly rule: Rule;
}

/** A handshake, an octet each way, CLOSE on both ends: and nothing goes wrong on the way. */
export const CALM: Partial<Bounds> = {
  octets: 1,
  losses: 0,
  duplicates: 0,
  reorderings: 0,
  calls: new Set(['OPEN passive', 'OPEN active', 'SEND', 'CLOSE our direction']),
};

export const LOSS: Partial<Bounds> = { ...CALM, losses: 1 };

/** Nothing but to open and to close. */
export const BARE: Partial<Bounds> = { ...CALM, octets: 0 };

export const ABORTS: Partial<Bounds> = {
  ...CALM,
  calls: new Set(['OPEN passive', 'OPEN active', 'SEND', 'CLOSE our direction', 'ABORT']),
};

/** Users that read when they like, and a window that two octets fill. */
export const NARROW: Partial<Bounds> = {
  ...CALM,
  octets: 2,
  window: 1,
  calls: new Set(['OPEN passive', 'OPEN active', 'SEND', 'RECEIVE', 'CLOSE our direction']),
};
