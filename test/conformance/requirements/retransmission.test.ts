import { describe, expect, it } from 'vitest';
import type { StackError } from '../../../src/index.ts';
import { type Heard, Peer, type PeerOptions } from '../../support/peer.ts';

async function write(peer: Peer, count: number): Promise<void> {
  void peer.connection.write(new Uint8Array(count)).catch(() => {});
  await peer.settle();
}

const times = (heard: readonly Heard[]): number[] => heard.map(({ timeMs }) => timeMs);

/** A connection whose handshake took `rttMs`, so that this is the first sample. */
function withRtt(rttMs: number, options: PeerOptions = {}): Peer {
  const peer = new Peer(options).synSent();
  peer.after(rttMs);
  peer.say({ flags: 'SYN,ACK' });
  peer.expect({ flags: 'ACK' });
  return peer;
}

describe('the retransmission timeout', () => {
  it('R6298-1: is a second before there is a sample', () => {
    const peer = new Peer().synSent();
    expect(peer.connection.info()).toMatchObject({ srttMs: undefined, rtoMs: 1_000 });
    peer.after(999);
    peer.expectSilence();
    peer.after(1);
    peer.expect({ flags: 'SYN' });
  });

  it('MUST-18, R6298-2: of the first sample R is R + max(G, 4 · R/2)', () => {
    for (const rttMs of [100, 500, 900])
      expect(withRtt(rttMs).connection.info()).toMatchObject({
        srttMs: rttMs,
        rttvarMs: rttMs / 2,
        rtoMs: 3 * rttMs,
      });
  });

  it('R6298-3, R6298-6: takes a sample in each round trip: RTTVAR by a quarter, then SRTT by an eighth', async () => {
    const peer = withRtt(400);
    let srtt = 400;
    let rttvar = 200;
    for (const sample of [100, 300, 50, 800]) {
      await write(peer, 10);
      peer.after(sample);
      peer.say();
      peer.heard();
      rttvar = 0.75 * rttvar + 0.25 * Math.abs(srtt - sample);
      srtt = 0.875 * srtt + 0.125 * sample;
      const info = peer.connection.info();
      expect(info.srttMs).toBeCloseTo(srtt, 6);
      expect(info.rttvarMs).toBeCloseTo(rttvar, 6);
      expect(info.rtoMs).toBeCloseTo(srtt + 4 * rttvar, 6);
    }
  });

  it('R6298-5: learns nothing from a segment that was sent twice', async () => {
    const peer = withRtt(100);
    const { srttMs, rttvarMs } = peer.connection.info();
    await write(peer, 10);
    peer.after(350);
    expect(peer.heard()).toHaveLength(2);
    peer.after(10);
    peer.say();
    expect(peer.connection.info()).toMatchObject({ srttMs, rttvarMs });
  });

  it('R6298-7, R6298-9, MUST-19: doubles with each expiry, and never lets a segment go again before it has passed', async () => {
    const peer = withRtt(100);
    await write(peer, 1_460);
    peer.after(20_000);
    const sent = peer.heard();
    expect(sent.every(({ seq }) => seq === 1)).toBe(true);
    const gaps = times(sent)
      .slice(1)
      .map((timeMs, i) => timeMs - sent[i]!.timeMs);
    expect(gaps.slice(0, 6)).toEqual([300, 600, 1_200, 2_400, 4_800, 9_600]);
  });

  it('R6298-8: stops when all is acknowledged, and starts anew with an ACK of new data', async () => {
    const peer = withRtt(100, { stack: { noDelay: true } });
    await write(peer, 10);
    peer.after(200);
    await write(peer, 10);
    peer.heard();
    // 250 ms after the first segment its ACK comes: the timer starts anew, and not from the second segment.
    peer.after(50);
    peer.say({ ack: 11 });
    const { rtoMs } = peer.connection.info();
    peer.after(rtoMs - 1);
    peer.expectSilence();
    peer.after(1);
    peer.expect({ seq: 11, length: 10 });
    peer.say({ ack: 21 });
    peer.after(60_000);
    peer.expectSilence();
  });

  it('R6298-10: is three seconds for text if the SYN had to be sent again', async () => {
    const peer = new Peer().synSent();
    peer.after(1_000);
    peer.expect({ flags: 'SYN' });
    peer.say({ flags: 'SYN,ACK' });
    peer.expect({ flags: 'ACK' });
    expect(peer.connection.info().rtoMs).toBe(3_000);
    await write(peer, 10);
    peer.heard();
    peer.after(2_999);
    peer.expectSilence();
    peer.after(1);
    peer.expect({ seq: 1, length: 10 });
  });

  it('R6928-4: starts anew with each ACK of new data within the initial window', async () => {
    const peer = withRtt(100);
    await write(peer, 10 * 1_460);
    peer.heard();
    for (let i = 1; i <= 9; i++) {
      peer.after(200);
      peer.say({ ack: 1 + i * 1_460 });
    }
    expect(peer.heard().filter(({ seq }) => seq <= 9 * 1_460)).toEqual([]);
  });
});

