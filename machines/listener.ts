/**
 * The listener chart: LISTEN. It spawns a connection for each SYN, bounds those in SYN-RECEIVED and those that wait to be
 * accepted, and reaps the ones that end.
 *
 * Connections are not XState children of the listener: `spawnChild` copies the parent's record of children, which costs
 * milliseconds with thousands of them. They are actors with the listener as `parent`, so that system, clock and inspection
 * are one and their `xstate.done.actor.*` arrives here; the references live in the stack's connection table.
 */

import { assign, setup } from 'xstate';
import type { FourTuple } from '../src/tcp/four-tuple.ts';
import type { Segment } from '../src/tcp/segment.ts';
import type { Listening } from '../src/tcp/step.ts';
import type { Tcb } from '../src/tcp/tcb.ts';

/** A SYN on its way to becoming a connection: whose it is, and what it carries. */
export interface Arrival {
  /** The connection's id: its 4-tuple, in words. */
  readonly id: string;
  readonly tuple: FourTuple;
  readonly segment: Segment;
  /** The TCB of the connection in TIME-WAIT whose place it takes (MAY-2): the new ISS lies above its numbers. */
  readonly timeWait: Tcb | undefined;
}

export interface ListenerContext {
  readonly halfOpenBacklog: number;
  readonly backlog: number;
  /** Connections in SYN-RECEIVED. */
  readonly halfOpen: ReadonlySet<string>;
  /** Connections in ESTABLISHED (or further) that nobody has accepted yet, oldest first. */
  readonly acceptQueue: readonly string[];
}

export type ListenerEvent =
  | { readonly type: 'rcv.SYN'; readonly arrival: Arrival }
  | { readonly type: 'connection.opened'; readonly id: string }
  | { readonly type: 'connection.returned'; readonly id: string }
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string }
  | { readonly type: 'accept' }
  | { readonly type: 'open' }
  | { readonly type: 'close' };

/** What the listener would do with a SYN: the guards of its arrows. */
export function listeningOf(context: ListenerContext): Listening {
  if (context.halfOpen.size >= context.halfOpenBacklog) return 'listen.half-open-full';
  return context.acceptQueue.length >= context.backlog ? 'listen.accept-queue-full' : 'ready';
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  if (!ids.has(id)) return ids;
  const rest = new Set(ids);
  rest.delete(id);
  return rest;
}

export const listenerSetup = setup({
  types: {
    context: {} as ListenerContext,
    input: {} as { backlog: number; halfOpenBacklog: number },
    events: {} as ListenerEvent,
  },
  guards: {
    halfOpenFull: ({ context }) => listeningOf(context) === 'listen.half-open-full',
    acceptQueueFull: ({ context }) => listeningOf(context) === 'listen.accept-queue-full',
    hasNoPlace: ({ context, event }) =>
      event.type === 'connection.opened' &&
      context.halfOpen.has(event.id) &&
      context.acceptQueue.length >= context.backlog,
    isHalfOpen: ({ context, event }) => event.type === 'connection.opened' && context.halfOpen.has(event.id),
  },
  actions: {
    /** Has the connection actor made, in SYN-RECEIVED, once this step of the listener is over. */
    spawnConnection: (_, _params: { arrival: Arrival }) => {},
    /** Counted. A SYN that is dropped will be sent again. */
    refuse: (_, _params: { reason: string }) => {},
    /** Hands the oldest waiting connection to whoever accepts. */
    handOut: (_, _params: { id: string }) => {},
    tellAcceptable: () => {},
    /** A programmer's error in a connection: it is counted, and the connection's 4-tuple freed. */
    tellCrashed: () => {},
    /** LISTEN → SYN-SENT: an active OPEN from the listener's port. */
    openActively: () => {},
    reset: (_, _params: { id: string }) => {},
    /** Connections that nobody accepted are reset. */
    resetUnaccepted: () => {},
    countHalfOpen: assign({
      halfOpen: ({ context }, params: { id: string }) => new Set(context.halfOpen).add(params.id),
    }),
    queueForAccept: assign(({ context }, params: { id: string }) => ({
      halfOpen: without(context.halfOpen, params.id),
      acceptQueue: [...context.acceptQueue, params.id],
    })),
    takeFromQueue: assign({ acceptQueue: ({ context }) => context.acceptQueue.slice(1) }),
    reap: assign(({ context }, params: { id: string }) => ({
      halfOpen: without(context.halfOpen, params.id),
      acceptQueue: context.acceptQueue.includes(params.id)
        ? context.acceptQueue.filter((id) => id !== params.id)
        : context.acceptQueue,
    })),
  },
});

