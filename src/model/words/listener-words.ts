/**
 * Words of the listener chart: peers come, finish their handshake or go, and the user accepts, opens and closes. Bounds are
 * small, so that every one of them is met: one place in the accept queue, two connections in SYN-RECEIVED.
 */

import { type EventObject, initialTransition, type SnapshotFrom, transition } from 'xstate';
import { listenerMachine } from '../../../machines/index.ts';
import type { WordModel } from './paths.ts';

export const BACKLOG = 1;
export const HALF_OPEN_BACKLOG = 2;

export const LISTENER_ALPHABET = {
  SYN: 'a SYN comes from a peer that was not heard of before',
  ACK: 'the peer that has waited longest in SYN-RECEIVED finishes its handshake',
  accept: 'the user accepts',
  RST: 'the peer that has waited longest in SYN-RECEIVED resets',
  'RST of a waiting one': 'the peer that has waited longest to be accepted resets',
  'crash of a half-open one': 'a programmer’s error in the connection that is longest in SYN-RECEIVED',
  'SYN that is taken back':
    'a connection is opened, accepted and closed; a SYN reopens it out of TIME-WAIT, and its RST says that it was an old duplicate',
  open: 'the user opens a connection of its own from the listener’s port',
  close: 'the user closes the listener',
} as const;

export type ListenerSymbol = keyof typeof LISTENER_ALPHABET;
export const LISTENER_SYMBOLS = Object.keys(LISTENER_ALPHABET) as ListenerSymbol[];

export interface ListenerPlace {
  readonly chart: SnapshotFrom<typeof listenerMachine>;
  /** Peers heard of so far: each connection has a name of its own. */
  readonly peers: number;
  readonly opened: boolean;
}

export const listenerModel: WordModel<ListenerPlace, ListenerSymbol> = {
  start: {
    chart: initialTransition(listenerMachine, { backlog: BACKLOG, halfOpenBacklog: HALF_OPEN_BACKLOG })[0],
    peers: 0,
    opened: false,
  },
  symbols: LISTENER_SYMBOLS,
  follow,
  serialize({ chart, opened }) {
    const { halfOpen, acceptQueue } = chart.context;
    return `${String(chart.value)} (${halfOpen.size} half open, ${acceptQueue.length} waiting${opened ? ', opened' : ''})`;
  },
};

function follow(place: ListenerPlace, symbol: ListenerSymbol): ListenerPlace | undefined {
  const { chart } = place;
  if (chart.value === 'CLOSED') return undefined;
  const [oldest] = chart.context.halfOpen;
  const [waiting] = chart.context.acceptQueue;
  const after = (...events: EventObject[]): ListenerPlace => ({
    ...place,
    chart: events.reduce((before, event) => transition(listenerMachine, before, event as never)[0], chart),
  });
  switch (symbol) {
    case 'SYN':
      return {
        ...after({ type: 'rcv.SYN', arrival: { id: `peer ${place.peers}` } } as EventObject),
        peers: place.peers + 1,
      };
    case 'ACK': {
      if (oldest === undefined) return undefined;
      const opened = after({ type: 'connection.opened', id: oldest } as EventObject);
      // Where there was no place for it, it has been reset: it ends at once.
      return opened.chart.context.halfOpen.has(oldest) ? after(ended(oldest)) : opened;
    }
    case 'accept':
      return waiting === undefined ? undefined : after({ type: 'accept' });
    case 'RST':
      return oldest === undefined ? undefined : after(ended(oldest));
    case 'RST of a waiting one':
      return waiting === undefined ? undefined : after(ended(waiting));
    case 'crash of a half-open one':
      return oldest === undefined
        ? undefined
        : after({ type: `xstate.error.actor.${oldest}`, actorId: oldest } as EventObject);
    case 'SYN that is taken back': {
      if (chart.context.halfOpen.size === HALF_OPEN_BACKLOG || waiting !== undefined) return undefined;
      const id = `peer ${place.peers}`;
      const syn = { type: 'rcv.SYN', arrival: { id } } as EventObject;
      // Whoever finishes its handshake first waits first: the others stay half open.
      const life = after(syn, { type: 'connection.opened', id } as EventObject, { type: 'accept' }, syn);
      return {
        ...life,
        chart: transition(listenerMachine, life.chart, { type: 'connection.returned', id })[0],
        peers: place.peers + 1,
      };
    }
    case 'open':
      return place.opened ? undefined : { ...after({ type: 'open' }), opened: true };
    case 'close': {
      // Those that nobody has accepted are reset: they end at once.
      const { halfOpen, acceptQueue } = chart.context;
      return after({ type: 'close' }, ...[...halfOpen, ...acceptQueue].map(ended));
    }
  }
}

function ended(id: string): EventObject {
  return { type: `xstate.done.actor.${id}`, actorId: id } as EventObject;
}
