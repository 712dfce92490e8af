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
    later.expect({ flags: 'RST,ACK', seq: 2 });
    expect(later.connection.state).toBe('CLOSED');
  });
});

describe('TIME-WAIT', () => {
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
