/**
 * What a stack must offer to be tested with words: one connection at a time, its user's calls, and the wire under it.
 *
 * To point the driver at another stack, write a `Target` for it: the frames through a TUN device or anything else that
 * carries IP packets, the calls through whatever its users call. What it can't do or tell it says in `cannot` and `tells`.
 */

import type { State } from '../../tcp/state.ts';
import type { IpAddress } from '../../wire/index.ts';
import type { Situation } from '../words/situation.ts';
import type { TestSymbol } from '../words/symbols.ts';

/** What a user is told: by a call that returns, or that fails. */
export type Told = 'opened' | 'text' | 'closing' | 'closed' | 'reset' | 'refused' | 'timeout' | 'unreachable';

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** How the connection of a word is set up. */
export interface SessionOptions {
  /** A number of its own for each word of a run: sessions side by side must not share a 4-tuple. */
  readonly index: number;
  /** RFC 1337: a RST does not end TIME-WAIT. */
  readonly timeWaitProtection: boolean;
  /** Something may stay unacknowledged for as long as the target's `userTimeoutMs`; otherwise longer than any word waits. */
  readonly userTimeout: boolean;
  /** An idle peer is asked whether it is there. */
  readonly keepAlive: boolean;
}

/** One word's connection. Calls and frames take effect in the order in which they are made. */
export interface Session {
  /** The target's end and the peer's, which the driver plays. */
  readonly stack: Endpoint;
  readonly peer: Endpoint;

  /** Active: begins to connect to the peer's endpoint from the stack's, and does not wait. Passive: listens there. */
  open(kind: 'active' | 'passive'): Promise<void>;
  send(bytes: Uint8Array): Promise<void>;
  /** Closes the user's own direction; with `both` the user will not read any more either. Before a connection is there, the listener. */
  close(both: boolean): Promise<void>;
  abort(): Promise<void>;
  /** The user wants an idle peer asked sooner than before whether it is there. */
  keepAliveSooner(): Promise<void>;

  /** Puts an IP packet on the wire to the target. */
  inject(packet: Uint8Array): void;
  /** Lets up to `ms` pass, or less once `until` is true. It is asked after every frame and every change that is seen. */
  wait(ms: number, until?: () => boolean): Promise<void>;
  /** IP packets that the target has sent to the peer since the last call. */
  heard(): readonly Uint8Array[];

  /** LISTEN while there is a listener and no connection, CLOSED when there is neither; undefined when it can't be told. */
  state(): State | undefined;
  /** What the user was told since the last call, in order. */
  told(): readonly Told[];
  /** All text that the user has read. */
  read(): Uint8Array;
  end(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** Whether waiting costs real time: long waits are then left to those who ask for them. */
  readonly realTime: boolean;
  /** How long after an event a frame or call is taken for its answer, in ms. */
  readonly answersWithinMs: number;
  /** The user timeout of sessions that have one: longer than a few retransmissions. */
  readonly userTimeoutMs: number;
  /** What its users can be told. What is not in it is not compared. */
  readonly tells: ReadonlySet<Told>;
  /** Whether each session has the protection of TIME-WAIT (RFC 1337) or not, as it is asked for; otherwise all have it. */
  readonly choosesTimeWaitProtection: boolean;
  /** Whether the user is still told anything after a CLOSE of both directions. */
  readonly tellsWhoClosed: boolean;
  /** Sessions at the same time, at most. */
  readonly sessions: number;
  /** Symbols that wait for over five seconds, where time is real: words with them are played only when asked for. */
  readonly slow: ReadonlySet<TestSymbol>;
  /** Why this symbol can't be played there; undefined when it can. */
  cannot(symbol: TestSymbol, situation: Situation): string | undefined;
  session(options: SessionOptions): Promise<Session>;
  close(): Promise<void>;
}
