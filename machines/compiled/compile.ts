/**
 * A chart compiled from its own definition. XState's interpreter finds out at every step which arrows apply, which states they
 * leave and enter and how the state is then called; here that is found out once for each configuration and event, and looked up
 * from then on. The definition is the machine's, its guards and actions run as they are, the actor around it is XState's; and
 * inspection is told of the same events in the same order.
 */

import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject, MachineContext } from 'xstate';
import type { Step } from './actions.ts';
import { type Configuration, type Plan, Table, type Taken } from './table.ts';

const NONE: Taken = { transitions: [], plan: undefined };

/**
 * The same machine with a faster interpreter, for `createActor` and for whoever steps it by hand. Its snapshots are XState's.
 *
 * @throws Error when the chart uses what isn't compiled: history, invoked or spawned actors, final states below the top, other
 *   built-in actions than `assign`, `raise` and `cancel`
 * @example
 * ```ts
 * const actor = createActor(compiled(interfaceMachine));
 * ```
 */
export function compiled<Machine extends AnyStateMachine>(machine: Machine): Machine {
  const table = new Table(machine);
  const template = machine.resolveState({ value: table.initial.next.value, context: {} as never });

  function transition(
    snapshot: AnyMachineSnapshot,
    event: EventObject,
    scope: AnyActorScope,
  ): AnyMachineSnapshot {
    // Its end is rare, and after it nothing is to be fast.
    if (snapshot.status !== 'active' || event.type === 'xstate.stop' || event.type === '*')
      return machine.transition(snapshot, event, scope as never);
    const taken = table.of(snapshot).line(event.type)?.taken(snapshot, event) ?? NONE;
    if (!taken.plan && event.type.startsWith('xstate.error.actor')) return failed(snapshot, event, scope);
    const queue: EventObject[] = [];
    const next = microstep(snapshot, event, taken.plan, scope, queue);
    tell(scope, event, next, taken);
    return settle(next, event, scope, queue);
  }

  function getInitialSnapshot(scope: AnyActorScope, input: unknown): AnyMachineSnapshot {
    const event = { type: 'xstate.init', input };
    const before = { ...template } as AnyMachineSnapshot;
    try {
      before.context = initialContext(machine, scope, input);
      const queue: EventObject[] = [];
      return settle(microstep(before, event, table.initial, scope, queue), event, scope, queue);
    } catch (error) {
      return { ...before, status: 'error', error } as AnyMachineSnapshot;
    }
  }

  /** Arrows without a label, and labels that actions have raised, until there are no more. */
  function settle(
    snapshot: AnyMachineSnapshot,
    event: EventObject,
    scope: AnyActorScope,
    queue: EventObject[],
  ): AnyMachineSnapshot {
    let now = snapshot;
    let cause = event;
    let asksEventless = true;
    while (now.status === 'active') {
      const before = now;
      let taken: Taken = (asksEventless ? table.of(now).eventless?.taken(now, cause) : undefined) ?? NONE;
      const isEventless = taken.plan !== undefined;
      if (!isEventless) {
        const raised = queue.shift();
        if (!raised) break;
        cause = raised;
        taken = table.of(now).line(raised.type)?.taken(now, raised) ?? NONE;
      }
      now = microstep(now, cause, taken.plan, scope, queue);
      asksEventless = !isEventless || now !== before;
      tell(scope, cause, now, taken);
    }
    return now;
  }

  function microstep(
    snapshot: AnyMachineSnapshot,
    event: EventObject,
    plan: Plan | undefined,
    scope: AnyActorScope,
    queue: EventObject[],
  ): AnyMachineSnapshot {
    if (!plan) return snapshot;
    const step: Step = { event, scope, snapshot, queue, context: snapshot.context as MachineContext };
    for (const run of plan.runs) run(step);
    if (plan.lastRuns) return ended(step, plan.next, plan.lastRuns);
    // XState makes no new snapshot of a step that changes nothing, and viewers go by that.
    if (step.context === snapshot.context && plan.next.nodes === snapshot._nodes) return snapshot;
    return snapshotIn(plan.next, step, snapshot.status, snapshot.output);
  }

  function ended(step: Step, next: Configuration, lastRuns: Plan['runs']): AnyMachineSnapshot {
    const { output } = machine.root as { readonly output: unknown };
    const { self } = step.scope;
    const done = { type: `xstate.done.state.${machine.root.id}`, output: undefined };
    const given = { context: step.context, event: done, self };
    const value = typeof output === 'function' ? output(given) : output;
    for (const run of lastRuns) run(step);
    return snapshotIn(next, step, 'done', value);
  }

  return Object.assign(Object.create(machine), { transition, getInitialSnapshot }) as Machine;
}

/** The error of another actor that nobody handles is the machine's own. */
function failed(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): AnyMachineSnapshot {
  const { error } = event as EventObject & { readonly error: unknown };
  const next = { ...snapshot, status: 'error', error } as AnyMachineSnapshot;
  tell(scope, event, next, NONE);
  return next;
}

function initialContext(machine: AnyStateMachine, scope: AnyActorScope, input: unknown): MachineContext {
  const { context } = machine.config as { readonly context: unknown };
  if (typeof context === 'function') return { ...context({ input, self: scope.self }) };
  return (context ?? {}) as MachineContext;
}

function tell(scope: AnyActorScope, event: EventObject, snapshot: AnyMachineSnapshot, taken: Taken): void {
  const system = scope.system as unknown as { _sendInspectionEvent(event: unknown): void };
  const { transitions } = taken;
  system._sendInspectionEvent({
    type: '@xstate.microstep',
    actorRef: scope.self,
    event,
    snapshot,
    _transitions: transitions,
  });
}

/** Spelled out, in XState's order of fields: a spread takes several times as long. */
function snapshotIn(
  { nodes, value, tags }: Configuration,
  { snapshot, context }: Step,
  status: string,
  output: unknown,
): AnyMachineSnapshot {
  return {
    status,
    output,
    error: snapshot.error,
    machine: snapshot.machine,
    context,
    _nodes: nodes,
    value,
    tags,
    children: snapshot.children,
    historyValue: snapshot.historyValue,
    matches: snapshot.matches,
    hasTag: snapshot.hasTag,
    can: snapshot.can,
    getMeta: snapshot.getMeta,
    toJSON: snapshot.toJSON,
  } as unknown as AnyMachineSnapshot;
}
