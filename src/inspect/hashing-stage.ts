/** A look at simulated stacks that leaves nothing but a hash of all that they did. */

import { type Stage, virtualClock } from '../sim/index.ts';
import { createInspector } from './inspector.ts';
import type { Recording } from './recording.ts';

export interface HashingStage {
  readonly stage: Stage;
  /** Of each host's events so far, SHA-256 in hexadecimal digits; what happens later does not count. */
  hashes(): Readonly<Record<string, string>>;
}

/**
 * Two runs whose stacks did the same have the same hashes: frames, arrows, timers, and the TCBs that each step left.
 *
 * @example
 * ```ts
 * const { stage, hashes } = hashingStage();
 * await simulate(experiment, { stage });
 * console.log(hashes());
 * ```
 */
export function hashingStage(): HashingStage {
  let recording: Recording | undefined;
  let hosts: readonly string[] = [];
  return {
    stage: {
      clock: (startMs) => virtualClock({ startMs }),
      parts: (_, parts) => parts,
      stacks: (stacks) => {
        if (!stacks) return;
        hosts = Object.keys(stacks);
        recording = createInspector(stacks).record(() => {});
      },
    },
    hashes() {
      const { hashes = {} } = recording?.end() ?? {};
      return Object.fromEntries(hosts.filter((host) => host in hashes).map((host) => [host, hashes[host]!]));
    },
  };
}
