/** How arrows of the chart are named: by layouts, visit counts and links. Depends on no machine. */

import type { ChartMicrostep } from '../../../src/inspect/protocol.ts';

/** The part of the chart around ESTABLISHED … TIME-WAIT, whose own arrows leave all of these states. */
export const GROUP = 'synchronized';

export function arrowId(from: string, event: string, to: string): string {
  return `${from} ${event} ${to}`;
}

/** An event's name on an arrow: delayed events lose XState's prefix and the path of the state that waits. */
export function eventName(type: string): string {
  const delayed = /^xstate\.after\.([^.]+)/.exec(type);
  return delayed ? `after ${delayed[1]}` : type;
}

/** The arrows of the drawing that a step of the chart took; those of the timers' regions are none. */
export function arrowsOf({ event, arrows }: ChartMicrostep): {
  readonly from: string;
  readonly event: string;
  readonly to: string;
  readonly description: string;
}[] {
  return arrows.flatMap(({ source, targets, description }) => {
    const from = stateIn(source);
    if (from === undefined) return [];
    const to = stateIn(targets[0] ?? '') ?? from;
    return [{ from, event: eventName(event), to, description: description ?? '' }];
  });
}

const STATE =
  /^(CLOSED|LISTEN|SYN-SENT|SYN-RECEIVED|ESTABLISHED|FIN-WAIT-1|FIN-WAIT-2|CLOSE-WAIT|CLOSING|LAST-ACK|TIME-WAIT)$/;

/** The drawing's state for the id of a node of the chart; undefined for the timers' regions and for what is around them. */
function stateIn(id: string): string | undefined {
  const parts = id.split('.');
  for (let index = parts.length - 1; index >= 0; index--) {
    const part = parts[index]!;
    if (part === GROUP || STATE.test(part)) return part;
  }
  return undefined;
}
