/** How arrows of the chart are named: by layouts, visit counts and links. Depends on no machine. */

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
