/**
 * One end of the model: a user, perhaps a listener, perhaps a connection; and what can happen to it.
 */

import type { SnapshotFrom } from 'xstate';
import type { ConnectionSnapshot, listenerMachine } from '../../../machines/index.ts';
import { stateOf } from '../../../machines/index.ts';
import type { Seq, State } from '../../tcp/index.ts';
import { maySend } from '../../tcp/index.ts';
import { keyOf } from './canonical.ts';

export type ListenerSnapshot = SnapshotFrom<typeof listenerMachine>;

/** What the user of an end has called, and was told; of the connection that it has, or else of the last one. */
export interface User {
  /** How often OPEN was called, passive or active. */
  readonly opens: number;
  /** OPEN in LISTEN with a remote socket has made an active one of a passive one (3.10.1): no OPEN of its own. */
  readonly turned: boolean;
  /** Connections that this end has had so far. Each has an ISS and octets of its own. */
  readonly lives: number;
  /** Whether the user has the connection in hand: opened actively, or accepted. */
  readonly holds: boolean;
  readonly sent: number;
  readonly delivered: number;
  readonly closed: 'no' | 'our direction' | 'both directions';
  readonly toldOpened: boolean;
  readonly toldFinAcknowledged: boolean;
  /** The last connection ended otherwise than by closing. Once there is none, this is all that is known of it. */
  readonly wasCutOff: boolean;
}

export interface End {
  readonly connection: ConnectionSnapshot | undefined;
  /** The types of the delayed events that are under way. */
  readonly timers: readonly string[];
  /** Undefined when there is none, or it was closed. */
  readonly listener: ListenerSnapshot | undefined;
  readonly user: User;
}

export const FRESH_USER: User = {
  opens: 0,
  turned: false,
  lives: 0,
  holds: false,
  sent: 0,
  delivered: 0,
  closed: 'no',
  toldOpened: false,
  toldFinAcknowledged: false,
  wasCutOff: false,
};

export const FRESH_END: End = { connection: undefined, timers: [], listener: undefined, user: FRESH_USER };

/** The calls of a user, in the words of RFC 9293 section 3.9.1. */
export const CALLS = [
  'OPEN passive',
  'OPEN active',
  'OPEN in LISTEN',
  'SEND',
  'RECEIVE',
  'CLOSE our direction',
  'CLOSE both directions',
  'ABORT',
  'CLOSE listener',
] as const;

export type Call = (typeof CALLS)[number];

/** Timers by what they wait for; `give up` is the send timer once the user timeout has passed as well. */
export const TIMERS = ['send', 'ack', 'state', 'give up'] as const;

export type Timer = (typeof TIMERS)[number];

export type LocalInput =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'timer'; readonly timer: Timer }
  | { readonly kind: 'segment'; readonly segment: number };

/** The RFC's name for the state of an end. */
export function stateOfEnd({ connection, listener }: Pick<End, 'connection' | 'listener'>): State {
  if (connection) return stateOf(connection.value);
  return listener ? 'LISTEN' : 'CLOSED';
}

const PREFIXES = {
  send: 'xstate.after.sendTimer.',
  ack: 'xstate.after.ackTimer.',
} as const;

/** The delayed event that a timer's firing is, if that timer runs. */
export function eventOf({ timers }: Pick<End, 'timers'>, timer: Timer): string | undefined {
  return eventAmong(timers, timer);
}

export function eventAmong(timers: readonly string[], timer: Timer): string | undefined {
  if (timer === 'state')
    return timers.find((type) => !type.startsWith(PREFIXES.send) && !type.startsWith(PREFIXES.ack));
  const prefix = PREFIXES[timer === 'give up' ? 'send' : timer];
  return timers.find((type) => type.startsWith(prefix));
}

export interface UserBounds {
  /** How many octets each user sends. */
  readonly octets: number;
  /** How often each user may call OPEN. */
  readonly opens: number;
  readonly calls: ReadonlySet<Call>;
}

/** The calls that a user could make now. */
export function callsOf(end: End, bounds: UserBounds): Call[] {
  return CALLS.filter((call) => bounds.calls.has(call) && isPossible(call, end, bounds));
}

function isPossible(call: Call, end: End, { octets, opens }: UserBounds): boolean {
  const { connection, listener, user } = end;
  if (call === 'OPEN passive') return !connection && !listener && user.opens < opens;
  if (call === 'OPEN active') return !connection && !listener && user.opens < opens;
  if (call === 'OPEN in LISTEN') return !connection && listener !== undefined && !user.turned;
  // Once the connection is accepted, closing the listener does nothing to it.
  if (call === 'CLOSE listener') return listener !== undefined && !user.holds;
  if (!connection || !user.holds) return false;
  if (call === 'SEND')
    return user.sent < octets && user.closed === 'no' && maySend(stateOf(connection.value));
  if (call === 'RECEIVE') return hasTextToRead(end);
  if (call === 'CLOSE our direction') return user.closed === 'no';
  if (call === 'CLOSE both directions') return user.closed !== 'both directions';
  return true;
}

/** Text that came with a SYN is delivered in ESTABLISHED, or behind it (R9293-5). */
export function hasTextToRead({ connection, user }: Pick<End, 'connection' | 'user'>): boolean {
  if (!connection || !user.holds || user.closed === 'both directions') return false;
  const state = stateOf(connection.value);
  return state !== 'SYN-SENT' && state !== 'SYN-RECEIVED' && connection.context.tcb.rcv.queue.length > 0;
}

/** Equal for two ends of which one can stand for the other. */
export function keyOfEnd({ connection, timers, listener, user }: End, base: Seq): string {
  const parts: (string | number)[] = [
    user.opens,
    user.turned ? 't' : '',
    user.lives,
    user.holds ? 'h' : '',
    user.sent,
    user.delivered,
    user.closed,
    (user.toldOpened ? 1 : 0) + (user.toldFinAcknowledged ? 2 : 0),
    user.wasCutOff ? 'x' : '',
  ];
  if (listener) {
    const { halfOpen, acceptQueue } = listener.context;
    parts.push(`L${halfOpen.size}.${acceptQueue.length}`);
  }
  if (connection) {
    parts.push(chartKey(connection.value), ...timers, keyOf(connection.context.tcb, base));
  }
  return parts.join('|');
}

const chartKeys = new WeakMap<object, string>();

function chartKey(value: ConnectionSnapshot['value']): string {
  if (typeof value === 'string') return value;
  let key = chartKeys.get(value);
  if (key === undefined) {
    key = JSON.stringify(value);
    chartKeys.set(value, key);
  }
  return key;
}
