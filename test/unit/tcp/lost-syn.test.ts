/** A SYN or SYN,ACK that went again: what the handshake measures all the same, and what it costs (RFC 6298, 6928, 7323). */

import { describe, expect, it } from 'vitest';
import { Peer, pattern } from '../../support/peer.ts';

const SYN = { mss: 1_012, sackPermitted: true, timestamps: { value: 1_000, echo: 0 } };
const RTT = 80;

/** A passive open whose SYN,ACK has gone `times` times again, a round trip ago. */
function synAckAgain(times = 1, syn: Partial<typeof SYN> = SYN): Peer {
  const peer = new Peer({ syn, stack: { noDelay: true, congestionControl: 'reno' } }).synReceived();
  for (let time = 0; time < times; time++) {
    peer.after(1_000 * 2 ** time);
    peer.expect({ flags: 'SYN,ACK', seq: 0 });
  }
  peer.after(RTT);
  return peer;
}

const echoing = (peer: Peer, echo: number) => ({
  options: { timestamps: { value: peer.clock.now() + 1_000, echo } },
});

describe('a SYN,ACK that went again', () => {
  it('measures the round trip by the timestamp that comes back', () => {
    const peer = synAckAgain();
    peer.say();
    expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', srttMs: RTT, rttvarMs: RTT / 2 });
  });

  it('measures nothing by the timestamp of the one before: its timeout would be part of it', () => {
    const peer = synAckAgain();
    peer.say(echoing(peer, peer.tsval! - 1_000));
    expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', srttMs: undefined });
  });

  it('measures nothing by an echo of what was never sent', () => {
    for (const ahead of [RTT + 1, 1 << 30]) {
      const peer = synAckAgain();
      peer.say(echoing(peer, (peer.tsval! + ahead) >>> 0));
      expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', srttMs: undefined });
    }
  });

  it('measures nothing without timestamps (Karn)', () => {
    const peer = synAckAgain(1, { mss: 1_012, sackPermitted: true });
    peer.say();
    expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', srttMs: undefined });
  });

  it('leaves the timeout of the first text at three seconds, whatever was measured (R6298-10)', () => {
    const peer = synAckAgain();
    peer.say();
    expect(peer.connection.info().rtoMs).toBe(3_000);
  });

  it('has a probe find the loss of the first text, two round trips later', async () => {
    const peer = synAckAgain();
    peer.say();
    await peer.connection.write(pattern(1, 2_000));
    peer.after(0);
    expect(peer.heard().map(({ seq }) => seq)).toEqual([1, 1_001]);
    peer.after(2 * RTT - 1);
    peer.expectSilence();
    peer.after(1);
    peer.expect({ seq: 1_001, length: 1_000 });
  });

  it('leaves the initial window at ten segments, and at one when it went twice', () => {
    const windows = [1, 2, 3].map((times) => {
      const peer = synAckAgain(times);
      peer.say();
      return peer.connection.info().cwnd;
    });
    expect(windows).toEqual([10_000, 1_000, 1_000]);
  });
});

describe('a SYN that went again', () => {
  it('measures the round trip by the timestamp in the SYN,ACK', () => {
    const peer = new Peer({ syn: SYN }).synSent();
    peer.after(1_000);
    peer.expect({ flags: 'SYN' });
    peer.after(RTT);
    peer.say({ flags: 'SYN,ACK', ...echoing(peer, peer.tsval!) });
    expect(peer.connection.info()).toMatchObject({ state: 'ESTABLISHED', srttMs: RTT, rtoMs: 3_000 });
  });
});
