/**
 * The connection actor: the chart, with the protocol functions in front of it.
 *
 * Bytes → value → label → arrow → effects: an input becomes a new TCB, segments and labels (`src/tcp`); the chart takes one
 * arrow for each label; then what its new state allows is sent. An input without a label leaves the chart alone: the actor,
 * its mailbox and its inspection work as ever, and the TCB in the context is the new one.
 */

import type { ActorLogic, AnyActorRef, AnyActorScope, EventObject, SnapshotFrom } from 'xstate';
import type { Clock } from '../../src/clock.ts';
import { begin, finish } from '../../src/tcp/process.ts';
import type { Outgoing } from '../../src/tcp/segment.ts';
import type { State } from '../../src/tcp/state.ts';
import type { ConnectionInput, Notice } from '../../src/tcp/step.ts';
import type { Tcb } from '../../src/tcp/tcb.ts';
import { type Interpreter, interpreted } from '../compiled/interpreter.ts';
import { chartArrowsOf, stateOf } from './arrows.ts';
import { connectionMachine } from './connection.ts';
import type { ConnectionEvent, TimerEvent } from './events.ts';
import type { ConnectionContext } from './setup.ts';

export type ConnectionSnapshot = SnapshotFrom<typeof connectionMachine>;

/** What one step of a connection did, told to the stack once the step is over. */
export interface StepReport {
  readonly before: State;
  readonly after: State;
  readonly tcb: Tcb;
  readonly input: ConnectionInput | undefined;
  readonly labels: readonly string[];
  readonly segments: readonly Outgoing[];
  readonly notices: readonly Notice[];
  readonly dropped: string | undefined;
}

/** What connections need of the stack around them. `id` is the actor's. */
export interface ConnectionEnvironment {
  readonly clock: Pick<Clock, 'now'>;
  /** Send every input through the chart, with or without labels. Slower, and the same result: a test holds them equal. */
  readonly alwaysStep: boolean;
  /** Who steps the chart, with the same result. */
  readonly interpreter?: Interpreter | undefined;
  deviceReady(id: string): boolean;
  /** Whether the device has brought more than what is being taken in: ACKs of text in order wait for its end. */
  moreArrives?(): boolean;
  transmit(id: string, report: StepReport): void;
  told(id: string, what: 'opened' | 'fin-acknowledged' | 'returned'): void;
  stepped(id: string, report: StepReport): void;
}

/** The protocol functions on both sides of the chart. */
export interface Protocol {
  readonly begin: typeof begin;
  readonly finish: typeof finish;
}

export type ConnectionLogic = ActorLogic<
  ConnectionSnapshot,
  ConnectionEvent,
  { tcb: Tcb },
  AnyActorRef['system']
>;

const NOTHING: ConnectionInput = { type: 'device.ready' };
const SEND_TIMER = 'xstate.after.sendTimer.';
const ACK_TIMER = 'xstate.after.ackTimer.';

/** The timers' fires are the chart's delayed events; every other event that is an input says so itself. */
function inputOf(event: EventObject): ConnectionInput | undefined {
  if (!event.type.startsWith('xstate.')) return event as ConnectionInput;
  if (event.type.startsWith(SEND_TIMER)) return { type: 'send-timer.fires' };
  if (event.type.startsWith(ACK_TIMER)) return { type: 'ack-timer.fires' };
  return undefined;
}

/**
 * The logic that a stack gives to every connection actor.
 *
 * @param chart another chart than the connection's own: for whoever asks what would become of a connection then
 * @param protocol other protocol functions, for the same question
 * @example
 * ```ts
 * const actor = createActor(connectionLogic(environment), { parent, id, input: { tcb } });
 * actor.start();
 * actor.send({ type: 'open' });
 * ```
 */
