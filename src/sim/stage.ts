/** Who looks on while a scene is played and moves its time: the inspector's page, for one. */

import type { Clock } from '../clock.ts';
import type { Device, ImpairedDevice } from '../net/index.ts';
import type { Random } from '../random.ts';
import type { Stack } from '../stack/api.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What crosses into a stack, and out of it. */
export interface StackParts {
  readonly device: Device;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Stage {
  /** The clock for a world that begins at `startMs`. The scene runs it as its own: `run` may wait for leave before each timer. */
  clock(startMs: number): VirtualClock;
  /** What a host's stack is made of in place of `parts`; `link` is the impaired link of a world of two, at A's end of it. */
  parts(host: string, parts: StackParts, link: ImpairedDevice | undefined): StackParts;
  /** A world's stacks are there; undefined while one of them crashes. Then they are told again, one of them a new one. */
  stacks(stacks: Readonly<Record<string, Stack>> | undefined): void;
}
