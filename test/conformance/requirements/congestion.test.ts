import { describe, expect, it } from 'vitest';
import { Peer, type PeerOptions } from '../../support/peer.ts';

const MSS = 1_000;

/** A sender in slow start with its initial window on the way: segments of 1,000 octets, numbered from 0. */
async function sender(segments: number, options: PeerOptions = {}): Promise<Peer> {
  const stack = { congestionControl: 'reno', ...options.stack };
  const peer = new Peer({ syn: { mss: MSS }, ...options, stack }).establish();
  void peer.connection.write(new Uint8Array(segments * MSS)).catch(() => {});
  await peer.settle();
  return peer;
}

const numbers = (peer: Peer): number[] => peer.heard().map(({ seq }) => (seq - 1) / MSS);
const ackOf = (segment: number): { ack: number } => ({ ack: 1 + segment * MSS });

describe('the congestion window', () => {
  it('R6928-1: begins with min(10 MSS, max(2 MSS, 14,600))', async () => {
    for (const [mss, mtu, initial] of [
      [536, 1_500, 5_360],
      [1_000, 1_500, 10_000],
      [1_460, 1_500, 14_600],
      [8_960, 9_000, 17_920],
    ] as const) {
      const peer = new Peer({ syn: { mss }, mtu }).establish();
      expect(peer.connection.info().cwnd).toBe(initial);
    }
  });

  it('R6928-2: begins with one segment if the SYN went more than once again, and with ten if it went once', () => {
    for (const [timeoutsMs, segments] of [
      [[1_000], 10],
      [[1_000, 2_000], 1],
      [[1_000, 2_000, 4_000], 1],
    ] as const) {
      const peer = new Peer({ syn: { mss: MSS } }).synSent();
      for (const timeoutMs of timeoutsMs) {
        peer.after(timeoutMs);
        peer.expect({ flags: 'SYN' });
      }
      peer.say({ flags: 'SYN,ACK' });
      expect(peer.connection.info().cwnd).toBe(segments * MSS);
    }
  });

  it('R6928-5: is there to be watched, with what was retransmitted', async () => {
    const peer = await sender(20);
    peer.after(1_000);
    expect(peer.connection.info()).toMatchObject({ cwnd: MSS, ssthresh: 5_000, backoff: 2 });
    expect(peer.connection.info().retransmissions).toBeGreaterThan(0);
    expect(peer.connection.info().bytesRetransmitted).toBeGreaterThan(0);
  });

  it('R5681-4: grows in slow start by what an ACK acknowledges, two segments at most', async () => {
    const peer = await sender(100);
    peer.heard();
    peer.say(ackOf(1));
    expect(peer.connection.info().cwnd).toBe(11_000);
    peer.say(ackOf(3));
    expect(peer.connection.info().cwnd).toBe(13_000);
    peer.say(ackOf(10));
    expect(peer.connection.info().cwnd).toBe(15_000);
  });
});

