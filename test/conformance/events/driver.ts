import type { Peer } from '../../support/peer.ts';
import type { EventRow } from '../tables.ts';

/**
 * Brings about what a row describes, looks at the wire and at what the user is told, and gives the peers whose connections
 * must then be in the row's next state.
 */
export type Driver = (row: EventRow) => Promise<Peer | readonly Peer[]>;
