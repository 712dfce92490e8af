import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { connectionMachine } from '../../../machines/connection/connection.ts';
import { withTcb } from '../../../machines/connection/logic.ts';
import { Peer } from '../../support/peer.ts';

describe('a snapshot with another TCB', () => {
  it('has all that snapshots of this XState have, each as it was but the TCB', () => {
    const { tcb } = new Peer().establish();
    const actor = createActor(connectionMachine, { input: { tcb } });
    actor.start();
    const before = actor.getSnapshot();
    const other = { ...tcb, nowMs: tcb.nowMs + 1 };
    const after = withTcb(before, other);
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
    expect(Object.getPrototypeOf(after)).toBe(Object.getPrototypeOf(before));
    expect({ ...after, context: undefined }).toEqual({ ...before, context: undefined });
    expect(after.context).toEqual({ ...before.context, tcb: other });
    actor.stop();
  });
});
