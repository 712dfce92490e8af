import { describe, expect, it } from 'vitest';
import { NO_OPTIONS } from '../../../src/wire/index.ts';
import { Peer, type PeerOptions, pattern } from '../../support/peer.ts';

const MSS = 1_000;

/** A sender with 1,000-octet segments, no Nagle, and a peer with a window that is never in the way. */
async function sender(octets: number, options: PeerOptions = {}): Promise<Peer> {
  const peer = new Peer({
    ...options,
    syn: { mss: MSS, windowScale: 7, ...options.syn },
    wnd: 30_000,
    stack: { noDelay: true, rtoMinMs: 1_000, congestionControl: 'reno', ...options.stack },
  }).establish();
  // The window of a SYN is not scaled: only now it is as wide as it will be.
  peer.say();
  if (octets > 0) {
    await peer.connection.write(pattern(1, octets));
    peer.after(0);
  }
  return peer;
}

/** Which segments went out, by number: the first one is 0. */
function numbers(peer: Peer): number[] {
  return peer
    .heard()
    .filter(({ length }) => length > 0)
    .map(({ seq }) => (seq - 1) / MSS);
}

/** Acknowledges all that comes, until `enough`. */
function acknowledgeUntil(peer: Peer, enough: () => boolean): void {
  for (let acks = 0; !enough(); acks++) {
    if (acks > 1_000) throw new Error(`no end of it: ${JSON.stringify(peer.connection.info())}`);
    peer.say({ ack: peer.expected });
  }
}

const allAcknowledged = (peer: Peer) => () => peer.connection.info().snd.queued === 0;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const ack = (segments: number) => 1 + segments * MSS;

describe('slow start', () => {
  it('begins with ten segments (RFC 6928)', async () => {
    expect(numbers(await sender(100_000))).toEqual(range(0, 10));
  });

  it('begins with 14,600 octets where ten segments would be more', async () => {
    const peer = await sender(0, { syn: { mss: 4_000 }, mtu: 9_000 });
    expect(peer.connection.info().cwnd).toBe(14_600);
  });

  it('begins with one segment after a SYN that was lost twice (R5681-3)', async () => {
    const peer = new Peer({ syn: { mss: MSS }, stack: { noDelay: true } }).synSent();
    peer.after(1_000);
    peer.expect({ flags: 'SYN', seq: 0 });
    peer.after(2_000);
    peer.expect({ flags: 'SYN', seq: 0 });
    peer.say({ flags: 'SYN,ACK' });
    await peer.connection.write(pattern(1, 10_000));
    peer.after(0);
    expect(numbers(peer)).toEqual([0]);
  });

  it('grows by no more than what an ACK covers, two segments at most (RFC 3465)', async () => {
    const peer = await sender(100_000);
    peer.say({ ack: ack(1) });
    expect(peer.connection.info().cwnd).toBe(11 * MSS);
    peer.say({ ack: ack(3) });
    expect(peer.connection.info().cwnd).toBe(13 * MSS);
    peer.say({ ack: ack(9) });
    expect(peer.connection.info().cwnd).toBe(15 * MSS);
  });

  it('does not grow a window that is not used', async () => {
    const peer = await sender(3_000);
    peer.say({ ack: ack(3) });
    expect(peer.connection.info().cwnd).toBe(10 * MSS);
  });

  it('never sends beyond the smaller of cwnd and the window (R5681-1)', async () => {
    const peer = new Peer({ syn: { mss: MSS }, wnd: 4_500, stack: { noDelay: true } }).establish();
    await peer.connection.write(pattern(1, 100_000));
    peer.after(0);
    for (const { seq, length } of peer.heard()) expect(seq + length).toBeLessThanOrEqual(4_501);
  });
});

