import { describe, expect, it } from 'vitest';
import { Peer, type PeerOptions, type Say } from '../../support/peer.ts';

const BOTH: PeerOptions = { syn: { mss: 1_460, timestamps: { value: 1_000, echo: 0 }, windowScale: 7 } };

const stamped = (value: number, echo = 0): Pick<Say, 'options'> => ({
  options: { timestamps: { value, echo } },
});

/** A connection whose clock stands at 0 and whose peer's last timestamp is 1,000. */
const established = (options: PeerOptions = {}): Peer => new Peer({ ...BOTH, ...options }).establish();

describe('window scaling', () => {
  it('R7323-1: is on if both SYNs have the option, and is offered in answer to an offer alone', () => {
    for (const [syn, expected] of [
      [BOTH.syn!, true],
      [{ mss: 1_460 }, false],
    ] as const) {
      const passive = new Peer({ syn }).listen();
      passive.say({ flags: 'SYN', seq: 0 });
      expect(passive.expect({ flags: 'SYN,ACK' }).options.windowScale !== undefined).toBe(expected);
      const { options } = new Peer({ syn }).establish().connection.info();
      expect(options.sndShift !== undefined).toBe(expected);
      expect(options.rcvShift !== undefined).toBe(expected);
    }
    const unwanted = new Peer({ ...BOTH, stack: { windowScaling: false } }).establish();
    expect(unwanted.connection.info().options.sndShift).toBeUndefined();
  });

  it('R7323-2: leaves the window of a SYN alone, and is not looked at elsewhere', () => {
    const peer = new Peer({ ...BOTH, wnd: 1_000 }).synSent();
    peer.timestamps = true;
    peer.say({ flags: 'SYN,ACK', wnd: 1_000, ...stamped(1_000) });
    expect(peer.connection.info().snd.wnd).toBe(1_000);
    peer.say({ wnd: 1_000 });
    expect(peer.connection.info().snd.wnd).toBe(128_000);
    peer.say({ wnd: 1_000, options: { windowScale: 2, timestamps: { value: 1_000, echo: 0 } } });
    expect(peer.connection.info().snd.wnd).toBe(128_000);
    const passive = new Peer({ ...BOTH, stack: { receiveBuffer: 1_000_000 } }).listen();
    passive.say({ flags: 'SYN', seq: 0 });
    expect(passive.expect({ flags: 'SYN,ACK' }).wnd).toBe(65_535);
  });

  it('R7323-3: is by 14 at most, whatever arrives', async () => {
    const peer = new Peer({ syn: { mss: 1_460, windowScale: 200 } }).establish();
    peer.say({ wnd: 10 });
    expect(peer.connection.info().snd.wnd).toBe(10 * 2 ** 14);
    const own = new Peer({ ...BOTH, stack: { receiveBuffer: 2 ** 30 } }).establish();
    expect(own.connection.info().options.rcvShift).toBe(14);
  });

  it('R7323-4: shifts windows to the left that come, and to the right that go', async () => {
    const peer = established({ stack: { receiveBuffer: 1_000_000 } });
    peer.say({ wnd: 500, text: 'x' });
    expect(peer.connection.info().snd.wnd).toBe(500 * 128);
    await peer.wait(499);
    const { wnd } = peer.expect({ flags: 'ACK' });
    expect(peer.connection.info().options.rcvShift).toBe(4);
    expect(wnd * 16).toBeLessThanOrEqual(1_000_000);
    expect(wnd * 16).toBeGreaterThan(1_000_000 - 1_460 - 16);
  });

  it('R7323-5: never takes back what was offered, though the window is told in steps', async () => {
    const peer = established({ stack: { receiveBuffer: 1_000_000 } });
    peer.say({ text: 'x' });
    await peer.wait(499);
    let { ack = 0, wnd } = peer.expect({ flags: 'ACK' });
    const edge = ack + wnd * 16;
    for (let i = 0; i < 40; i++) {
      peer.say({ text: 7 });
      await peer.wait(499);
      ({ ack = 0, wnd } = peer.expect({ flags: 'ACK' }));
      // The field is rounded down by less than a step; the receiver still takes all that it had offered.
      expect(ack + wnd * 16).toBeGreaterThan(edge - 16);
      expect(ack + peer.connection.info().rcv.wnd).toBeGreaterThanOrEqual(edge);
    }
  });
});