export const listenerMachine = listenerSetup.createMachine({
  id: 'listener',
  description: 'RFC 9293 section 3.3.2, LISTEN: waiting for a connection request from any remote TCP',
  context: ({ input }) => ({
    halfOpenBacklog: input.halfOpenBacklog,
    backlog: input.backlog,
    halfOpen: new Set(),
    acceptQueue: [],
  }),
  initial: 'LISTEN',
  // In CLOSED too: connections that were accepted outlive their listener, and end while it is closed.
  on: {
    'xstate.done.actor.*': {
      description: 'to LISTEN, or to CLOSED: the connection is gone, and its place with it',
      actions: { type: 'reap', params: ({ event }) => ({ id: event.actorId }) },
    },
    'xstate.error.actor.*': {
      description: 'a connection crashed: it is reaped as one that ended, and the listener goes on',
      actions: [{ type: 'reap', params: ({ event }) => ({ id: event.actorId }) }, 'tellCrashed'],
    },
  },
  states: {
    LISTEN: {
      on: {
        'rcv.SYN': [
          {
            guard: 'halfOpenFull',
            description: 'RFC 4987: too many connections in SYN-RECEIVED; the SYN is dropped',
            actions: { type: 'refuse', params: { reason: 'listen.half-open-full' } },
          },
          {
            guard: 'acceptQueueFull',
            description: 'nobody accepts as fast as connections come; the SYN is dropped',
            actions: { type: 'refuse', params: { reason: 'listen.accept-queue-full' } },
          },
          {
            description: '3.10.7.2, third: the connection begins in SYN-RECEIVED, the listener stays',
            actions: [
              { type: 'countHalfOpen', params: ({ event }) => ({ id: event.arrival.id }) },
              { type: 'spawnConnection', params: ({ event }) => ({ arrival: event.arrival }) },
            ],
          },
        ],
        'connection.opened': [
          {
            guard: 'hasNoPlace',
            description: 'more were half open than there are places in the queue; 3.10.5: this one is reset',
            actions: [
              { type: 'refuse', params: { reason: 'listen.accept-queue-full' } },
              { type: 'reset', params: ({ event }) => ({ id: event.id }) },
            ],
          },
          {
            guard: 'isHalfOpen',
            description: '3.10.7.4, fifth: SYN-RECEIVED became ESTABLISHED; it waits to be accepted',
            actions: [
              { type: 'queueForAccept', params: ({ event }) => ({ id: event.id }) },
              'tellAcceptable',
            ],
          },
        ],
        'connection.returned': {
          description: '3.6.1, MAY-2: SYN-RECEIVED became TIME-WAIT again, which is none of the listener’s',
          actions: { type: 'reap', params: ({ event }) => ({ id: event.id }) },
        },
        accept: {
          description: 'the user takes the oldest connection',
          actions: [
            { type: 'handOut', params: ({ context }) => ({ id: context.acceptQueue[0] ?? '' }) },
            'takeFromQueue',
          ],
        },
        open: {
          description:
            '3.10.1: OPEN in LISTEN with a remote socket: LISTEN → SYN-SENT for a connection of its own',
          actions: 'openActively',
        },
        close: { target: 'CLOSED', description: '3.10.4: CLOSE in LISTEN', actions: 'resetUnaccepted' },
      },
    },
    CLOSED: { description: 'no more connections are taken; accepted ones live on' },
  },
});
