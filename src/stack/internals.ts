/** What only tests, simulations and wrappers of a stack ask of it. */

import type { Ending, StepReport } from '../../machines/index.ts';
import type { Frame } from '../net/device.ts';
import type { StackConnection } from './connection.ts';
import type { Inspect } from './interface.ts';
import type { Replaced } from './replaced.ts';

/** Who watches every step of a stack's connections, as the simulation's invariants do. */
export interface StackObserver {
  /** A connection's step is over; its segments have been sent, and nobody has been told yet. */
  stepped(connection: StackConnection, report: StepReport): void;
  told(connection: StackConnection, what: string): void;
  /** The connection is CLOSED and forgotten, and its user is about to be told. */
  ended(connection: StackConnection, ending: Ending): void;
  /** Something threw that should not: a connection's actor, or with no actor's id the way of a frame to one. */
  crashed(actorId: string | undefined, error: unknown): void;
}

/** Options that only tests and simulations of the stack itself need. */
export interface StackInternals {
  readonly observer?: StackObserver;
  readonly replaced?: Replaced;
  /** See `ConnectionEnvironment.alwaysStep`. */
  readonly alwaysStep?: boolean;
  /** XState's inspection, from the system's first event on. */
  readonly inspect?: Inspect;
  /**
   * Where several stacks share one address: takes the frames of a packet for a connection that is none of this stack's, or
   * returns false if it is this stack's to answer.
   */
  readonly elsewhere?: (frames: readonly Frame[]) => boolean;
}
