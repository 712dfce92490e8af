/** Where envelopes come from, and commands go to: a stack behind a socket, a saved run, or a run inside the page. */

import type { Command } from '../../../src/inspect/protocol.ts';
import type { Timeline } from '../store/timeline.ts';

export interface Answer {
  readonly ok: boolean;
  readonly error?: string;
}

export interface Session {
  readonly name: string;
  readonly kind: 'live' | 'run' | 'record';
  readonly timeline: Timeline;
  ask(command: Command): Promise<Answer>;
  /** The time now, where it goes on between two envelopes. */
  readonly nowMs?: () => number;
  /** A run inside the page that can be begun again from a moment of its past; the new one stands at that moment. */
  readonly fork?: (order: number) => Promise<Session>;
  /** Whether the stream has ended: the stack is gone, or the socket. */
  readonly ended?: () => string | undefined;
  close(): void;
}

/** A session of which nothing can be asked. */
export function recordSession(name: string, timeline: Timeline): Session {
  return {
    name,
    kind: 'record',
    timeline,
    ask: async () => ({ ok: false, error: 'this is a saved run: nothing can be asked of it' }),
    close() {},
  };
}
