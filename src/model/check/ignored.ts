/**
 * Labels that a state has no arrow for, and that mean nothing in it: the protocol functions look for an arrow and go on
 * without one. Whatever is not here is a label that somebody forgot.
 */

import type { Label, State } from '../../tcp/index.ts';

/** 3.10.4: CLOSE a second time. The section calls it an error, and "ok" acceptable; see docs/decisions/deviations.md. */
const CLOSED_ALREADY: readonly Label[] = ['close'];
/** The user closes the other direction as well: only FIN-WAIT-2 waits otherwise then (3.6.1). */
const READER_GONE: readonly Label[] = ['reader.gone'];

export const IGNORED: Readonly<Partial<Record<State, readonly Label[]>>> = {
  // In the substate in which a CLOSE waits for ESTABLISHED.
  'SYN-RECEIVED': [...CLOSED_ALREADY, ...READER_GONE],
  'FIN-WAIT-1': [...CLOSED_ALREADY, ...READER_GONE],
  'FIN-WAIT-2': CLOSED_ALREADY,
  CLOSING: [...CLOSED_ALREADY, ...READER_GONE],
  'LAST-ACK': [...CLOSED_ALREADY, ...READER_GONE],
  'TIME-WAIT': [...CLOSED_ALREADY, ...READER_GONE],
};

export function isIgnored(state: State, label: Label): boolean {
  return IGNORED[state]?.includes(label) ?? false;
}
