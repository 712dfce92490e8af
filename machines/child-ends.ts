import type { AnyActorLogic, AnyActorScope, EventObject, Snapshot } from 'xstate';

/** The events by which an actor's parent hears of its end, up to the actor's id. */
const ENDS = ['xstate.done.actor.', 'xstate.error.actor.'] as const;

/**
 * The same machine, for a parent of ever more actors. XState puts the child's id into the type of the event that tells of
 * its end, and each of a machine's states remembers for good which arrows an event type has: with a child for each
 * connection, memory for each that ever was. So the machine gets these events under one type each; the id is in `actorId`
 * as well.
 */
export function withManyChildren<Logic extends AnyActorLogic>(machine: Logic): Logic {
  const transition = (snapshot: Snapshot<unknown>, event: EventObject, scope: AnyActorScope): unknown => {
    const end = ENDS.find((prefix) => event.type.startsWith(prefix));
    return machine.transition(snapshot, end === undefined ? event : { ...event, type: `${end}any` }, scope);
  };
  // What else a machine has, its methods included, is left as it is.
  return Object.assign(Object.create(machine), { transition });
}
