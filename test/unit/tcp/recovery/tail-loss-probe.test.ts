import { describe, expect, it } from 'vitest';
import { MSS, SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;
const send = (sender: SackSender) => sender.peer.tcb.timers.send;

describe('the tail loss probe', () => {
  it('R8985-5: is due after two round trips', async () => {
    const sender = await SackSender.with(3, { stack: { rtoMinMs: 1_000 } });
    expect(send(sender)).toEqual({ kind: 'tail-loss probe', dueMs: RTT + 2 * RTT });
  });

  it('R8985-5: waits for a delayed ACK as well while one segment is out', async () => {
    const sender = await SackSender.with(1, { stack: { rtoMinMs: 1_000 } });
    expect(send(sender)).toEqual({ kind: 'tail-loss probe', dueMs: RTT + 2 * RTT + 200 });
  });

  it('R8985-5: is due no later than the retransmission timeout, which further text does not put off', async () => {
    const sender = await SackSender.with(1);
    // SRTT 100, RTTVAR 50: the timeout is 300.
    expect(send(sender).dueMs).toBe(RTT + 300);
    sender.peer.after(150);
    await sender.write(1);
    expect(send(sender)).toEqual({ kind: 'tail-loss probe', dueMs: RTT + 300 });
  });

  it('R8985-5: starts anew with text that is sent and with an ACK', async () => {
    const sender = await SackSender.with(2, { stack: { rtoMinMs: 1_000 } });
    sender.peer.after(50);
    await sender.write(1);
    expect(send(sender).dueMs).toBe(RTT + 50 + 2 * RTT);
    sender.peer.after(50);
    sender.ack(1);
    expect(send(sender)).toMatchObject({ kind: 'tail-loss probe', dueMs: RTT + 100 + 2 * RTT });
  });

  it('R8985-7: is the last segment once more when there is nothing new', async () => {
    const sender = await SackSender.with(3, { stack: { rtoMinMs: 1_000 } });
    sender.sent();
    sender.peer.after(2 * RTT - 1);
    expect(sender.sent()).toEqual([]);
    sender.peer.after(1);
    expect(sender.sent()).toEqual([2]);
    // The retransmission timer is set anew, by 7.3.
    expect(send(sender)).toEqual({ kind: 'retransmission', dueMs: RTT + 2 * RTT + 1_000 });
    expect(sender.info.cwnd).toBe(10 * MSS);
  });

  it('R8985-7: is new text when there is some, beyond cwnd if need be', async () => {
    const sender = await SackSender.with(12, { stack: { rtoMinMs: 1_000 } });
    expect(sender.sent()).toHaveLength(10);
    sender.peer.after(2 * RTT);
    expect(sender.sent()).toEqual([10]);
    expect(sender.info.retransmissions).toBe(0);
  });

  it('R8985-6: is followed by no other one before it is settled and a round trip was measured', async () => {
    const sender = await SackSender.with(3, { stack: { rtoMinMs: 1_000 } });
    sender.peer.after(2 * RTT);
    expect(sender.sent().at(-1)).toBe(2);
    sender.peer.after(999);
    expect(sender.sent()).toEqual([]);
    sender.peer.after(1);
    expect(sender.sent()).toEqual([0]);
    expect(sender.info.recovery).toBe('loss');
  });

  it('finds a whole tail by the report of its last segment', async () => {
    const sender = await SackSender.with(5, { stack: { rtoMinMs: 1_000 } });
    sender.peer.after(2 * RTT);
    sender.sent();
    sender.peer.after(RTT);
    sender.ack(0, [[4, 5]]);
    sender.peer.after(RTT / 4);
    expect(sender.sent()[0]).toBe(0);
    expect(sender.info.recovery).toBe('fast');
  });

  it('R8985-8: that repaired a loss is answered by the congestion response of one', async () => {
    const sender = await SackSender.with(4, { stack: { rtoMinMs: 1_000 } });
    sender.ack(3);
    sender.peer.after(500);
    expect(sender.sent().at(-1)).toBe(3);
    sender.peer.after(RTT);
    const { cwnd } = sender.info;
    sender.ack(4);
    expect(sender.info.cwnd).toBe(cwnd);
    await sender.write(1);
    sender.peer.after(RTT);
    sender.ack(5);
    expect(sender.info.cwnd).toBeLessThan(cwnd);
    expect(sender.info.ssthresh).toBeLessThan(cwnd);
  });

  it('R8985-8: that was for nothing, as a D-SACK says, costs nothing', async () => {
    const sender = await SackSender.with(4, { stack: { rtoMinMs: 1_000 } });
    sender.ack(3);
    sender.peer.after(500);
    sender.ack(4);
    sender.ack(4, [[3, 4]]);
    await sender.write(1);
    sender.peer.after(RTT);
    sender.ack(5);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });

  it('R8985-8: that was for nothing, as a duplicate ACK without blocks says, costs nothing', async () => {
    const sender = await SackSender.with(4, { stack: { rtoMinMs: 1_000 } });
    sender.ack(3);
    sender.peer.after(500);
    sender.ack(4);
    sender.ack(4);
    await sender.write(1);
    sender.peer.after(RTT);
    sender.ack(5);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(['sack', 'newreno'] as const)('is not sent with the loss recovery %s', async (lossRecovery) => {
    const sender = await SackSender.with(3, { stack: { lossRecovery, rtoMinMs: 1_000 } });
    expect(send(sender).kind).toBe('retransmission');
  });
});

describe('the limits of the tail loss probe', () => {
  it('R8985-7: is the last segment where the window has no room for new text', async () => {
    // A window of 16,000 octets, scaled, and a cwnd of more.
    const sender = await SackSender.with(30, { stack: { rtoMinMs: 1_000 }, wnd: 125 });
    sender.peer.after(RTT);
    for (let count = 1; count <= 10; count++) sender.ack(count);
    expect(sender.info.cwnd).toBeGreaterThan(16 * MSS);
    expect(sender.sent().at(-1)).toBe(25);
    sender.peer.after(2 * RTT);
    expect(sender.sent()).toEqual([25]);
    expect(sender.info.retransmissions).toBe(1);
  });

  it('R8985-7: pushes new text if it is the last there is', async () => {
    const sender = await SackSender.with(11, { stack: { rtoMinMs: 1_000 } });
    sender.peer.heard();
    sender.peer.after(2 * RTT);
    expect(sender.peer.heard().map(({ flags, length }) => [flags, length])).toEqual([['PSH,ACK', MSS]]);
    const more = await SackSender.with(13, { stack: { rtoMinMs: 1_000 } });
    more.peer.heard();
    more.peer.after(2 * RTT);
    expect(more.peer.heard().map(({ flags, length }) => [flags, length])).toEqual([['ACK', MSS]]);
  });

  it('halves what was in flight when it has repaired a loss', async () => {
    const sender = await SackSender.with(5, { stack: { rtoMinMs: 1_000 } });
    sender.peer.after(2 * RTT);
    await sender.write(1);
    sender.peer.after(RTT);
    sender.ack(6);
    // Half of the six segments that were in flight.
    expect(sender.info.ssthresh).toBe(3 * MSS);
    expect(sender.info.recovery).toBe('open');
  });
});