describe('timestamps', () => {
  it('R7323-6: are on every segment once both SYNs had them, a RST of our own included', async () => {
    const peer = established();
    void peer.connection.write(new Uint8Array(3_000));
    await peer.settle();
    peer.say({ text: 'x' });
    peer.say({ seq: -9, text: 'y' });
    void peer.connection.shutdown().catch(() => {});
    await peer.settle();
    peer.connection.abort();
    await peer.settle();
    const heard = peer.heard();
    expect(heard.length).toBeGreaterThan(4);
    expect(heard.at(-1)?.flags).toBe('RST,ACK');
    expect(heard.filter(({ options }) => options.timestamps === undefined)).toEqual([]);
    const none = new Peer({ syn: { mss: 1_460 } }).establish();
    none.say({ seq: -9, text: 'y' });
    expect(none.expect({ flags: 'ACK' }).options.timestamps).toBeUndefined();
  });

  it('R7323-7: echo the peer’s, and 0 in a segment without ACK', () => {
    const syn = new Peer(BOTH);
    syn.stack.open({ host: '198.18.0.2', port: 1 });
    syn.after(0);
    expect(syn.expect({ flags: 'SYN' }).options.timestamps?.echo).toBe(0);
    const peer = established();
    peer.say({ seq: 1, ...stamped(1_234), flags: 'FIN,ACK' });
    expect(peer.expect({ flags: 'ACK' }).options.timestamps?.echo).toBe(1_234);
  });

  it('R7323-8: that are missing drop the segment in silence, but for a RST, and end nothing', () => {
    const peer = established();
    peer.say({ text: 'bare', bare: true });
    peer.say({ flags: 'FIN,ACK', bare: true });
    peer.expectSilence();
    expect(peer.connection.info().bytesReceived).toBe(0);
    expect(peer.state).toBe('ESTABLISHED');
    peer.say({ flags: 'RST', seq: 1, bare: true });
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('R7323-9: are echoed as of the earliest segment that is not acknowledged', async () => {
    const peer = established();
    peer.say({ seq: 1, text: 'a', ...stamped(1_010) });
    peer.say({ seq: 2, text: 'b', ...stamped(1_020) });
    await peer.wait(499);
    expect(peer.expect({ ack: 3 }).options.timestamps?.echo).toBe(1_010);
    // Out of order: the echo is still that of the last segment in order; then that of the one that fills the hole.
    peer.say({ seq: 4, text: 'd', ...stamped(1_040) });
    expect(peer.expect({ ack: 3 }).options.timestamps?.echo).toBe(1_010);
    peer.say({ seq: 3, text: 'c', ...stamped(1_030) });
    expect(peer.expect({ ack: 5 }).options.timestamps?.echo).toBe(1_030);
  });

  it('R7323-10: that are older than the last drop the segment, with an ACK, before its number is looked at', () => {
    const peer = established();
    for (const seq of [1, 5, -100, 2 ** 31]) {
      peer.say({ seq, text: 'old', ...stamped(999) });
      peer.expect({ flags: 'ACK', seq: 1, ack: 1, length: 0 });
    }
    expect(peer.connection.info().bytesReceived).toBe(0);
    peer.say({ seq: 1, text: 'new', ...stamped(1_000) });
    expect(peer.connection.info().bytesReceived).toBe(3);
  });

  it('R7323-10: wrap: one that is ahead by less than half of all is newer', () => {
    const peer = new Peer({
      syn: { mss: 1_460, timestamps: { value: 2 ** 32 - 5, echo: 0 } },
    }).synReceived();
    peer.say({ flags: 'ACK', ...stamped(2 ** 32 - 1) });
    peer.say({ text: 'new', ...stamped(3) });
    expect(peer.connection.info().bytesReceived).toBe(3);
    peer.say({ text: 'old', ...stamped(2 ** 32 - 2) });
    expect(peer.connection.info().bytesReceived).toBe(3);
  });

  it('R7323-11: of a RST are not looked at', () => {
    const peer = established();
    peer.say({ flags: 'RST', seq: 1, ...stamped(5) });
    expect(peer.connection.state).toBe('CLOSED');
  });

  it('R7323-12: tick once a millisecond, and never go back', async () => {
    const peer = established();
    let last: number | undefined;
    for (const ms of [1, 10, 1_000, 86_400_000]) {
      const before = peer.tsval!;
      await peer.wait(ms);
      peer.say({ seq: -9, text: 'y' });
      const { value } = peer.heard().at(-1)!.options.timestamps!;
      expect((value - before) >>> 0).toBe(ms);
      if (last !== undefined) expect((value - last) | 0).toBeGreaterThan(0);
      last = value;
    }
  });

  it('R7323-13: of the peer mean nothing any more after 24 idle days', async () => {
    const DAY = 86_400_000;
    const idle = established();
    await idle.wait(25 * DAY);
    idle.say({ seq: 1, text: 'new', ...stamped(5) });
    expect(idle.connection.info().bytesReceived).toBe(3);
    const fresh = established();
    await fresh.wait(23 * DAY);
    fresh.say({ seq: 1, text: 'old', ...stamped(5) });
    expect(fresh.connection.info().bytesReceived).toBe(0);
  });
});
