/**
 * What a script is played against: something that takes frames, sends some, and has sockets.
 */

import type { Frame } from '../net/device.ts';
import type { State } from '../stack/api.ts';
import type { Flow } from './flow.ts';
import type { Arguments } from './sockets/arguments.ts';
import type { Pending } from './sockets/returned.ts';

/** A frame that the target has sent, and when. */
export interface SentFrame {
  readonly timeMs: number;
  readonly frame: Frame;
}

/** A frame of a run. Only a stack of this package lets one see its states, and says why it did what it did. */
export interface PlayedFrame extends SentFrame {
  /** As the target has it. */
  readonly kind: 'sent' | 'received' | 'dropped';
  readonly before?: State;
  readonly after?: State;
  readonly reason?: string;
}

export interface Target {
  /** In a word, for the head of a ladder. */
  readonly name: string;
  /** Sent, and not taken by the script yet. */
  readonly sent: SentFrame[];
  /** Every frame of the run, both ways. */
  readonly log: readonly PlayedFrame[];
  /** How long it makes sense to wait for something of which the script does not say when it comes. */
  readonly longestWaitMs: number;
  /** Whether nothing will ever happen by itself any more. */
  readonly idle: boolean;
  /** The script's time begins. */
  start(): void;
  /** Since `start`. */
  now(): number;
  inject(frame: Frame): void;
  /** Lets time pass up to `timeMs`. Asks `stop` now and whenever something may have happened, and ends early if it is true. */
  advanceTo(timeMs: number, stop: () => boolean): void;
  /** `advanceTo` is to ask at this time, too. */
  stopAt(timeMs: number): void;
  /**
   * Begins a system call.
   *
   * @param expectedFd the script's number for the descriptor that the call makes, if it makes one
   * @throws MissingFeature for calls, and for arguments, that are not supported
   */
  begin(args: Arguments, expectedFd: number): Pending;
  /** Whether a connect() on this descriptor would send a SYN. */
  mayConnect(fd: number): boolean;
  /** Does what a shell command asks for, as far as it can be done: says what was left out, and how long it sleeps. */
  command(text: string): { readonly sleepMs: number; readonly notes: readonly string[] };
  /** TCP_INFO by the names that code blocks use: of the flow's connection, or of the socket that has none yet. */
  info(flow: Flow | undefined): ReadonlyMap<string, number>;
}
