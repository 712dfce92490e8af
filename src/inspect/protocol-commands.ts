/** The inspector's protocol, from viewers to the server. It is described in `protocol.ts`. */

import type { Impairments } from '../net/impairment-values.ts';

/** Commands with an `id` are answered by a {@link Reply}. A message that is none of these ends the viewer's connection. */
export type Command = { readonly id?: number | string } & (
  | AckCommand
  | PauseCommand
  | StepCommand
  | PlayCommand
  | FaultsCommand
  | DropNextCommand
  | BlackholeCommand
  | InjectCommand
  | CallCommand
);

/**
 * "I have shown the batches up to this one." A viewer that acknowledges is sent the next batch only when at most one is
 * unacknowledged: what it can't show is coalesced and cut at the server. One that never does is only slowed by its socket.
 */
export interface AckCommand {
  readonly command: 'ack';
  readonly batch: number;
}

/** Live: stops reading the devices, and the stacks' clock. Virtual: stops the run. */
export interface PauseCommand {
  readonly command: 'pause' | 'resume';
}

/** `event`: a timer of the simulation's clock, whatever it does. `frame`: the next frame is taken in. `timer`: the stack's next timer fires. */
export type StepKind = 'event' | 'frame' | 'timer';

/** Goes on by so little, while the run is paused. */
export interface StepCommand {
  readonly command: 'step';
  readonly what: StepKind;
  /** `frame`: of this host; by default of any. */
  readonly host?: string;
}

/** Virtual runs: so much virtual time in a unit of real time, 0.01 … 100. Resumes a paused run. */
export interface PlayCommand {
  readonly command: 'play';
  readonly speed: number;
}

interface FaultCommand {
  /** By default the first host. */
  readonly host?: string;
}

/** Replaces the impairments of a direction; `{}` ends them. */
export interface FaultsCommand extends FaultCommand {
  readonly command: 'faults';
  readonly direction: 'in' | 'out';
  readonly impairments: Impairments;
}

export type DropWhat = 'any' | 'data' | 'ACK' | 'SYN' | 'FIN' | 'RST';

/** Loses the next `count` (default 1) frames of a kind. `ACK`: one that carries nothing else. */
export interface DropNextCommand extends FaultCommand {
  readonly command: 'drop-next';
  readonly direction: 'in' | 'out';
  readonly what: DropWhat;
  readonly count?: number;
  /** Of this connection only. */
  readonly connection?: string;
}

/** Nothing passes, in either direction, for so long; 0 ends it. */
export interface BlackholeCommand extends FaultCommand {
  readonly command: 'blackhole';
  readonly durationMs: number;
}

/** Hands a made-up segment to the stack as if the peer had sent it: a RST, or one that was received before. */
export interface InjectCommand {
  readonly command: 'inject';
  readonly connection: string;
  readonly what: 'RST' | 'old-duplicate';
}

/** A user call. `send` takes text, which goes out as UTF-8. */
export interface CallCommand {
  readonly command: 'call';
  readonly connection: string;
  readonly call: 'close' | 'shutdown' | 'abort' | 'send';
  readonly text?: string;
}
