/**
 * Where a test word has led: the chart's state, and the few facts beside it on which the meaning of the next symbol
 * depends. Words with equal situations are continued once.
 */

import type { State } from '../../tcp/state.ts';

export interface Situation {
  /** The chart's state; LISTEN is the listener's, CLOSED that of a connection that is not there (yet, or any more). */
  readonly state: State;
  /** The chart's substate, where a state has some. */
  readonly substate: 'in progress' | 'close queued' | 'attended' | 'orphaned' | undefined;
  /** A passive OPEN was made: a SYN finds a listener. */
  readonly listens: boolean;
  /** Who opened the present connection. */
  readonly origin: 'active' | 'passive' | undefined;
  /** In SYN-RECEIVED: the SYN has ended a TIME-WAIT, which is gone back to if it proves an old duplicate. */
  readonly reopened: boolean;
  /** Our text: acknowledged, on its way, or waiting for a window or for ESTABLISHED. */
  readonly text: 'none' | 'outstanding' | 'held';
  /** Our FIN: on its way, or behind text that waits. */
  readonly fin: 'none' | 'outstanding' | 'held' | 'acknowledged';
  /** The window that the peer offers. */
  readonly window: 'open' | 'closed';
  /** What waits for the window was sent as a window probe. */
  readonly probed: boolean;
  /** What the peer sent out of order and the target holds. */
  readonly hole: 'none' | 'text' | 'FIN';
  /** Whether the user still reads. */
  readonly reader: 'there' | 'gone';
  /** Nothing but a timer moves this on, or nothing at all: a word ends here. */
  readonly over: boolean;
}

export const NOWHERE: Situation = {
  state: 'CLOSED',
  substate: undefined,
  listens: false,
  origin: undefined,
  reopened: false,
  text: 'none',
  fin: 'none',
  window: 'open',
  probed: false,
  hole: 'none',
  reader: 'there',
  over: false,
};

/** States in which the peer's FIN has not arrived, and its text is welcome. */
const RECEIVING: ReadonlySet<State> = new Set(['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2']);

export function receives(situation: Situation): boolean {
  return RECEIVING.has(situation.state);
}

/** From ESTABLISHED to TIME-WAIT. */
export function isSynchronized({ state }: Situation): boolean {
  return state !== 'CLOSED' && state !== 'LISTEN' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
}

/** Something was sent that the peer has not acknowledged. */
export function awaitsAck({ state, text, fin }: Situation): boolean {
  return state === 'SYN-SENT' || state === 'SYN-RECEIVED' || text === 'outstanding' || fin === 'outstanding';
}

/** One line that is equal for equal situations. */
export function serialize(situation: Situation): string {
  const { state, substate, listens, origin, reopened, text, fin, window, probed, hole, reader, over } =
    situation;
  const facts = [
    substate,
    origin,
    reopened ? 'in place of TIME-WAIT' : undefined,
    listens && origin !== 'passive' ? 'listens' : undefined,
    text === 'none' ? undefined : `text ${text}`,
    fin === 'none' ? undefined : `FIN ${fin}`,
    window === 'open' ? undefined : 'window closed',
    probed ? 'probed' : undefined,
    hole === 'none' ? undefined : `${hole} beyond a hole`,
    reader === 'there' ? undefined : 'nobody reads',
    over ? 'over' : undefined,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? state : `${state} (${facts.join(', ')})`;
}
