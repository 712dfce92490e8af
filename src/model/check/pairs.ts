/**
 * In which two states the two ends of one connection may be at the same time.
 *
 * RFC 9293 lists no pairs; they follow from what each state says about the other end. ESTABLISHED says: they have our SYN, for
 * they acknowledged it. So they are past SYN-SENT; and they have not sent us a FIN that we know of, nor have they had ours.
 * Sections 3.3.2, 3.5 and 3.6; the argument for each line is in docs/VERIFICATION.md.
 */

import type { State } from '../../tcp/index.ts';

/** An end that has no connection (any more) may find the other one in any state: it may have aborted, and its RST be lost. */
const ANY: ReadonlySet<State> = new Set<State>(['CLOSED', 'LISTEN']);

/** Each pair once in either order: the table is symmetric. */
export const PAIRS: Readonly<Record<Exclude<State, 'CLOSED' | 'LISTEN'>, readonly State[]>> = {
  // FIN-WAIT-1 may be entered from SYN-RECEIVED, before the SYN is acknowledged (3.10.4).
  'SYN-SENT': ['SYN-SENT', 'SYN-RECEIVED', 'FIN-WAIT-1'],
  'SYN-RECEIVED': ['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1'],
  ESTABLISHED: ['SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1'],
  'FIN-WAIT-1': [
    'SYN-SENT',
    'SYN-RECEIVED',
    'ESTABLISHED',
    'FIN-WAIT-1',
    'CLOSE-WAIT',
    'CLOSING',
    'LAST-ACK',
  ],
  // Our FIN is acknowledged: they have it.
  'FIN-WAIT-2': ['CLOSE-WAIT', 'CLOSING', 'LAST-ACK'],
  // Their FIN is here: they have closed.
  'CLOSE-WAIT': ['FIN-WAIT-1', 'FIN-WAIT-2'],
  CLOSING: ['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'TIME-WAIT'],
  // We closed after we had their FIN: each FIN of ours acknowledges theirs, so that they are never in CLOSING.
  'LAST-ACK': ['FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT'],
  'TIME-WAIT': ['CLOSING', 'LAST-ACK', 'TIME-WAIT'],
};

export function isPairAllowed(one: State, other: State): boolean {
  if (ANY.has(one) || ANY.has(other)) return true;
  return PAIRS[one as keyof typeof PAIRS].includes(other);
}