describe('excessive retransmission', () => {
  it('MUST-20, SHLD-9, SHLD-10, MUST-47, R9293-26: is told at the third retransmission, and ends the connection later', async () => {
    const peer = withRtt(100);
    const told: string[] = [];
    peer.connection.onSoftError = ({ code }) => told.push(`${code} after ${peer.heard().length}`);
    await write(peer, 10);
    peer.heard();
    await peer.wait(60_000);
    expect(told).toEqual(['ETIMEDOUT after 2']);
    expect(peer.state).toBe('ESTABLISHED');
    await peer.wait(400_000);
    expect((await peer.connection.closed).how).toBe('timeout');
  });

  it('SHLD-11, R9293-15: is borne for five minutes, which is more than 100 seconds', async () => {
    const peer = withRtt(100);
    await write(peer, 10);
    await peer.wait(299_999);
    expect(peer.state).toBe('ESTABLISHED');
    await peer.wait(1);
    expect(peer.stack.connections.size).toBe(0);
  });

  it('MUST-21: is borne for as long as the user says, at the OPEN or later, or for ever', async () => {
    const short = withRtt(100, { stack: { userTimeoutMs: 10_000 } });
    await write(short, 10);
    await short.wait(10_000);
    expect((await short.connection.closed).how).toBe('timeout');

    const later = withRtt(100);
    later.connection.set({ userTimeoutMs: 5_000 });
    await write(later, 10);
    await later.wait(5_000);
    expect((await later.connection.closed).how).toBe('timeout');

    const endless = withRtt(100, { stack: { userTimeoutMs: Number.POSITIVE_INFINITY } });
    await write(endless, 10);
    await endless.wait(3_600_000);
    expect(endless.state).toBe('ESTABLISHED');
    endless.say();
    expect(endless.connection.info().snd.queued).toBe(0);
  });

  it('MUST-22, MUST-23: of a SYN is told as well, and goes on for three minutes at least', async () => {
    const peer = new Peer().synSent();
    const told: string[] = [];
    peer.connection.onSoftError = ({ code }) => told.push(code);
    const opened = peer.connection.opened.catch((error: StackError) => error.code);
    await peer.wait(20_000);
    expect(told).toEqual(['ETIMEDOUT']);
    await peer.wait(160_000);
    expect(peer.state).toBe('SYN-SENT');
    peer.heard();
    await peer.wait(119_999);
    expect(peer.heard().length).toBeGreaterThan(0);
    await peer.wait(1);
    expect(await opened).toBe('ETIMEDOUT');
  });

  it('SHLD-20: is told to nobody who has taken the handler off', async () => {
    const peer = withRtt(100);
    const told: string[] = [];
    peer.connection.onSoftError = ({ code }) => told.push(code);
    peer.connection.onSoftError = undefined;
    await write(peer, 10);
    await peer.wait(60_000);
    expect(told).toEqual([]);
  });
});

describe('keep-alive', () => {
  const HOUR = 3_600_000;

  it('MUST-25: is off unless it is asked for', async () => {
    const peer = new Peer().establish();
    await peer.wait(48 * HOUR);
    peer.expectSilence();
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('MAY-5, MUST-28, SHLD-12: probes after two hours, without data, one number before the window', async () => {
    const peer = new Peer({ stack: { keepAliveMs: true } }).establish();
    await peer.wait(2 * HOUR - 1);
    peer.expectSilence();
    await peer.wait(1);
    peer.expect({ flags: 'ACK', seq: 0, ack: 1, length: 0 });
    peer.say();
    await peer.wait(2 * HOUR - 1);
    peer.expectSilence();
    await peer.wait(1);
    peer.expect({ flags: 'ACK', seq: 0, length: 0 });
  });

  it('MUST-24, MUST-27: is switched and set for each connection', async () => {
    const peer = new Peer({ stack: { keepAliveMs: 10_000 } }).establish();
    await peer.wait(10_000);
    peer.expect({ seq: 0 });
    peer.say();
    peer.connection.set({ keepAliveMs: false });
    await peer.wait(100_000);
    peer.expectSilence();
    peer.connection.set({ keepAliveMs: 30_000 });
    await peer.wait(30_000);
    expect(peer.heard().length).toBeGreaterThan(0);
  });

  it('MUST-26: waits for a whole interval in which nothing was heard, and probes nothing while text is outstanding', async () => {
    const peer = new Peer({ stack: { keepAliveMs: 10_000, rtoMinMs: 40_000 } }).establish();
    for (let i = 0; i < 5; i++) {
      await peer.wait(9_000);
      peer.say({ text: 'x' });
      await peer.wait(500);
      peer.expect({ flags: 'ACK', length: 0 });
      peer.expectSilence();
    }
    await write(peer, 10);
    peer.expect({ seq: 1, length: 10 });
    await peer.wait(30_000);
    peer.expectSilence();
  });

  it('MUST-29: takes no peer for dead that leaves some probes unanswered', async () => {
    const peer = new Peer({ stack: { keepAliveMs: 10_000 } }).establish();
    await peer.wait(10_000);
    for (let unanswered = 1; unanswered < 9; unanswered++) await peer.wait(10_000);
    expect(peer.heard()).toHaveLength(9);
    expect(peer.state).toBe('ESTABLISHED');
    peer.say();
    await peer.wait(9_999);
    peer.expectSilence();
    expect(peer.state).toBe('ESTABLISHED');
  });
});