describe('loss recovery', () => {
  it('R3042-1, R3042-2: sends a new segment for each of the first two duplicate ACKs, and leaves cwnd alone', async () => {
    const peer = await sender(30);
    expect(numbers(peer)).toHaveLength(10);
    peer.say(ackOf(0));
    expect(numbers(peer)).toEqual([10]);
    peer.say(ackOf(0));
    expect(numbers(peer)).toEqual([11]);
    expect(peer.connection.info().cwnd).toBe(10_000);
  });

  it('R3042-1: sends none beyond the peer’s window', async () => {
    const peer = await sender(30, { wnd: 10_000 });
    numbers(peer);
    peer.say(ackOf(0));
    peer.say(ackOf(0));
    peer.expectSilence();
  });

  it('R6582-1: begins anew only when more than `recover` is acknowledged', async () => {
    const peer = await sender(40);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say(ackOf(0));
    expect(numbers(peer)).toEqual([10, 11, 0]);
    // A timeout in between: what is acknowledged afterwards lies below `recover`, and so starts nothing.
    peer.after(3_000);
    numbers(peer);
    peer.say(ackOf(1));
    numbers(peer);
    const { ssthresh } = peer.connection.info();
    for (let i = 0; i < 3; i++) peer.say(ackOf(1));
    expect(peer.connection.info().ssthresh).toBe(ssthresh);
    expect(numbers(peer).filter((number) => number === 1)).toEqual([]);
  });

  it('R6582-1: begins nothing for duplicates of the ACK that ended it, and anew beyond that', async () => {
    const peer = await sender(60);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say(ackOf(0));
    expect(numbers(peer)).toEqual([10, 11, 0]);
    const { ssthresh } = peer.connection.info();
    // `recover` is 12: what was sent when recovery began.
    peer.say(ackOf(12));
    numbers(peer);
    for (let i = 0; i < 5; i++) peer.say(ackOf(12));
    expect(numbers(peer)).not.toContain(12);
    expect(peer.connection.info()).toMatchObject({ ssthresh, retransmissions: 1 });
    peer.say(ackOf(13));
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say(ackOf(13));
    expect(numbers(peer)).toContain(13);
    expect(peer.connection.info().retransmissions).toBe(2);
  });

  it('R6582-2: ends with the ACK of all that was on its way, and cwnd at ssthresh or below', async () => {
    const peer = await sender(60);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say(ackOf(0));
    numbers(peer);
    const { ssthresh } = peer.connection.info();
    expect(ssthresh).toBeGreaterThanOrEqual(5_000);
    expect(ssthresh).toBeLessThanOrEqual(6_000);
    peer.say(ackOf(12));
    const { cwnd, snd } = peer.connection.info();
    expect(cwnd).toBeLessThanOrEqual(ssthresh + MSS);
    expect(snd.nxt - snd.una).toBeLessThanOrEqual(ssthresh + MSS);
    peer.say(ackOf(13));
    expect(peer.connection.info().ssthresh).toBe(ssthresh);
  });

  it('R6582-3: answers a partial ACK with the next hole, and goes on', async () => {
    const peer = await sender(60);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say(ackOf(0));
    numbers(peer);
    const before = peer.connection.info().ssthresh;
    peer.say(ackOf(4));
    expect(numbers(peer)[0]).toBe(4);
    peer.say(ackOf(7));
    expect(numbers(peer)[0]).toBe(7);
    // Still the same recovery: ssthresh is cut once.
    expect(peer.connection.info().ssthresh).toBe(before);
  });

  it('R6582-3: deflates the window by what a partial ACK acknowledges, and adds one segment', async () => {
    const peer = await sender(60);
    numbers(peer);
    for (let i = 0; i < 11; i++) peer.say(ackOf(0));
    // ssthresh is 5 segments, and 11 duplicates make 16 of them.
    expect(numbers(peer)).toEqual([10, 11, 0, 12, 13, 14, 15]);
    // Four are acknowledged: 5 + 11 − 4 + 1 = 13 from segment 4 on.
    peer.say(ackOf(4));
    expect(numbers(peer)).toEqual([4, 16]);
    // Less than a segment adds none: 13 − ½, and 12 are out.
    peer.say({ ack: 4_501 });
    expect(peer.heard().map(({ seq }) => seq)).toEqual([4_501]);
  });
});

describe('text that waits for its acknowledgment', () => {
  it('R2018-6: is kept although the peer has reported it, and is sent again when the peer reneges', async () => {
    const peer = await sender(5, { syn: { mss: MSS, sackPermitted: true } });
    numbers(peer);
    const first = 5_001;
    peer.say({ ack: 1, options: { sack: [{ left: first + MSS, right: first + 5 * MSS }] } });
    expect(peer.connection.info().snd.queued).toBe(5 * MSS);
    // All of it is forgotten at the other end.
    const again = new Set<number>();
    for (let i = 0; i < 8; i++) {
      peer.after(1_000);
      for (const number of numbers(peer)) {
        again.add(number);
        if (number === Math.max(...again)) peer.say(ackOf(number + 1));
      }
    }
    expect([...again].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it('R2018-7: goes again from its left edge after a timeout, whatever was reported before', async () => {
    const peer = await sender(5, { syn: { mss: MSS, sackPermitted: true } });
    numbers(peer);
    peer.say({ ack: 1, options: { sack: [{ left: 5_001, right: 5_001 + 5 * MSS }] } });
    peer.after(1_000);
    expect(numbers(peer)[0]).toBe(0);
  });
});
