import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

async function write(peer: Peer, count: number): Promise<void> {
  void peer.connection.write(new Uint8Array(count));
  await peer.settle();
}

const lengths = (peer: Peer): number[] => peer.heard().map(({ length }) => length);

describe('text', () => {
  it('SHLD-7: that does not fill a segment waits while anything is unacknowledged', async () => {
    const peer = new Peer().establish();
    await write(peer, 10);
    await write(peer, 20);
    await write(peer, 30);
    expect(lengths(peer)).toEqual([10]);
    peer.say();
    expect(lengths(peer)).toEqual([50]);
  });

  it('MUST-17: does not wait with noDelay, from the start or from the call on', async () => {
    const peer = new Peer({ stack: { noDelay: true } }).establish();
    for (const count of [10, 20, 30]) await write(peer, count);
    expect(lengths(peer)).toEqual([10, 20, 30]);

    const later = new Peer().establish();
    for (const count of [10, 20]) await write(later, count);
    expect(lengths(later)).toEqual([10]);
    later.connection.set({ noDelay: true });
    await later.settle();
    expect(lengths(later)).toEqual([20]);
  });

  it('MUST-38: is not cut into crumbs by a window that opens a little at a time', async () => {
    const peer = new Peer({ wnd: 4_000, stack: { noDelay: true } }).establish();
    await write(peer, 20_000);
    const acked = lengths(peer).reduce((sum, count) => sum + count, 1);
    expect(acked).toBeGreaterThan(2 * 1_460);
    // All acknowledged, and 100 octets of room: less than a segment, and than half of the largest window.
    peer.say({ ack: acked, wnd: 100 });
    peer.expectSilence();
    peer.say({ ack: acked, wnd: 1_999 });
    expect(lengths(peer)).toEqual([1_460]);
  });

  it('R9293-14: goes as a full segment, or all of it, or half of the largest window, or when the override timer fires', async () => {
    const full = new Peer({ stack: { noDelay: true } }).establish();
    await write(full, 1_461);
    expect(lengths(full)).toEqual([1_460, 1]);

    for (const [wnd, sent] of [
      [500, [500]],
      [499, []],
    ] as const) {
      const half = new Peer({ wnd: 1_000 }).establish();
      half.say({ wnd });
      await write(half, 5_000);
      expect(lengths(half)).toEqual(sent);
      if (sent.length > 0) continue;
      await half.wait(99);
      half.expectSilence();
      await half.wait(901);
      expect(lengths(half)[0]).toBe(499);
    }
  });

  it('MUST-60: is never kept back for ever: what no acknowledgment lets go, the override timer does', async () => {
    const peer = new Peer({ wnd: 1_000 }).establish();
    peer.say({ wnd: 10 });
    await write(peer, 100);
    peer.expectSilence();
    await peer.wait(1_000);
    expect(lengths(peer)[0]).toBe(10);
  });

  it('MUST-61: carries PSH on the last segment of what is queued, and on no other', async () => {
    const peer = new Peer().establish();
    await write(peer, 3 * 1_460);
    expect(peer.heard().map(({ flags }) => flags)).toEqual(['ACK', 'ACK', 'PSH,ACK']);
  });

  it('SHLD-27, SHLD-28, MAY-16: of several SENDs is put together into segments as large as they may be', async () => {
    const peer = new Peer().establish();
    await write(peer, 1);
    for (let i = 0; i < 30; i++) await write(peer, 100);
    expect(lengths(peer)).toEqual([1, 1_460, 1_460]);
    peer.say();
    expect(lengths(peer)).toEqual([80]);
  });

  it('SHLD-28: is sent again together with what came behind it, in one segment as large as it may be', async () => {
    const peer = new Peer().establish();
    await write(peer, 100);
    for (let i = 0; i < 30; i++) await write(peer, 100);
    expect(lengths(peer)).toEqual([100, 1_460, 1_460]);
    await peer.wait(200);
    expect(lengths(peer)).toEqual([1_460]);

    // With what was never sent as well, for which Nagle's algorithm had waited.
    const small = new Peer().establish();
    await write(small, 100);
    await write(small, 500);
    expect(lengths(small)).toEqual([100]);
    await small.wait(200);
    expect(lengths(small)).toEqual([600]);
  });
});

describe('the user', () => {
  it('MUST-48, SHLD-22: sets the Diffserv field of every segment, handshake included', async () => {
    const seen: number[] = [];
    const peer = new Peer({ stack: { trafficClass: 0xb8 } });
    peer.stack.tap(({ kind, frame }) => {
      if (kind === 'sent') seen.push(frame[1]!);
    });
    peer.establish();
    await write(peer, 10);
    peer.connection.abort();
    await peer.settle();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(new Set(seen)).toEqual(new Set([0xb8]));
  });

  it('SHLD-21: may change it while the connection lasts', async () => {
    const peer = new Peer().establish();
    await write(peer, 10);
    expect(peer.expect({ length: 10 }).frame[1]).toBe(0);
    peer.connection.set({ trafficClass: 0x28 });
    peer.say();
    await write(peer, 20);
    expect(peer.expect({ length: 20 }).frame[1]).toBe(0x28);
  });

  it('MUST-49, R1122-3: sets the TTL of what is sent, which is never 0; a small one that arrives is no matter', async () => {
    for (const hopLimit of [1, 255]) {
      const peer = new Peer({ stack: { hopLimit } }).synSent();
      expect(peer.stack.connections.size).toBe(1);
      const frames: number[] = [];
      peer.stack.tap(({ kind, frame }) => {
        if (kind === 'sent') frames.push(frame[8]!);
      });
      await peer.wait(1_500);
      expect(new Set(frames)).toEqual(new Set([hopLimit]));
    }
    expect(() => new Peer({ stack: { hopLimit: 0 } })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    const defaults = new Peer();
    defaults.stack.open({ host: '198.18.0.2', port: 1 });
    defaults.after(0);
    expect(defaults.expect({ flags: 'SYN' }).frame[8]).toBe(64);
  });
});