export function connectionLogic(
  environment: ConnectionEnvironment,
  chart: typeof connectionMachine = connectionMachine,
  protocol: Protocol = { begin, finish },
): ConnectionLogic {
  const arrows = chartArrowsOf(chart);
  const provided = chart.provide({
    actions: {
      tellOpened: ({ self }) => environment.told(self.id, 'opened'),
      tellReturned: ({ self }) => environment.told(self.id, 'returned'),
      tellFinAcknowledged: ({ self }) => environment.told(self.id, 'fin-acknowledged'),
    },
  });
  const machine = interpreted(provided, environment.interpreter);

  function transition(
    snapshot: ConnectionSnapshot,
    event: ConnectionEvent | EventObject,
    scope: AnyActorScope,
  ): ConnectionSnapshot {
    if (snapshot.status !== 'active') return snapshot;
    const input = inputOf(event);
    const before = stateOf(snapshot.value);
    const { tcb: known } = snapshot.context;
    const nowMs = environment.clock.now();
    const step = protocol.begin(before, known, input ?? NOTHING, arrows.in(snapshot.value), nowMs);
    let next = withTcb(snapshot, step.tcb);
    const isTimer = event.type.startsWith('xstate.');
    if (isTimer || environment.alwaysStep) next = feed(next, event, scope);
    for (const type of step.labels) next = feed(next, { type }, scope);

    const after = stateOf(next.value);
    protocol.finish(step, after, environment.deviceReady(scope.self.id), environment.moreArrives?.());
    if (next.status === 'active') next = alignTimers(next, step.tcb, after, scope);

    const { labels, segments, notices, dropped, tcb } = step;
    const report: StepReport = { before, after, tcb, input, labels, segments, notices, dropped };
    if (segments.length > 0) {
      // As an action of the actor, so that inspection shows it and a pure `transition` lists it instead of sending.
      scope.actionExecutor({
        type: 'transmit',
        params: { segments },
        info: { context: next.context, event, self: scope.self, system: scope.system },
        exec: () => environment.transmit(scope.self.id, report),
      } as unknown as Parameters<AnyActorScope['actionExecutor']>[0]);
    }
    scope.defer(() => environment.stepped(scope.self.id, report));
    return next;
  }

  function feed(snapshot: ConnectionSnapshot, event: EventObject, scope: AnyActorScope): ConnectionSnapshot {
    return machine.transition(snapshot, event as never, scope as never) as ConnectionSnapshot;
  }

  /** Brings the timers' regions to what the TCB calls for. A later due time is left to the timer that runs: it will look. */
  function alignTimers(
    snapshot: ConnectionSnapshot,
    tcb: Tcb,
    state: State,
    scope: AnyActorScope,
  ): ConnectionSnapshot {
    const { send, ackDueMs } = tcb.timers;
    let next = snapshot;
    const regions = (next.value as { open: Record<string, string> }).open;
    const runs = regions['send timer'];
    if (send.kind !== 'idle') {
      if (runs !== send.kind || send.dueMs < next.context.armedSendMs)
        next = feed(next, TIMER_EVENTS[send.kind], scope);
    } else if (state === 'TIME-WAIT' && runs !== 'idle') {
      // 3.10.7.4: on the way into TIME-WAIT the other timers are turned off.
      next = feed(next, TIMER_EVENTS.idle, scope);
    }
    if (ackDueMs !== undefined && (regions['ack timer'] === 'idle' || ackDueMs < next.context.armedAckMs))
      next = feed(next, TIMER_EVENTS.delayed, scope);
    return next;
  }

  return {
    transition,
    getInitialSnapshot: (scope, input) =>
      machine.getInitialSnapshot(scope as never, input) as ConnectionSnapshot,
    getPersistedSnapshot: (snapshot) => machine.getPersistedSnapshot(snapshot as never),
    start: (snapshot) => machine.start(snapshot as never),
  };
}

const TIMER_EVENTS = {
  retransmission: { type: 'timer.retransmission' },
  'tail-loss probe': { type: 'timer.tail-loss-probe' },
  reordering: { type: 'timer.reordering' },
  pacing: { type: 'timer.pacing' },
  persist: { type: 'timer.persist' },
  'keep-alive': { type: 'timer.keep-alive' },
  idle: { type: 'timer.idle' },
  delayed: { type: 'timer.delayed-ack' },
} as const satisfies Record<string, TimerEvent>;

/** Spelled out, as XState's own snapshots are made: done for every segment, and a spread takes several times as long. */
export function withTcb(snapshot: ConnectionSnapshot, tcb: Tcb): ConnectionSnapshot {
  const { armedSendMs, armedAckMs, armedStateMs, ending } = snapshot.context;
  const context: ConnectionContext = { tcb, armedSendMs, armedAckMs, armedStateMs, ending };
  return {
    status: snapshot.status,
    output: snapshot.output,
    error: snapshot.error,
    machine: snapshot.machine,
    context,
    _nodes: snapshot._nodes,
    value: snapshot.value,
    tags: snapshot.tags,
    children: snapshot.children,
    historyValue: snapshot.historyValue,
    matches: snapshot.matches,
    hasTag: snapshot.hasTag,
    can: snapshot.can,
    getMeta: snapshot.getMeta,
    toJSON: snapshot.toJSON,
  } as ConnectionSnapshot;
}
