/**
 * What is true at one moment of a session: the fold of all envelopes up to it. Values are replaced and never changed, so
 * that a copy of the maps is a checkpoint.
 */

import type {
  ChartDefinition,
  ConnectionEnded,
  ConnectionView,
  FaultsView,
  Hello,
  ListenerView,
  RunView,
  TcbView,
  TimerName,
} from '../../../src/inspect/protocol.ts';
import type { State } from '../../../src/tcp/state.ts';

/** One arrow that a connection took. */
export interface TrailStep {
  readonly order: number;
  readonly timeMs: number;
  /** Names the arrow in the drawing: `from event to`. */
  readonly arrow: string;
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly description: string;
}

/** A timer that fired, or was found to be not due yet. */
export interface TimerMark {
  readonly order: number;
  readonly timeMs: number;
  readonly timer: TimerName;
  readonly what: 'fired' | 'looked';
  readonly why: string;
  readonly backoff: number;
}

export interface Connection {
  readonly name: string;
  readonly host: string;
  readonly view: ConnectionView;
  readonly tcb: TcbView;
  readonly endedMs: number | null;
  readonly how: ConnectionEnded['how'] | null;
  /** How often each arrow was taken. */
  readonly visits: Readonly<Record<string, number>>;
  readonly trail: readonly TrailStep[];
  readonly marks: readonly TimerMark[];
  /** Frames of this connection that the stack threw away. */
  readonly drops: number;
}

export interface Model {
  /** The last envelope that is in it. */
  order: number;
  timeMs: number;
  hello: Hello | undefined;
  charts: readonly ChartDefinition[];
  readonly connections: Map<string, Connection>;
  /** The names of those that have ended, oldest first. */
  readonly ended: string[];
  readonly listeners: Map<string, Listener>;
  readonly counters: Map<string, Readonly<Record<string, number>>>;
  readonly faults: Map<string, FaultsView>;
  run: RunView;
  /** Entries that were left out because the view could not keep up. */
  leftOut: number;
  coalesced: number;
}

export interface Listener {
  readonly view: ListenerView;
  readonly endedMs: number | null;
}

export const STILL: RunView = { paused: false, speed: null, held: {}, nowMs: 0 };

export function emptyModel(): Model {
  return {
    order: -1,
    timeMs: 0,
    hello: undefined,
    charts: [],
    connections: new Map(),
    ended: [],
    listeners: new Map(),
    counters: new Map(),
    faults: new Map(),
    run: STILL,
    leftOut: 0,
    coalesced: 0,
  };
}

export function copyModel(model: Model): Model {
  return {
    ...model,
    connections: new Map(model.connections),
    ended: [...model.ended],
    listeners: new Map(model.listeners),
    counters: new Map(model.counters),
    faults: new Map(model.faults),
  };
}

/** The state that is shown for a connection: CLOSED once it has ended. */
export function stateOf(connection: Connection): State {
  return connection.endedMs === null ? connection.tcb.state : 'CLOSED';
}

/** `192.168.1.116:3337`, or `[fd00::1]:3337`. */
export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