describe('three duplicate ACKs', () => {
  it('bring out the lost segment, and not one duplicate earlier', async () => {
    const peer = await sender(100_000);
    peer.say({ ack: ack(5) });
    numbers(peer);
    peer.say({ ack: ack(5) });
    peer.say({ ack: ack(5) });
    // Limited transmit (RFC 3042): new text for the first two, and cwnd stays (R3042-2).
    const cwnd = peer.connection.info().cwnd;
    expect(numbers(peer)).toEqual([17, 18]);
    expect(peer.connection.info().cwnd).toBe(cwnd);
    peer.say({ ack: ack(5) });
    expect(numbers(peer)[0]).toBe(5);
  });

  it('bring out the very first segment of a connection, without SACK too', async () => {
    const peer = await sender(10_000);
    numbers(peer);
    for (let i = 0; i < 2; i++) peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([]);
    peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([0]);
  });

  it('halve the flight: ssthresh is FlightSize / 2, at least two segments (R5681-8)', async () => {
    const peer = await sender(10_000);
    for (let i = 0; i < 3; i++) peer.say({ ack: 1 });
    expect(peer.connection.info().ssthresh).toBe(5 * MSS);
    const small = await sender(3_000);
    for (let i = 0; i < 3; i++) small.say({ ack: 1 });
    expect(small.connection.info().ssthresh).toBe(2 * MSS);
  });

  it('are no duplicates when they carry text, a new window, or nothing is outstanding', async () => {
    const peer = await sender(10_000);
    numbers(peer);
    for (let i = 0; i < 4; i++) peer.say({ ack: 1, text: 'x' });
    for (let i = 0; i < 4; i++) peer.say({ ack: 1, wnd: 20_000 + i });
    expect(numbers(peer)).toEqual([]);
    peer.say({ ack: ack(10) });
    for (let i = 0; i < 4; i++) peer.say({ ack: ack(10) });
    expect(numbers(peer)).toEqual([]);
    expect(peer.connection.info().retransmissions).toBe(0);
  });

  it('R5681-8: inflate the window by a segment each, and the end of recovery takes that back', async () => {
    const peer = await sender(100_000);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say({ ack: 1 });
    // Limited transmit sent 10 and 11, which do not count for ssthresh: it is 5, inflated to 8, and with 12 out nothing new fits.
    expect(numbers(peer)).toEqual([10, 11, 0]);
    expect(peer.connection.info().ssthresh).toBe(5 * MSS);
    for (let i = 0; i < 4; i++) peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([]);
    peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([12]);
    peer.say({ ack: ack(13) });
    // R6582-2: min(ssthresh, max(FlightSize, SMSS) + SMSS), with nothing in flight.
    expect(peer.connection.info().cwnd).toBe(2 * MSS);
    expect(numbers(peer)).toEqual([13, 14]);
  });
});

describe('a partial ACK in fast recovery (RFC 6582)', () => {
  it('brings out the next hole at once, and recovery goes on', async () => {
    const peer = await sender(10_000);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([0]);
    peer.say({ ack: ack(4) });
    expect(numbers(peer)).toEqual([4]);
    peer.say({ ack: ack(7) });
    expect(numbers(peer)).toEqual([7]);
    peer.say({ ack: ack(10) });
    expect(numbers(peer)).toEqual([]);
    expect(peer.connection.info().cwnd).toBe(2 * MSS);
  });

  it('does not let the timer expire while there is progress (R6582-4)', async () => {
    const peer = await sender(10_000);
    numbers(peer);
    for (let i = 0; i < 3; i++) peer.say({ ack: 1 });
    numbers(peer);
    for (const segments of [2, 4, 6, 8]) {
      peer.after(900);
      peer.say({ ack: ack(segments) });
      expect(numbers(peer)).toEqual([segments]);
    }
  });
});

describe('the retransmission timeout', () => {
  it('cuts cwnd to one segment and sends from the first one on, as slow start allows (R5681-6)', async () => {
    const peer = await sender(10_000);
    numbers(peer);
    peer.after(1_000);
    expect(numbers(peer)).toEqual([0]);
    expect(peer.connection.info()).toMatchObject({ cwnd: MSS, ssthresh: 5 * MSS });
    peer.say({ ack: ack(1) });
    expect(numbers(peer)).toEqual([1, 2]);
    peer.say({ ack: ack(10) });
    expect(numbers(peer)).toEqual([]);
  });

  it('is followed by a slow start of one segment an ACK at most, and not two (RFC 3465)', async () => {
    const peer = await sender(10_000);
    peer.after(1_000);
    peer.say({ ack: ack(4) });
    expect(peer.connection.info().cwnd).toBe(2 * MSS);
  });

  it('keeps ssthresh when the same segment times out again', async () => {
    const peer = await sender(10_000);
    peer.after(1_000);
    peer.after(2_000);
    expect(peer.connection.info()).toMatchObject({ cwnd: MSS, ssthresh: 5 * MSS, backoff: 2 });
  });

  it('cuts ssthresh anew for another segment, without timestamps too (R5681-6)', async () => {
    const peer = await sender(10_000);
    peer.after(1_000);
    numbers(peer);
    // Karn: what was sent twice is no sample, so the back-off stays. That says nothing of the segments that follow.
    peer.say({ ack: ack(10) });
    await peer.connection.write(pattern(ack(10), 10_000));
    peer.after(0);
    const { cwnd } = peer.connection.info();
    const flight = peer.connection.info().snd.nxt - peer.connection.info().snd.una;
    expect(flight).toBeLessThanOrEqual(cwnd);
    expect(flight).toBeGreaterThan(0);
    peer.after(10_000);
    expect(peer.connection.info().ssthresh).toBe(Math.max(flight / 2, 2 * MSS));
  });

  it('leads to no fast retransmission of what it sends again (R6582-5)', async () => {
    const peer = await sender(10_000);
    peer.after(1_000);
    numbers(peer);
    for (let i = 0; i < 6; i++) peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([]);
    expect(peer.connection.info().cwnd).toBe(MSS);
  });
});

