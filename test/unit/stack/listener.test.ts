import { describe, expect, it } from 'vitest';
import type { Listener } from '../../../src/index.ts';
import type { Device } from '../../../src/net/device.ts';
import { pair } from '../../../src/net/pair.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { createStack, type TcpStack } from '../../../src/stack/stack.ts';
import { Peer, STACK_PORT } from '../../support/peer.ts';

/** A SYN from one of many ports, and the ACK that makes it ESTABLISHED. */
const knock = (peer: Peer, port: number) => peer.put({ flags: 'SYN', seq: 0, srcPort: port });
const enter = (peer: Peer, port: number) => peer.put({ flags: 'ACK', seq: 1, ack: 1, srcPort: port });

describe('a listener', () => {
  it('has no more connections half open than its halfOpenBacklog; the next SYN is dropped and counted', () => {
    const peer = new Peer().listen({ halfOpenBacklog: 3 });
    for (let port = 1; port <= 5; port++) knock(peer, port);
    peer.after(0);
    expect(peer.listener?.halfOpen).toBe(3);
    expect(peer.stack.connections.size).toBe(3);
    expect(peer.heard().filter(({ flags }) => flags === 'SYN,ACK').length).toBe(3);
    expect(peer.counters['drop.listen.half-open-full']).toBe(2);
    peer.say({ flags: 'RST', seq: 1, srcPort: 2 });
    knock(peer, 6);
    peer.after(0);
    expect(peer.listener?.halfOpen).toBe(3);
  });

  it('lets no more wait to be accepted than its backlog, however many were half open', async () => {
    const peer = new Peer().listen({ backlog: 2 });
    for (let port = 1; port <= 6; port++) knock(peer, port);
    peer.after(0);
    for (let port = 1; port <= 6; port++) enter(peer, port);
    peer.after(0);
    expect(peer.listener?.acceptQueue).toBe(2);
    expect(peer.stack.connections.size).toBe(2);
    const resets = peer.heard().filter(({ flags }) => flags === 'RST,ACK');
    expect(resets.map(({ dstPort }) => dstPort)).toEqual([3, 4, 5, 6]);
    expect(peer.counters['drop.listen.accept-queue-full']).toBe(4);
    const accepted = [await peer.listener!.accept(), await peer.listener!.accept()];
    expect(accepted.map((connection) => connection?.remotePort)).toEqual([1, 2]);
  });

  it('counts half-open and waiting connections apart', () => {
    const peer = new Peer().listen({ backlog: 1, halfOpenBacklog: 2 });
    knock(peer, 1);
    peer.after(0);
    enter(peer, 1);
    peer.after(0);
    expect([peer.listener?.halfOpen, peer.listener?.acceptQueue]).toEqual([0, 1]);
    knock(peer, 2);
    peer.after(0);
    expect(peer.counters['drop.listen.accept-queue-full']).toBe(1);
  });

  it('goes on after it has refused a SYN or a connection, as soon as somebody accepts', async () => {
    const peer = new Peer().listen({ backlog: 1 });
    for (const port of [1, 2]) knock(peer, port);
    peer.after(0);
    for (const port of [1, 2]) enter(peer, port);
    peer.after(0);
    expect((await peer.listener!.accept())?.remotePort).toBe(1);
    knock(peer, 3);
    peer.after(0);
    enter(peer, 3);
    knock(peer, 4);
    peer.after(0);
    expect(peer.counters['drop.listen.accept-queue-full']).toBe(2);
    expect((await peer.listener!.accept())?.remotePort).toBe(3);
    knock(peer, 4);
    peer.after(0);
    enter(peer, 4);
    peer.after(0);
    expect((await peer.listener!.accept())?.remotePort).toBe(4);
  });

  it('hands out connections in the order in which they were established', async () => {
    const peer = new Peer().listen();
    for (const port of [1, 2, 3]) knock(peer, port);
    peer.after(0);
    for (const port of [3, 1, 2]) enter(peer, port);
    peer.after(0);
    const ports: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) ports.push((await peer.listener!.accept())?.remotePort);
    expect(ports).toEqual([3, 1, 2]);
  });

  it('forgets a connection that was reset while it waited', async () => {
    const peer = new Peer().listen();
    knock(peer, 1);
    peer.after(0);
    enter(peer, 1);
    peer.say({ flags: 'RST', seq: 1, srcPort: 1 });
    expect(peer.listener?.acceptQueue).toBe(0);
    expect(peer.stack.connections.size).toBe(0);
  });

  it('gives up a half-open connection by its user timeout, and has its place free again', () => {
    const peer = new Peer({ listen: { halfOpenBacklog: 1 } }).synReceived();
    peer.after(299_999);
    expect(peer.listener?.halfOpen).toBe(1);
    peer.after(1);
    expect(peer.listener?.halfOpen).toBe(0);
    expect(peer.clock.pending).toBe(0);
  });

  it('resets what nobody has accepted when it is closed, and leaves the others alone', async () => {
    const peer = new Peer().listen();
    for (const port of [1, 2, 3]) knock(peer, port);
    peer.after(0);
    for (const port of [1, 2]) enter(peer, port);
    peer.after(0);
    const accepted = (await peer.listener!.accept())!;
    peer.heard();
    await peer.listener!.close();
    peer.after(0);
    expect(
      peer
        .heard()
        .map(({ flags, dstPort }) => `${flags} ${dstPort}`)
        .sort(),
    ).toEqual(['RST,ACK 2', 'RST,ACK 3']);
    expect(accepted.state).toBe('ESTABLISHED');
    expect(await peer.listener!.accept()).toBeNull();
    // Nobody listens any more.
    knock(peer, 4);
    peer.after(0);
    peer.expect({ flags: 'RST,ACK', ack: 1 });
  });

  it('keeps its connections although a listener at its very address comes after it', async () => {
    const peer = new Peer().listen();
    knock(peer, 1);
    peer.after(0);
    const other = peer.stack.listen({ port: STACK_PORT + 1, host: peer.stackAddress.toString() });
    expect(() => peer.stack.listen({ port: STACK_PORT, host: peer.stackAddress.toString() })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
    enter(peer, 1);
    peer.after(0);
    expect(peer.listener?.acceptQueue).toBe(1);
    await other.close();
  });

  it('opens actively from its own port (LISTEN → SYN-SENT) and goes on listening', async () => {
    const peer = new Peer().listen();
    const opening = peer.listener!.open({ host: peer.peerAddress.toString(), port: 99 });
    peer.after(0);
    peer.expect({ flags: 'SYN', srcPort: STACK_PORT, dstPort: 99 });
    peer.say({ flags: 'SYN,ACK', seq: 0, ack: 1, srcPort: 99 });
    expect((await opening).state).toBe('ESTABLISHED');
    peer.heard();
    knock(peer, 5);
    peer.after(0);
    peer.expect({ flags: 'SYN,ACK', dstPort: 5 });
  });

  it('takes a new SYN for a 4-tuple that was reset, in the same instant', () => {
    const peer = new Peer().establish('passive');
    peer.put({ flags: 'RST', seq: 1 });
    peer.put({ flags: 'SYN', seq: 500 });
    peer.after(0);
    peer.expect({ flags: 'SYN,ACK', ack: 501 });
    expect(peer.stack.connections.size).toBe(1);
  });
});

