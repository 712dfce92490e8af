/** One watched stack, as the recorders of its frames, charts, connections and listeners see it. */

import type { Frame } from '../net/device.ts';
import type { TcpStack } from '../stack/stack.ts';
import type { About, Log, Make } from './log.ts';
import { Names } from './names.ts';

/** What all recorders of a run share. */
export interface RecorderHost {
  readonly log: Log;
  /** What time of day the clock's 0 is, in milliseconds since 1970; 0 where nobody knows. */
  readonly epochMs: number;
  numberOf(frame: Frame): number;
  happened(what: 'frame' | 'timer', host: string): void;
}

/** What is asked of an actor of XState's here. */
export interface ActorLike {
  readonly id: string;
  readonly _parent?: ActorLike | undefined;
  readonly logic?: unknown;
}

export class WatchedHost {
  readonly name: string;
  readonly stack: TcpStack;
  readonly shared: RecorderHost;
  readonly names = new Names();

  constructor(name: string, stack: TcpStack, shared: RecorderHost) {
    this.name = name;
    this.stack = stack;
    this.shared = shared;
    // The first name, whoever asks first: names are the same whenever the run is.
    this.names.of(stack.root);
  }

  /** Logs what happens now. */
  add(make: Make, about?: About): void {
    this.shared.log.add(this.stack.clock.now(), make, about);
  }
}
