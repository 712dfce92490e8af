import { describe, expect, it } from 'vitest';
import type { StackError } from '../../../src/index.ts';
import { Peer, type PeerOptions, type Say } from '../../support/peer.ts';
import { currentState } from '../scene.ts';

describe('a CLOSE', () => {
  it('R9293-16: lets what was sent before arrive first, sent again if need be, and receiving goes on', async () => {
    const peer = new Peer({ wnd: 1_000 }).establish();
    void peer.connection.write(new Uint8Array(1_500));
    const closed = peer.connection.shutdown();
    await peer.settle();
    peer.expect({ seq: 1, length: 1_000 });
    // The first segment is lost: it goes again, and the FIN waits behind all text.
    await peer.wait(1_000);
    for (const { flags, seq } of peer.heard()) expect([flags.includes('FIN'), seq]).toEqual([false, 1]);
    peer.say({ ack: 1_001 });
    expect(peer.heard().at(-1)).toMatchObject({ flags: 'FIN,PSH,ACK', seq: 1_001, length: 500 });
    peer.say({ ack: 1_502 });
    await closed;
    peer.say({ text: 'and on' });
    expect(new TextDecoder().decode((await peer.connection.read())!)).toBe('and on');
  });

  it('MUST-12: and a reset by the other end are told apart', async () => {
    const closed = new Peer().establish();
    closed.say({ flags: 'FIN,ACK' });
    expect(await closed.connection.read()).toBeNull();

    const reset = new Peer().establish();
    const read = reset.connection.read().catch((error: StackError) => error.code);
    reset.say({ flags: 'RST' });
    expect(await read).toBe('ECONNRESET');
    expect((await reset.connection.closed).how).toBe('reset');
  });

  it('MAY-1, SHLD-3: of both directions is a RST when text is unread, and when text comes later', async () => {
    const unread = new Peer().establish();
    unread.say({ text: 'unread' });
    void unread.connection.close();
    await unread.settle();
    expect(unread.heard().at(-1)).toMatchObject({ flags: 'RST,ACK', seq: 1, ack: 7 });

    const later = new Peer().establish();
    void later.connection.close();
    await later.settle();
    later.expect({ flags: 'FIN,ACK' });
    await expect(later.connection.read()).rejects.toMatchObject({ name: 'StackError' });
    later.say({ ack: 1, text: 'later' });
    later.expect({ flags: 'RST', seq: 1 });
    expect(later.connection.state).toBe('CLOSED');
  });
});

describe('a CLOSE before the connection is ESTABLISHED', () => {
  it('SHLD-3: of both directions, queued behind text, resets what brings text once it is', async () => {
    const peer = new Peer().synReceivedActively();
    void peer.connection.write(new TextEncoder().encode('first')).catch(() => {});
    void peer.connection.close();
    await peer.settle();
    expect(peer.state).toBe('SYN-RECEIVED');
    peer.say({ text: 'for nobody' });
    peer.expect({ flags: 'RST', seq: 1 });
    peer.expectSilence();
    expect((await peer.connection.closed).how).toBe('aborted');
  });

  it('lets what was written arrive when nothing comes, and is a FIN-WAIT-1 for the segment that ends SYN-RECEIVED', async () => {
    const peer = new Peer().synReceivedActively();
    void peer.connection.write(new TextEncoder().encode('first')).catch(() => {});
    void peer.connection.close();
    await peer.settle();
    peer.say({ flags: 'FIN,ACK' });
    expect(peer.state).toBe('CLOSING');
    expect(peer.heard().at(-1)).toMatchObject({ flags: 'FIN,PSH,ACK', seq: 1, ack: 2, length: 5 });
    peer.say();
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('SHLD-3: of both directions is a RST at once if text had come with the SYN', async () => {
    const peer = new Peer();
    peer.synSent();
    peer.say({ flags: 'SYN', seq: 0, text: 'early' });
    peer.expect({ flags: 'SYN,ACK', ack: 1 });
    void peer.connection.close();
    await peer.settle();
    peer.expect({ flags: 'RST,ACK', seq: 1, ack: 1 });
    expect((await peer.connection.closed).how).toBe('aborted');
  });
});

describe('TIME-WAIT', () => {
  it('is told to last longer by the FIN that comes again, and by no other segment behind the end', async () => {
    const peer = await new Peer().timeWait();
    const told: [string, string][] = [];
    peer.stack.tap(({ kind, reason }) => told.push([kind, reason]));
    await peer.wait(50_000);
    const fin = peer.nxt - 1;
    // A FIN, and not theirs: an older one, with or without text.
    peer.say({ flags: 'FIN,ACK', seq: fin - 5 });
    peer.say({ flags: 'FIN,ACK', seq: fin - 5, text: 'old' });
    expect(told.filter(([kind]) => kind === 'received').map(([, reason]) => reason)).toEqual([
      'dropped: tcp.unacceptable',
      'dropped: tcp.unacceptable',
    ]);
    await peer.wait(9_999);
    expect(peer.state).toBe('TIME-WAIT');
    told.length = 0;
    peer.say({ flags: 'FIN,ACK', seq: fin });
    expect(told).toEqual([
      ['received', 'rcv.FIN'],
      ['sent', 'acknowledgment in answer to an unacceptable segment (3.10.7.4, first)'],
    ]);
    // 2 MSL anew; and the same with the last of its text.
    await peer.wait(59_999);
    peer.say({ flags: 'FIN,ACK', seq: fin - 3, text: 'end' });
    await peer.wait(59_999);
    expect(peer.state).toBe('TIME-WAIT');
    await peer.wait(1);
    expect(peer.stack.connections.size).toBe(0);
  });

  it('MUST-13: lasts for two MSL, and the other end, which closed second, has none', async () => {
    for (const mslMs of [30_000, 120_000]) {
      const peer = await new Peer({ stack: { mslMs } }).timeWait();
      await peer.wait(2 * mslMs - 1);
      expect(peer.state).toBe('TIME-WAIT');
      await peer.wait(1);
      expect(peer.stack.connections.size).toBe(0);
    }
    const second = await new Peer().lastAck();
    second.say();
    expect(second.stack.connections.size).toBe(0);
  });
});

/** What a SYN does to a TIME-WAIT whose listener would take it. `oldest` is below everything of the old connection. */
async function reopened(options: PeerOptions, syn: (peer: Peer) => Say): Promise<boolean> {
  const peer = await new Peer({ stackChoosesIss: true, ...options }).timeWait();
  peer.listen();
  const old = peer.stackIss + peer.expected;
  peer.say({ flags: 'SYN', ...syn(peer) });
  if (currentState(peer) === 'TIME-WAIT') return false;
  peer.expect({ flags: 'SYN,ACK', seq: 0 });
  expect((peer.stackIss - old) | 0).toBeGreaterThan(0);
  return true;
}

const TIMESTAMPS: PeerOptions = { syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 } } };
const PLAIN: PeerOptions = { syn: { mss: 1_460 } };