describe('a connection whose actor crashes', () => {
  /** Stack a has a device that throws when it is written to, once: a programmer's error as seen from an actor. */
  function stacks() {
    const clock = virtualClock();
    const [left, right] = pair(clock, { delayMs: 1 });
    let broken = false;
    const device: Device = {
      name: left.name,
      mtu: left.mtu,
      frames$: left.frames$,
      drained$: left.drained$,
      close: () => left.close(),
      write(frame) {
        if (broken) {
          broken = false;
          throw new Error('the device is broken');
        }
        return left.write(frame);
      },
    };
    const a = createStack({ device, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
    const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
    const breakOnce = (): void => {
      broken = true;
    };
    return { clock, a, b, breakOnce };
  }

  async function crash(from: 'connect' | 'listener' | 'closed listener') {
    const { clock, a, b, breakOnce } = stacks();
    const server = from === 'connect' ? b : a;
    const client = from === 'connect' ? a : b;
    const listener = server.listen({ port: 7 });
    const opening = client.connect({ host: server.addresses[0]!, port: 7, localPort: 4_000 });
    const accepting = listener.accept();
    await clock.run({ untilMs: 100 });
    const victim = from === 'connect' ? await opening : (await accepting)!;
    await opening;
    if (from === 'closed listener') await listener.close();
    breakOnce();
    const reading = victim.read().catch((error: { code: string }) => error.code);
    await victim.write(new Uint8Array(10)).catch(() => {});
    await clock.run({ untilMs: 200 });
    return { a, b, victim, reading, clock, opening, listener };
  }

  for (const from of ['connect', 'listener', 'closed listener'] as const) {
    it(`frees its 4-tuple and tells whoever waits (${from})`, async () => {
      const { a, victim, reading } = await crash(from);
      expect(a.counters['connections.crashed']).toBe(1);
      expect(a.connections.size).toBe(0);
      expect(await reading).toBe('ECONNABORTED');
      expect(await victim.closed).toMatchObject({ how: 'aborted' });
    });
  }

  it.each(['connect', 'listener'] as const)(
    'leaves the others to go on, and new ones to come (%s)',
    async (from) => {
      const { a, b, clock } = await crash(from);
      a.listen({ port: 8 });
      const openings = [
        a.connect({ host: '198.18.0.2', port: from === 'connect' ? 7 : b.listen({ port: 9 }).port }),
        b.connect({ host: '198.18.0.1', port: from === 'listener' ? 7 : 8 }),
      ];
      await clock.run({ untilMs: 300 });
      for (const opening of openings) expect((await opening).closeReason).toBeUndefined();
    },
  );

  it('leaves its place with the listener to the next: half open, and waiting to be accepted', async () => {
    const { a, b, clock, breakOnce } = stacks();
    const listener = a.listen({ port: 7, halfOpenBacklog: 1, backlog: 1 });
    breakOnce();
    // Its SYN,ACK can't be sent. The SYN that comes again finds room.
    const opening = b.connect({ host: '198.18.0.1', port: 7 });
    await clock.run({ untilMs: 500 });
    expect(a.counters['connections.crashed']).toBe(1);
    expect(listener.halfOpen).toBe(0);
    await clock.run({ untilMs: 2_000 });
    const connection = await opening;
    expect(listener.acceptQueue).toBe(1);
    breakOnce();
    await connection.write(new Uint8Array(1));
    await clock.run({ untilMs: 3_000 });
    expect(a.counters['connections.crashed']).toBe(2);
    expect(listener.acceptQueue).toBe(0);
  });

  it('leaves a paused stack paused', async () => {
    const { a, b, clock, breakOnce } = stacks();
    b.listen({ port: 7 });
    const opening = a.connect({ host: '198.18.0.2', port: 7 });
    await clock.run({ untilMs: 100 });
    const victim = await opening;
    const stack = a as TcpStack;
    stack.pause();
    breakOnce();
    await victim.write(new Uint8Array(10)).catch(() => {});
    expect(a.counters['connections.crashed']).toBe(1);
    expect(stack.paused).toBe(true);
  });

  it('leaves a closed listener closed', async () => {
    const { listener } = await crash('closed listener');
    await expectClosed(listener);
  });

  it('leaves no timer of its own behind', async () => {
    const { a, b, clock, opening } = await crash('listener');
    (await opening).abort();
    await clock.run({ maxSteps: 10_000 });
    expect(clock.pending).toBe(0);
    expect(a.connections.size + b.connections.size).toBe(0);
  });
});

/** It opens nothing from its port, and hands nothing out. */
async function expectClosed(listener: Listener): Promise<void> {
  await expect(listener.open({ host: '198.18.0.2', port: 99 })).rejects.toMatchObject({
    code: 'EINVAL',
    message: 'open: the listener is closed',
  });
  expect(await listener.accept()).toBeNull();
  expect(listener.tryAccept()).toBeUndefined();
}

describe('a listener that is closed', () => {
  it('stays closed, whatever becomes of the connections that it had', async () => {
    const peer = new Peer().establish('passive');
    const accepted = (await peer.listener!.accept())!;
    await peer.listener!.close();
    await expectClosed(peer.listener!);
    accepted.abort();
    await peer.settle();
    expect(peer.stack.connections.size).toBe(0);
    await expectClosed(peer.listener!);
    peer.heard();
    peer.after(1_000);
    peer.expectSilence();
  });
});

describe('opened', () => {
  it('settles for a connection that was closed in SYN-RECEIVED', async () => {
    const peer = new Peer().synReceivedActively();
    let settled = false;
    peer.connection.opened.then(
      () => (settled = true),
      () => (settled = true),
    );
    void peer.connection.shutdown();
    await peer.settle();
    expect(peer.state).toBe('FIN-WAIT-1');
    peer.say({ ack: 2 });
    peer.say({ flags: 'FIN,ACK', ack: 2 });
    await peer.wait(100_000);
    expect(peer.state).toBe('CLOSED');
    expect(settled).toBe(true);
  });
});
