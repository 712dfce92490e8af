/**
 * A chart's actions and guards as functions: what XState looks up in the machine at every step is looked up once.
 */

import type { AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject, MachineContext } from 'xstate';

/** A microstep under way. `assign` gives it a new context; what is raised without a delay waits in the queue. */
export interface Step {
  readonly event: EventObject;
  readonly scope: AnyActorScope;
  readonly snapshot: AnyMachineSnapshot;
  readonly queue: EventObject[];
  context: MachineContext;
}

export type Run = (step: Step) => void;
export type Holds = (snapshot: AnyMachineSnapshot, event: EventObject) => boolean;

interface Arguments {
  readonly context: MachineContext;
  readonly event: EventObject;
  readonly self: unknown;
  readonly system: unknown;
}

/** What `assign`, `raise` and `cancel` of XState return. */
interface BuiltIn {
  readonly type: string;
  readonly assignment: unknown;
  resolve(
    scope: AnyActorScope,
    snapshot: AnyMachineSnapshot,
    given: Arguments,
    params: unknown,
    self: BuiltIn,
    extra: { readonly internalQueue: EventObject[] },
  ): readonly [unknown, unknown];
  execute(scope: AnyActorScope, params: unknown): void;
}

type Params = (context: MachineContext, event: EventObject) => unknown;

/** @param action as it stands in the definition: a name, a name with params, or a function */
export function runOf(machine: AnyStateMachine, action: unknown): Run {
  const { body, name } = named(action, machine.implementations.actions as Record<string, unknown>);
  const paramsOf = paramsIn(action);
  if (typeof body !== 'function' || !('resolve' in body)) return custom(name, body, paramsOf);
  const builtIn = body as unknown as BuiltIn;
  if (builtIn.type === 'xstate.assign') return assigning(builtIn.assignment, paramsOf);
  if (builtIn.type === 'xstate.raise' || builtIn.type === 'xstate.cancel')
    return resolving(builtIn, paramsOf);
  throw new Error(
    `the chart ${machine.id} can't be compiled: it uses ${builtIn.type}; have it run by XState’s own interpreter`,
  );
}

export function holdsOf(machine: AnyStateMachine, guard: unknown): Holds {
  const { body, name } = named(guard, machine.implementations.guards as Record<string, unknown>);
  if (typeof body !== 'function') throw new Error(`the chart ${machine.id} has no guard ${name}`);
  // `and`, `or`, `not` and `stateIn` of XState.
  if ('check' in body) {
    const check = body.check as (snapshot: unknown, given: unknown, self: unknown) => boolean;
    return (snapshot, event) => check(snapshot, { context: snapshot.context, event }, body);
  }
  const paramsOf = paramsIn(guard);
  return (snapshot, event) =>
    body({ context: snapshot.context, event }, paramsOf(snapshot.context as MachineContext, event));
}

function named(reference: unknown, bodies: Record<string, unknown>): { body: unknown; name: string } {
  if (typeof reference === 'function') return { body: reference, name: reference.name || '(anonymous)' };
  const name = typeof reference === 'string' ? reference : (reference as { type: string }).type;
  return { body: bodies[name], name };
}

function paramsIn(reference: unknown): Params {
  const params =
    typeof reference === 'object' && reference !== null && 'params' in reference
      ? reference.params
      : undefined;
  return typeof params === 'function' ? (context, event) => params({ context, event }) : () => params;
}

function given({ context, event, scope }: Step): Arguments {
  return { context, event, self: scope.self, system: scope.system };
}

function custom(type: string, exec: unknown, paramsOf: Params): Run {
  return (step) => {
    const params = paramsOf(step.context, step.event);
    step.scope.actionExecutor({ type, info: given(step), params, exec } as never);
  };
}

function assigning(assignment: unknown, paramsOf: Params): Run {
  const isWhole = typeof assignment === 'function';
  const parts = isWhole ? [] : Object.entries(assignment as Record<string, unknown>);
  return (step) => {
    const { context, event, scope } = step;
    const args = { context, event, self: scope.self, system: scope.system, spawn };
    const params = paramsOf(context, event);
    if (isWhole) {
      step.context = { ...context, ...assignment(args, params) };
      return;
    }
    const assigned: MachineContext = { ...context };
    for (const [key, value] of parts)
      assigned[key] = typeof value === 'function' ? value(args, params) : value;
    step.context = assigned;
  };
}

/** XState's own, of which only the machine's delays are asked: the timers are its scheduler's in either case. */
function resolving(builtIn: BuiltIn, paramsOf: Params): Run {
  return (step) => {
    const { scope, snapshot, queue } = step;
    const info = given(step);
    const ownParams = paramsOf(step.context, step.event);
    const [, params] = builtIn.resolve(scope, snapshot, info, ownParams, builtIn, { internalQueue: queue });
    const exec = () => builtIn.execute(scope, params);
    scope.actionExecutor({ type: builtIn.type, info, params, exec } as never);
  };
}

/** A compiled chart has no children of XState's kind: see `machines/listener.ts`. */
function spawn(): never {
  throw new Error('a compiled chart can’t spawn in assign; create the actor with its parent instead');
}
