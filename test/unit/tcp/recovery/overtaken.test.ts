import { describe, expect, it } from 'vitest';
import { SackSender } from '../../../support/sack-sender.ts';

describe('an ACK that was overtaken', () => {
  it('reports what it reports', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(100);
    sender.ack(2);
    const { pipe } = sender;
    sender.ack(1, [[3, 6]]);
    expect(sender.pipe).toBeLessThan(pipe);
    expect(sender.info.recovery).toBe('fast');
  });

  it('answers nothing that F-RTO has asked since', async () => {
    const sender = await SackSender.with(30, { wnd: 60_000 });
    sender.peer.after(100);
    for (let segment = 2; segment <= 10; segment += 2) sender.ack(segment);
    await sender.write(20);
    sender.peer.after(3_000);
    expect(sender.info.recovery).toBe('loss');
    // The retransmission is acknowledged, and new text asks whether the rest is lost.
    sender.ack(12, [
      [24, 25],
      [22, 23],
      [20, 21],
    ]);
    expect(sender.peer.tcb.recovery.frto).toBe('probing');
    const { cwnd, ssthresh } = sender.info;
    // Sent before the timeout, which it says nothing about.
    sender.ack(10, [
      [16, 17],
      [14, 15],
    ]);
    expect(sender.info).toMatchObject({ recovery: 'loss', cwnd, ssthresh, responsesUndone: 0 });
  });
});