describe('congestion avoidance', () => {
  it('grows by one segment in a round trip (R5681-5)', async () => {
    const peer = await sender(200_000, { stack: { sendBuffer: 400_000 } });
    for (let i = 0; i < 3; i++) peer.say({ ack: 1 });
    peer.say({ ack: peer.expected });
    // Until ssthresh slow start goes on; from there it is one segment for each window.
    acknowledgeUntil(peer, () => peer.connection.info().cwnd >= peer.connection.info().ssthresh);
    for (let round = 0; round < 5; round++) {
      const before = peer.connection.info().cwnd;
      const from = peer.connection.info().snd.una - peer.stackIss;
      const to = peer.connection.info().snd.nxt - peer.stackIss;
      for (let at = from + MSS; at <= to; at += MSS) peer.say({ ack: at });
      expect(peer.connection.info().cwnd - before).toBeLessThanOrEqual(MSS);
    }
    expect(peer.connection.info().cwnd).toBeGreaterThan(peer.connection.info().ssthresh);
  });
});

describe('an idle time of more than an RTO', () => {
  it('brings cwnd back to the initial window (R5681-9)', async () => {
    const peer = await sender(100_000);
    acknowledgeUntil(peer, allAcknowledged(peer));
    expect(peer.connection.info().cwnd).toBeGreaterThan(20 * MSS);
    peer.after(10_000);
    numbers(peer);
    await peer.connection.write(pattern(100_001, 50_000));
    peer.after(0);
    expect(numbers(peer).length).toBe(10);
  });

  it('counts from what was sent, not from what was heard: a request does not make us burst', async () => {
    const peer = await sender(100_000);
    acknowledgeUntil(peer, allAcknowledged(peer));
    peer.after(10_000);
    peer.say({ text: 'GET /' });
    numbers(peer);
    await peer.connection.write(pattern(100_001, 50_000));
    peer.after(0);
    expect(numbers(peer).length).toBe(10);
  });

  it('changes nothing where the user will have no restart', async () => {
    const peer = await sender(100_000, { stack: { restartAfterIdle: false } });
    acknowledgeUntil(peer, allAcknowledged(peer));
    const { cwnd } = peer.connection.info();
    peer.after(10_000);
    await peer.connection.write(pattern(100_001, 50_000));
    expect(peer.connection.info().cwnd).toBe(cwnd);
  });

  it('that was shorter changes nothing', async () => {
    const peer = await sender(100_000);
    acknowledgeUntil(peer, allAcknowledged(peer));
    const { cwnd } = peer.connection.info();
    peer.after(900);
    await peer.connection.write(pattern(100_001, 1_000));
    expect(peer.connection.info().cwnd).toBe(cwnd);
  });
});

describe('duplicate ACKs with SACK agreed on', () => {
  const sack = { sackPermitted: true };

  it('count only if they report something (R3042-3)', async () => {
    const peer = await sender(10_000, { syn: sack });
    numbers(peer);
    for (let i = 0; i < 5; i++) peer.say({ ack: 1 });
    expect(numbers(peer)).toEqual([]);
    const block = { left: peer.stackIss + ack(1), right: peer.stackIss + ack(2) };
    for (let i = 0; i < 3; i++) peer.say({ ack: 1, options: { ...NO_OPTIONS, sack: [block] } });
    expect(numbers(peer)).toEqual([0]);
  });
});
