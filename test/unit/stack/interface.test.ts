/** The interface under a stack: up, paused, down. What is taken in, what waits, and what a user hears when the device is gone. */

import { describe, expect, it, vi } from 'vitest';
import type { Device } from '../../../src/net/device.ts';
import { pair } from '../../../src/net/pair.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { createStack, type TcpStack } from '../../../src/stack/stack.ts';
import { Peer } from '../../support/peer.ts';

const SYN = { flags: 'SYN', seq: 0 } as const;

describe('a stack that is paused', () => {
  it('takes nothing in: what arrives waits, and is answered in its order when the stack goes on', () => {
    const peer = new Peer().listen();
    peer.stack.pause();
    expect(peer.stack.paused).toBe(true);
    for (const srcPort of [3, 1, 2]) peer.put({ ...SYN, srcPort });
    peer.after(100);
    peer.expectSilence();
    expect(peer.stack.held).toBe(3);

    peer.stack.resume();
    expect(peer.stack.paused).toBe(false);
    peer.after(0);
    expect(peer.heard().map(({ dstPort }) => dstPort)).toEqual([3, 1, 2]);
    peer.put({ ...SYN, srcPort: 4 });
    peer.after(0);
    peer.expect({ flags: 'SYN,ACK', dstPort: 4 });
  });

  it('takes in what waits one by one, as it is asked to, and stays paused', () => {
    const peer = new Peer().listen();
    peer.stack.pause();
    for (const srcPort of [1, 2]) peer.put({ ...SYN, srcPort });
    peer.after(0);
    expect(peer.stack.takeHeld()).toBe(true);
    peer.after(0);
    peer.expect({ flags: 'SYN,ACK', dstPort: 1 });
    peer.expectSilence();
    expect([peer.stack.paused, peer.stack.held]).toEqual([true, 1]);
    expect(peer.stack.takeHeld()).toBe(true);
    expect(peer.stack.takeHeld()).toBe(false);
  });

  it('is paused no longer once it is closed, and is not woken by going on', () => {
    const peer = new Peer().listen();
    peer.stack.pause();
    peer.stack.closeInterface();
    expectDown(peer.stack);
  });

  it('tells its users when the device goes, as one does that is up', async () => {
    const peer = new Peer().establish();
    peer.stack.pause();
    await expectGone(peer);
  });
});

describe('a stack whose device is gone', () => {
  it('ends its connections, and says so to whoever waits', async () => {
    await expectGone(new Peer().establish());
  });

  it('closes its listeners', async () => {
    const peer = new Peer().listen();
    const accepting = peer.listener!.accept();
    peer.stack.device.close();
    expect(await accepting).toBeNull();
  });
});

describe('a stack that is closed', () => {
  it('takes nothing in any more, even from a device that goes on, and can be neither paused nor woken', () => {
    const clock = virtualClock();
    const [left, right] = pair(clock);
    // A device that others use as well: it outlives the stack.
    const device: Device = {
      name: left.name,
      mtu: left.mtu,
      frames$: left.frames$,
      drained$: left.drained$,
      write: (frame) => left.write(frame),
      close: () => {},
    };
    const stack = createStack({
      device,
      addresses: ['198.18.0.1'],
      clock,
      random: seededRandom(1),
    }) as TcpStack;
    const other = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
    stack.listen({ port: 7 });
    stack.closeInterface();
    expectDown(stack);
    other.open({ host: '198.18.0.1', port: 7 }).opened.catch(() => {});
    clock.advance(10);
    expect([stack.counters['frames.in'], stack.held, stack.connections.size]).toEqual([undefined, 0, 0]);
  });

  it('does as it is told without a word when it is closed again', () => {
    const warn = vi.spyOn(console, 'warn');
    const { stack } = new Peer();
    stack.closeInterface();
    stack.closeInterface();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

async function expectGone({ stack, connection }: Peer): Promise<void> {
  const reading = connection.read().catch(({ code }) => code);
  stack.device.close();
  expect(await reading).toBe('ECONNABORTED');
  expect(await connection.closed).toMatchObject({ how: 'aborted' });
  expect(stack.connections.size).toBe(0);
  expectDown(stack);
}

/** For good: it is not paused, can't be, and does not wake. */
function expectDown(stack: TcpStack): void {
  expect(stack.paused).toBe(false);
  stack.pause();
  expect(stack.paused).toBe(false);
  stack.resume();
  stack.pause();
  expect(stack.paused).toBe(false);
}
