/** Steps through what has been: from one frame, timer or call to the next, with all that it brought about. Pure. */

import type { Envelope, StepKind } from '../../../src/inspect/protocol.ts';
import type { Timeline } from '../store/timeline.ts';

/** Whether a step begins with this envelope: everything up to the next one that does belongs to it. */
export function beginsStep(envelope: Envelope, kind: StepKind = 'event'): boolean {
  switch (envelope.kind) {
    case 'frame':
      return kind !== 'timer' && envelope.what !== 'altered';
    case 'timer':
      return kind !== 'frame' && (envelope.what === 'fired' || envelope.what === 'looked');
    case 'call':
    case 'connection.opened':
      return kind === 'event';
    case 'command':
      // Those of time move nothing by themselves.
      return (
        kind === 'event' && !['step', 'play', 'pause', 'resume', 'ack'].includes(envelope.command.command)
      );
    default:
      return false;
  }
}

/** Where the next step ends; the end of it all where there is none. */
export function stepAfter(timeline: Timeline, order: number, kind: StepKind): number {
  const begin = timeline.find(order, 'after', (envelope) => beginsStep(envelope, kind));
  if (!begin) return timeline.head.order;
  const next = timeline.find(begin.order, 'after', (envelope) => beginsStep(envelope));
  return next ? next.order - 1 : timeline.head.order;
}

/** Where the step before the present one ended; the beginning where there is none. */
export function stepBefore(timeline: Timeline, order: number, kind: StepKind): number {
  const begin = timeline.find(order, 'up to', (envelope) => beginsStep(envelope, kind));
  return begin ? Math.max(timeline.firstOrder, begin.order - 1) : timeline.firstOrder;
}
