import { describe, expect, it } from 'vitest';
import { MSS, SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;

describe('a fast retransmission that was not called for', () => {
  it('is taken back when the ACK echoes the original (Eifel, RFC 3522)', async () => {
    const sender = await SackSender.with(20, { timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(RTT);
    const { cwnd } = sender.info;
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toContain(0);
    expect(sender.info).toMatchObject({ recovery: 'fast' });
    sender.peer.after(10);
    sender.ack(4, [], original);
    expect(sender.info.recovery).toBe('open');
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(cwnd);
  });

  it('is not taken back when the ACK echoes the retransmission', async () => {
    const sender = await SackSender.with(20, { timestamps: true });
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    sender.peer.heard();
    sender.peer.after(RTT);
    sender.ack(4);
    expect(sender.info.recovery).toBe('fast');
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('is taken back when all that was sent again has come twice (RFC 3708)', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(RTT);
    const { cwnd } = sender.info;
    sender.ack(0, [[2, 5]]);
    expect(sender.info.retransmissions).toBe(1);
    sender.peer.after(RTT);
    sender.ack(0, [[2, 10]]);
    expect(sender.info.retransmissions).toBe(2);
    sender.ack(10);
    expect(sender.info.cwnd).toBeLessThan(cwnd);
    sender.ack(10, [[0, 1]]);
    expect(sender.info.cwnd).toBeLessThan(cwnd);
    sender.ack(10, [[1, 2]]);
    expect(sender.info.cwnd).toBe(cwnd);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a timeout that was not called for', () => {
  /** Ten segments out, the probe of the tail and then the timer itself expire; SRTT is 100. */
  async function timedOut(segments: number, timestamps = false): Promise<SackSender> {
    const sender = await SackSender.with(segments, { timestamps, stack: { lossRecovery: 'sack' } });
    sender.sent();
    sender.peer.after(300);
    expect(sender.sent()).toEqual([0]);
    expect(sender.info).toMatchObject({ recovery: 'loss', cwnd: MSS });
    return sender;
  }

  it('is asked about by two new segments, and taken back when older ones arrive (F-RTO, RFC 5682)', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.ack(2);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(10 * MSS);
  });

  it('stands when the new segments arrive and the older ones do not', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.peer.after(RTT);
    sender.ack(1, [[10, 11]]);
    expect(sender.sent()).toContain(1);
    expect(sender.info.recovery).toBe('loss');
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('stands when there is nothing new to ask with', async () => {
    const sender = await timedOut(10);
    sender.ack(1);
    expect(sender.sent()).toEqual([1, 2]);
    expect(sender.info.recovery).toBe('loss');
  });

  it('is taken back by an ACK that echoes the original (RFC 4015)', async () => {
    const sender = await SackSender.with(10, { timestamps: true, stack: { lossRecovery: 'sack' } });
    const original = sender.peer.tsval!;
    sender.peer.after(300);
    expect(sender.info.recovery).toBe('loss');
    sender.ack(1, [], original);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(10 * MSS);
  });
});
