/** The send timer's two states that RACK-TLP adds: each arrow out of and into them is taken by a test. */

import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { connectionMachine } from '../../machines/index.ts';
import { ArrowsTaken, arrowsOf } from '../../src/model/index.ts';
import { connectionSettings } from '../../src/stack/settings.ts';
import { createTcb } from '../../src/tcp/create-tcb.ts';
import { SackSender } from '../support/sack-sender.ts';
import { BY_NO_TRAFFIC, isOfRack, nameOf, WAYS } from './rack-ways.ts';

/** Those between these states and `pacing` are taken in pacing-timer.test.ts. */
const isPaced = (id: string): boolean => id.includes('pacing');

describe('the send timer with RACK-TLP', () => {
  it.each(Object.entries(WAYS))('takes %s', async (name, ways) => {
    const taken = new ArrowsTaken();
    const sender = await SackSender.with(0, {
      stack: { rtoMinMs: 1_000 },
      internals: { alwaysStep: true, inspect: taken.inspect as never },
    });
    for (const act of ways) await act(sender);
    const counts = taken
      .of('connection')
      .filter(({ count }) => count > 0)
      .map(({ arrow }) => nameOf(arrow.id));
    expect(counts).toContain(name);
  });

  it.each(BY_NO_TRAFFIC)('takes %s when it is told to, as no traffic does', (name) => {
    const [from, event, to] = /^(\S+) (\S+) → (\S+)$/.exec(name)!.slice(1) as [string, string, string];
    const tcb = createTcb('active', 0, connectionSettings({}, { ipVersion: 4, mtu: 1_500 }), 0);
    const timers = { ...tcb.timers, send: { kind: 'reordering' as const, dueMs: 40 } };
    const [opened] = initialTransition(connectionMachine, { tcb: { ...tcb, timers } });
    const step = (snapshot: typeof opened, type: string) =>
      transition(connectionMachine, snapshot, { type } as never)[0];
    const region = ({ value }: typeof opened) =>
      (value as { open: Record<string, string> }).open['send timer'];
    const before = step(opened, `timer.${from}`);
    expect(region(before)).toBe(from);
    const after = step(before, event);
    expect(region(after)).toBe(to);
    expect(after.context.armedSendMs).toBe(40);
  });

  it('has no arrow out of or into these states but those that are taken here', () => {
    const names = arrowsOf('connection')
      .filter(({ id }) => isOfRack(id) && !isPaced(id))
      .map(({ id }) => nameOf(id));
    expect(names.length).toBe(22);
    expect([...names].sort()).toEqual([...Object.keys(WAYS), ...BY_NO_TRAFFIC].sort());
  });
});