/** The old connection's last timestamp is the clock's, from 1,000 on. */
const stamped = (peer: Peer, ahead: number): Say => ({
  options: { timestamps: { value: Math.floor(peer.clock.now()) + 1_000 + ahead, echo: 0 } },
});

describe('a SYN in TIME-WAIT', () => {
  it('MAY-2: opens the connection again if it lies beyond the old one’s last number, else TIME-WAIT goes on', async () => {
    expect(await reopened(PLAIN, ({ nxt }) => ({ seq: nxt + 1 }))).toBe(true);
    expect(await reopened(PLAIN, ({ nxt }) => ({ seq: nxt }))).toBe(false);
    expect(await reopened(PLAIN, ({ nxt }) => ({ seq: nxt - 1_000 }))).toBe(false);
  });

  it('SHLD-4, R6191-1: with a later timestamp opens it whatever its sequence number', async () => {
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: 0, ...stamped(peer, 1) }))).toBe(true);
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: peer.nxt + 1, ...stamped(peer, -1) }))).toBe(false);
  });

  it('R6191-2: with the same timestamp opens it beyond the last number only', async () => {
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: peer.nxt + 1, ...stamped(peer, 0) }))).toBe(true);
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: peer.nxt, ...stamped(peer, 0) }))).toBe(false);
  });

  it('R6191-3: without the timestamps that the old one had opens it beyond the last number only', async () => {
    const none = { options: { timestamps: undefined } };
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: peer.nxt + 1, ...none }))).toBe(true);
    expect(await reopened(TIMESTAMPS, (peer) => ({ seq: peer.nxt, ...none }))).toBe(false);
  });

  it('R6191-4: with timestamps that the old one did not have opens it whatever its number, if they are wanted', async () => {
    expect(await reopened(PLAIN, (peer) => ({ seq: 0, ...stamped(peer, 0) }))).toBe(true);
    const unwanted = { ...PLAIN, stack: { timestamps: false } };
    expect(await reopened(unwanted, (peer) => ({ seq: peer.nxt, ...stamped(peer, 0) }))).toBe(false);
    expect(await reopened(unwanted, (peer) => ({ seq: peer.nxt + 1, ...stamped(peer, 0) }))).toBe(true);
  });
});

/** TIME-WAIT ended by a SYN beyond the last number of the old connection: SYN-RECEIVED. */
async function taken(options: PeerOptions = PLAIN): Promise<{ peer: Peer; fin: number; old: number }> {
  const peer = await new Peer({ stackChoosesIss: true, ...options }).timeWait();
  peer.listen(options.listen);
  const fin = peer.nxt - 1;
  const old = (peer.stackIss + peer.expected) >>> 0;
  peer.say({ flags: 'SYN', seq: peer.nxt + 1_000 });
  peer.expect({ flags: 'SYN,ACK', seq: 0, ack: fin + 1_002 });
  expect([currentState(peer), peer.listener?.halfOpen]).toEqual(['SYN-RECEIVED', 1]);
  return { peer, fin, old };
}

