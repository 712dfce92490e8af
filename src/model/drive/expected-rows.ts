/** Rows of the event-processing table, by the order in which it goes through the states. */

import type { State } from '../../tcp/state.ts';
import type { Situation } from '../words/situation.ts';
import type { Told } from './target.ts';

export interface Expectation {
  /** The rows that apply, in the order of the RFC's checks. */
  readonly rows: readonly string[];
  /**
   * What the target may answer: names of segments joined by `+`, alternatives by `|`; `none` for nothing, `again` for
   * anything that was sent before, `*` where the table leaves it open.
   */
  readonly reply: string;
  readonly next: State;
  /** What the user is told, where the table has it told at once. */
  readonly told?: readonly Told[];
}

/** The order in which the table goes through the states of a connection that has had a SYN. */
export const STATES_FROM_SYN: readonly State[] = [
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];
export const SYNCHRONIZED = STATES_FROM_SYN.slice(1);

/** The row for `state`, where the rows for `states` stand one behind the other from `first` on. */
export function row(first: number, states: readonly State[], state: State): string {
  const at = states.indexOf(state);
  if (at < 0) throw new RangeError(`there is no row for ${state} behind EP-${first}`);
  return `EP-${String(first + at).padStart(3, '0')}`;
}

/** Where a connection's end leads: for the user of a listener, back to LISTEN. */
export function gone({ listens }: Situation): State {
  return listens ? 'LISTEN' : 'CLOSED';
}
