/**
 * Takes envelopes into a model. The same envelopes give the same model, on whatever machine and however often: going back
 * in time is folding again.
 */

import type {
  ChartMicrostep,
  ConnectionView,
  Envelope,
  Gap,
  Gauge,
  TcbView,
  TimerEnvelope,
} from '../../../src/inspect/protocol.ts';
import { arrowId, arrowsOf } from '../chart/names.ts';
import { type Connection, emptyModel, type Model, type TimerMark, type TrailStep } from './model.ts';

/** So many connections that have ended are kept. */
const ENDED = 2_000;
/** What a connection's trail and its timers' marks are cut to. */
const TRAIL = 200;

/** Applies one envelope, in place. Kinds that it does not know change nothing but the place in time. */
export function fold(model: Model, envelope: Envelope): void {
  model.order = envelope.order;
  model.timeMs = envelope.timeMs;
  switch (envelope.kind) {
    case 'hello':
      Object.assign(model, emptyModel(), { hello: envelope, order: envelope.order, timeMs: envelope.timeMs });
      return;
    case 'snapshot':
      model.charts = envelope.charts;
      model.connections.clear();
      model.ended.length = 0;
      for (const view of envelope.connections) model.connections.set(view.connection, begin(view));
      model.listeners.clear();
      for (const view of envelope.listeners) model.listeners.set(view.listener, { view, endedMs: null });
      for (const { host, counters } of envelope.counters) model.counters.set(host, counters);
      for (const faults of envelope.faults) model.faults.set(faults.host, faults);
      model.run = envelope.run;
      return;
    case 'connection.opened':
      model.connections.set(envelope.connection, opened(begin(envelope.view), envelope));
      return;
    case 'connection.ended':
      change(model, envelope.connection, (connection) => ({
        ...connection,
        tcb: envelope.tcb,
        endedMs: envelope.timeMs,
        how: envelope.how,
      }));
      bury(model, envelope.connection);
      return;
    case 'listener.opened':
      model.listeners.set(envelope.view.listener, { view: envelope.view, endedMs: null });
      return;
    case 'listener.ended': {
      const listener = model.listeners.get(envelope.listener);
      if (listener) model.listeners.set(envelope.listener, { ...listener, endedMs: envelope.timeMs });
      return;
    }
    case 'chart.microstep':
      if (envelope.connection !== undefined) {
        change(model, envelope.connection, (connection) => walk(connection, envelope));
      }
      return;
    case 'timer':
      if (envelope.what === 'fired' || envelope.what === 'looked') {
        const made = mark(envelope, envelope.what);
        change(model, envelope.connection, (connection) => ({
          ...connection,
          marks: cut([...connection.marks, made]),
        }));
      }
      return;
    case 'frame':
      if (envelope.what === 'dropped' && envelope.connection !== undefined) {
        change(model, envelope.connection, (connection) => ({ ...connection, drops: connection.drops + 1 }));
      }
      return;
    case 'gap':
      skip(model, envelope);
      return;
    default:
      gauge(model, envelope as Gauge);
  }
}

function gauge(model: Model, envelope: Gauge): void {
  switch (envelope.kind) {
    case 'tcb':
      change(model, envelope.connection, (connection) => ({ ...connection, tcb: envelope.tcb }));
      return;
    case 'listener':
      model.listeners.set(envelope.view.listener, { view: envelope.view, endedMs: null });
      return;
    case 'counters':
      model.counters.set(envelope.host, { ...model.counters.get(envelope.host), ...envelope.counters });
      return;
    case 'run':
      model.run = envelope.run;
      return;
    case 'faults':
      model.faults.set(envelope.host, envelope.faults);
      return;
  }
}

function change(model: Model, name: string, step: (connection: Connection) => Connection): void {
  const connection = model.connections.get(name);
  if (connection) model.connections.set(name, step(connection));
}

/** Of those that have ended, the latest stay. */
function bury(model: Model, name: string): void {
  model.ended.push(name);
  while (model.ended.length > ENDED) model.connections.delete(model.ended.shift()!);
}

function begin(view: ConnectionView): Connection {
  const { connection: name, host, tcb } = view;
  return { name, host, view, tcb, endedMs: null, how: null, visits: {}, trail: [], marks: [], drops: 0 };
}

/** A connection's first arrow: out of CLOSED by an active OPEN, or out of the listener's LISTEN. */
function opened(connection: Connection, at: { readonly order: number; readonly timeMs: number }): Connection {
  const passive = connection.view.origin === 'passive';
  const step: TrailStep = {
    order: at.order,
    timeMs: at.timeMs,
    ...(passive
      ? { from: 'LISTEN', event: 'rcv.SYN', to: 'SYN-RECEIVED' }
      : { from: 'CLOSED', event: 'open', to: 'SYN-SENT' }),
    arrow: passive ? arrowId('LISTEN', 'rcv.SYN', 'SYN-RECEIVED') : arrowId('CLOSED', 'open', 'SYN-SENT'),
    description: passive ? '3.10.7.2, third' : '3.10.1: active OPEN',
  };
  return taken(connection, step);
}

function walk(connection: Connection, step: ChartMicrostep): Connection {
  let next = connection;
  for (const { from, event, to, description } of arrowsOf(step)) {
    const { order, timeMs } = step;
    next = taken(next, { order, timeMs, arrow: arrowId(from, event, to), event, from, to, description });
  }
  return next;
}

function taken(connection: Connection, step: TrailStep): Connection {
  const { visits, trail } = connection;
  return {
    ...connection,
    visits: { ...visits, [step.arrow]: (visits[step.arrow] ?? 0) + 1 },
    trail: cut([...trail, step]),
  };
}

function mark(envelope: TimerEnvelope, what: TimerMark['what']): TimerMark {
  const { order, timeMs, timer, why, backoff } = envelope;
  return { order, timeMs, timer, what, why, backoff };
}

function skip(model: Model, gap: Gap): void {
  model.leftOut += gap.leftOut;
  model.coalesced += gap.coalesced;
  for (const view of gap.opened) model.connections.set(view.connection, opened(begin(view), gap));
  for (const envelope of gap.now) gauge(model, envelope);
  for (const name of gap.ended) {
    change(model, name, (connection) =>
      connection.endedMs === null ? { ...connection, endedMs: gap.timeMs, how: 'closed' } : connection,
    );
    bury(model, name);
  }
}

function cut<T>(list: readonly T[]): readonly T[] {
  return list.length > TRAIL ? list.slice(-TRAIL) : list;
}

/** The last TCB that is known of a connection, or undefined if it is not there. */
export function tcbOf(model: Model, name: string): TcbView | undefined {
  return model.connections.get(name)?.tcb;
}