describe('a SYN that ended TIME-WAIT and was an old duplicate', () => {
  it('MAY-2: is reset by whom it names, and TIME-WAIT goes on where it was, for two MSL', async () => {
    const { peer, fin, old } = await taken();
    await peer.wait(500);
    peer.say({ flags: 'RST', seq: fin + 1_002 });
    peer.expectSilence();
    expect([currentState(peer), peer.listener?.halfOpen, peer.stack.connections.size]).toEqual([
      'TIME-WAIT',
      0,
      1,
    ]);
    // It answers the old connection's FIN with the old connection's numbers, and 2 MSL start anew.
    await peer.wait(40_000);
    peer.say({ flags: 'FIN,ACK', seq: fin, ack: peer.expected });
    const answer = peer.expect({ flags: 'ACK', ack: fin + 1, length: 0 });
    expect((answer.seq + peer.stackIss) >>> 0).toBe(old);
    await peer.wait(59_999);
    expect(currentState(peer)).toBe('TIME-WAIT');
    await peer.wait(1);
    expect(peer.stack.connections.size).toBe(0);
  });

  it('MAY-2: leaves no timer behind, and the next SYN opens the connection all the same', async () => {
    const { peer, fin, old } = await taken();
    peer.say({ flags: 'RST', seq: fin + 1_002 });
    await peer.wait(10_000);
    peer.expectSilence();
    peer.nxt = fin + 5_000;
    peer.say({ flags: 'SYN' });
    peer.expect({ flags: 'SYN,ACK', seq: 0, ack: fin + 5_001 });
    expect((peer.stackIss - old) | 0).toBeGreaterThan(0);
    peer.say({ seq: fin + 5_001, ack: 1 });
    const connection = await peer.listener!.accept();
    expect(connection?.state).toBe('ESTABLISHED');
  });

  it('is not shown to be one by a RST that is not exact, nor once it is answered', async () => {
    const { peer, fin } = await taken();
    peer.say({ flags: 'RST', seq: fin + 1_003 });
    peer.expect({ flags: 'ACK', ack: fin + 1_002 });
    expect(currentState(peer)).toBe('SYN-RECEIVED');
    peer.say({ seq: fin + 1_002, ack: 1 });
    const connection = await peer.listener!.accept();
    expect(connection?.state).toBe('ESTABLISHED');
    peer.say({ flags: 'RST', seq: fin + 1_002 });
    expect((await connection?.closed)?.how).toBe('reset');
    expect(peer.stack.connections.size).toBe(0);
  });

  it('is not of the listener any more, which may be closed', async () => {
    const { peer, fin } = await taken();
    peer.say({ flags: 'RST', seq: fin + 1_002 });
    await peer.listener?.close();
    expect(currentState(peer)).toBe('TIME-WAIT');
    await peer.wait(60_000);
    expect(peer.stack.connections.size).toBe(0);
    expect(peer.counters['connections.crashed']).toBeUndefined();
  });

  it('MAY-2: is dropped by a listener that has no place for it, and TIME-WAIT goes on; it may come again', async () => {
    for (const [listen, reason] of [
      [{ halfOpenBacklog: 1 }, 'drop.listen.half-open-full'],
      [{ backlog: 1 }, 'drop.listen.accept-queue-full'],
    ] as const) {
      const peer = await new Peer({ stackChoosesIss: true, ...PLAIN }).timeWait();
      const { connection } = peer;
      let closed = false;
      void connection.closed.then(() => {
        closed = true;
      });
      peer.listen(listen);
      const { nxt, stackIss } = peer;
      peer.say({ flags: 'SYN', seq: 0, srcPort: 9 });
      peer.expect({ flags: 'SYN,ACK', dstPort: 9 });
      if ('backlog' in listen) {
        peer.say({ seq: 1, ack: 1, srcPort: 9 });
        expect(peer.listener?.acceptQueue).toBe(1);
      }
      peer.port = 54_321;
      peer.say({ flags: 'SYN', seq: nxt + 1_000 });
      peer.expectSilence();
      await peer.settle();
      expect([connection.state, closed, peer.counters[reason]]).toEqual(['TIME-WAIT', false, 1]);
      // One that TIME-WAIT refuses anyway is told so, place or no place.
      peer.stackIss = stackIss;
      peer.say({ flags: 'SYN', seq: nxt });
      peer.expect({ flags: 'ACK', ack: nxt });
      // There is a place.
      if ('backlog' in listen) expect(await peer.listener!.accept()).toBeTruthy();
      else peer.say({ flags: 'RST', seq: 1, srcPort: 9 });
      peer.say({ flags: 'SYN', seq: nxt + 1_000 });
      peer.expect({ flags: 'SYN,ACK', ack: nxt + 1_001 });
      await peer.settle();
      expect(closed).toBe(true);
    }
  });
});
