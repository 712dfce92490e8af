/** The entries of a session that one looks for: what the scrubber marks. */

import type { Envelope } from '../../../src/inspect/protocol.ts';
import { arrowsOf } from '../chart/names.ts';

export const LANDMARKS = ['state', 'loss', 'timeout', 'command'] as const;

export type Landmark = (typeof LANDMARKS)[number];

/** Of each kind so many are kept: more than a scrubber has pixels. */
const KEPT = 8_192;

export class Landmarks {
  readonly #orders: Readonly<Record<Landmark, number[]>> = { state: [], loss: [], timeout: [], command: [] };

  take(envelope: Envelope): void {
    const kind = landmarkOf(envelope);
    if (kind === undefined) return;
    const orders = this.#orders[kind];
    orders.push(envelope.order);
    if (orders.length > KEPT) orders.splice(0, KEPT / 4);
  }

  /** Order numbers, ascending. */
  of(kind: Landmark): readonly number[] {
    return this.#orders[kind];
  }
}

function landmarkOf(envelope: Envelope): Landmark | undefined {
  switch (envelope.kind) {
    case 'connection.opened':
      return 'state';
    case 'chart.microstep':
      return arrowsOf(envelope).some(({ from, to }) => from !== to) ? 'state' : undefined;
    case 'frame':
      return envelope.what === 'lost' || envelope.what === 'dropped' ? 'loss' : undefined;
    case 'timer':
      return envelope.what === 'fired' ? 'timeout' : undefined;
    case 'command':
      return QUIET.has(envelope.command.command) ? undefined : 'command';
    default:
      return undefined;
  }
}

/** Commands that move a run on and change nothing in it. */
export const QUIET: ReadonlySet<string> = new Set(['ack', 'step', 'play', 'pause', 'resume']);
