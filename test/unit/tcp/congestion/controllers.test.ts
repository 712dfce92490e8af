import { describe, expect, it } from 'vitest';
import {
  type CongestionWindow,
  type Controller,
  controllerNames,
  createStack,
  pair,
  StackError,
} from '../../../../src/index.ts';
import { seededRandom, virtualClock } from '../../../../src/sim/index.ts';
import { octets, twoStacks } from '../../../support/workload.ts';

const fixed: Controller<CongestionWindow> = {
  name: 'fixed',
  start: (mss) => ({ cwnd: 3 * mss, ssthresh: 3 * mss }),
  onMss: (_state, mss) => ({ cwnd: 3 * mss, ssthresh: 3 * mss }),
  onAck: (state) => state,
  onLoss: (state) => state,
  onRecoveryExit: (state) => state,
  onRto: (state) => state,
  onEcn: (state) => state,
  onIdle: (state) => state,
};

function stackWith(congestionControl: unknown) {
  const clock = virtualClock();
  const [device] = pair(clock);
  return createStack({
    device,
    addresses: ['198.18.0.1'],
    clock,
    random: seededRandom(1),
    congestionControl: congestionControl as string,
  });
}

describe('the congestion control of a connection', () => {
  it('is CUBIC unless another one is named', async () => {
    const { clock, a, b, addressOfB } = twoStacks({ seed: 1 });
    b.listen({ port: 7 });
    const cubic = a.open({ host: addressOfB, port: 7 });
    const reno = a.open({ host: addressOfB, port: 7, congestionControl: 'reno' });
    await clock.run({ untilMs: 100 });
    expect(cubic.info().congestionControl).toBe('cubic');
    expect(reno.info().congestionControl).toBe('reno');
  });

  it('may be one of the user, which is asked for everything', async () => {
    const { clock, a, b, addressOfB } = twoStacks({ seed: 1, delayMs: 50, a: { congestionControl: fixed } });
    const accepted = b.listen({ port: 7 }).accept();
    const client = a.open({ host: addressOfB, port: 7 });
    await clock.run({ untilMs: 200 });
    client.write(octets(1, 100_000)).catch(() => {});
    await clock.run({ untilMs: 1_200 });
    // Three segments a round trip of 100 ms, for a second.
    const { bytesReceived } = (await accepted)!.info();
    expect(bytesReceived).toBeGreaterThanOrEqual(9 * 3 * 1_448);
    expect(bytesReceived).toBeLessThan(11 * 3 * 1_448);
  });

  it('MAY-18: changes while the connection runs, and goes on from the window that there is', async () => {
    const { clock, a, b, addressOfB } = twoStacks({ seed: 1 });
    b.listen({ port: 7 });
    const client = a.open({ host: addressOfB, port: 7 });
    await clock.run({ untilMs: 100 });
    const { cwnd } = client.info();
    client.set({ congestionControl: 'vegas' });
    expect(client.info()).toMatchObject({ congestionControl: 'vegas', cwnd });
    expect(() => client.set({ congestionControl: 'warp' })).toThrow(/"warp"; give cubic, reno, vegas/);
    expect(client.info().congestionControl).toBe('vegas');
  });

  it('has to be known or whole, and of a name of its own', () => {
    const { onAck: _, ...partial } = fixed;
    for (const [given, says] of [
      ['bbr9', 'createStack: congestionControl is "bbr9"; give cubic, reno, vegas'],
      [partial, 'congestionControl is "fixed", which has no onAck()'],
      [{ ...fixed, name: 'cubic' }, 'congestionControl is a second one with the name "cubic"'],
      [{ ...fixed, name: '' }, 'an object without a name'],
      [null, 'congestionControl is null'],
      [7, 'congestionControl is 7'],
    ] as const) {
      expect(() => stackWith(given), says).toThrow(StackError);
      expect(() => stackWith(given)).toThrow(says);
    }
    expect(controllerNames().slice(0, 3)).toEqual(['cubic', 'reno', 'vegas']);
  });
});
