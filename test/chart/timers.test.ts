/** A connection's timers end with it: none of its delayed events is left on the clock in CLOSED. */

import { describe, expect, it } from 'vitest';
import { createStack, pair } from '../../src/index.ts';
import { seededRandom, virtualClock } from '../../src/sim/index.ts';

function twoStacks() {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 1 });
  const client = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  const server = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const listener = server.listen({ port: 80 });
  return { clock, client, server, listener };
}

describe('the clock', () => {
  it('holds no timer of a connection that was aborted with text, an ACK and keep-alive under way', async () => {
    const { clock, client, listener } = twoStacks();
    const connecting = client.connect({ host: '198.18.0.2', port: 80, keepAliveMs: 10_000 });
    clock.advance(5);
    const connection = await connecting;
    const accepted = (await listener.accept())!;
    void connection.write(new Uint8Array(10));
    clock.advance(1.5);
    expect(clock.pending).toBeGreaterThan(0);
    connection.abort();
    accepted.abort();
    clock.advance(2);
    expect([connection.state, accepted.state, clock.pending]).toEqual(['CLOSED', 'CLOSED', 0]);
  });

  it('holds one timer in TIME-WAIT, that of 2 MSL, and none afterwards', async () => {
    const { clock, client, listener } = twoStacks();
    const connecting = client.connect({ host: '198.18.0.2', port: 80, mslMs: 30_000 });
    clock.advance(5);
    const connection = await connecting;
    const accepted = (await listener.accept())!;
    void connection.shutdown();
    clock.advance(10);
    void accepted.shutdown();
    clock.advance(10);
    expect([connection.state, accepted.state]).toEqual(['TIME-WAIT', 'CLOSED']);
    // What the other end's timers left to be looked at has fired by now.
    clock.advance(1_000);
    expect(clock.pending).toBe(1);
    clock.advance(58_980);
    expect(connection.state).toBe('TIME-WAIT');
    clock.advance(60);
    expect([connection.state, clock.pending]).toEqual(['CLOSED', 0]);
  });
});
