/** What Stately's own inspectors are told: the charts' events out of a viewer's stream, in their schema and with the charts. */

import { type StatelyInspectionEvent, statelyActor, withDefinition } from './charts.ts';
import type { Envelope, Snapshot } from './protocol.ts';

/** One viewer's envelopes as events of `@statelyai/inspect`. What there is at first is told as if it had just been made. */
export function* statelyEvents(envelopes: Iterable<Envelope>): Generator<StatelyInspectionEvent> {
  for (const envelope of envelopes) {
    switch (envelope.kind) {
      case 'snapshot':
        yield* actorsOf(envelope);
        break;
      case 'chart.actor':
        yield withDefinition(envelope.inspection, envelope.chart);
        break;
      case 'chart.event':
      case 'chart.snapshot':
        yield envelope.inspection;
        break;
    }
  }
}

function* actorsOf({ actors, connections, order, timeMs }: Snapshot): Generator<StatelyInspectionEvent> {
  const tcbs = new Map(connections.map(({ connection, tcb }) => [connection, tcb]));
  const roots = new Map(
    actors.filter(({ parent }) => parent === null).map(({ host, actor }) => [host, `${host} ${actor}`]),
  );
  for (const { host, actor, chart, parent, status, value } of actors) {
    const tcb = tcbs.get(actor);
    const event = statelyActor(
      { order, createdMs: timeMs, actor: `${host} ${actor}`, root: roots.get(host) ?? host },
      parent === null ? undefined : `${host} ${parent}`,
      {
        status: status as 'active',
        value,
        context: tcb ? { tcb } : {},
      },
    );
    yield withDefinition(event, chart);
  }
}
