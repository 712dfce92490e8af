import { describe, expect, it } from 'vitest';
import { SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;
const RTO = 1_000;

/** How long after its text was sent the retransmission timer is due, once all but `left` segments are acknowledged 60 ms later. */
async function dueAfterMs(
  segments: number,
  left: number,
  options: { readonly rtoRestart?: boolean; readonly lossRecovery?: 'sack' | 'newreno' } = {},
): Promise<number> {
  const stack = { rtoMinMs: RTO, rtoRestart: true, lossRecovery: 'sack', ...options } as const;
  const sender = await SackSender.with(segments, { stack });
  sender.peer.after(60);
  sender.ack(segments - left);
  const { send } = sender.peer.tcb.timers;
  expect(send.kind).toBe('retransmission');
  return send.dueMs - RTT;
}

describe('RTO restart', () => {
  it('R7765-1: counts from when the earliest of a few segments was sent', async () => {
    expect(await dueAfterMs(2, 1)).toBe(RTO);
    expect(await dueAfterMs(6, 3)).toBe(RTO);
  });

  it('R7765-2, R7765-3: counts from the ACK with four segments or more', async () => {
    expect(await dueAfterMs(6, 4)).toBe(60 + RTO);
  });

  it('R7765-1: takes what is still unsent for segments, too', async () => {
    // A window of two segments, in units of 128.
    const stack = { rtoMinMs: RTO, rtoRestart: true, lossRecovery: 'sack' } as const;
    const sender = await SackSender.with(5, { stack, wnd: 16 });
    sender.peer.after(60);
    sender.ack(1);
    expect(sender.peer.tcb.timers.send.dueMs - RTT).toBe(60 + RTO);
    sender.peer.after(60);
    sender.ack(2);
    // Three are left: the one that was sent 60 ms ago, one that goes now, and one for which there is no room.
    expect(sender.peer.tcb.timers.send.dueMs - RTT).toBe(60 + RTO);
  });

  it('R7765-2: counts from the ACK once a timeout has passed since the earliest was sent', async () => {
    const stack = { rtoMinMs: 200, rtoRestart: true, lossRecovery: 'sack' } as const;
    const sender = await SackSender.with(6, { stack });
    // Five are left, so that the timer begins anew: by then the first timeout is nearly over.
    sender.peer.after(290);
    sender.ack(1);
    sender.peer.after(210);
    sender.ack(4);
    const { rtoMs } = sender.info;
    expect(rtoMs).toBeLessThan(500);
    expect(sender.info.retransmissions).toBe(0);
    expect(sender.peer.tcb.timers.send).toEqual({ kind: 'retransmission', dueMs: RTT + 500 + rtoMs });
  });

  it('counts from the ACK when a tail loss probe has sent what is left once more', async () => {
    const sender = await SackSender.with(2, { stack: { rtoMinMs: RTO, rtoRestart: true } });
    sender.peer.after(2 * RTT);
    expect(sender.info.retransmissions).toBe(1);
    sender.peer.after(50);
    sender.ack(1);
    expect(sender.peer.tcb.timers.rtoDueMs).toBe(RTT + 2 * RTT + 50 + RTO);
  });

  it('counts from the ACK while what a timeout found lost is sent again', async () => {
    const stack = { rtoMinMs: 300, rtoRestart: true, lossRecovery: 'sack' } as const;
    const sender = await SackSender.with(3, { stack });
    sender.peer.after(300 + 50);
    expect(sender.info.retransmissions).toBeGreaterThan(0);
    sender.ack(1);
    const { send } = sender.peer.tcb.timers;
    expect(send.dueMs).toBe(RTT + 350 + 600);
  });

  it('is off unless it is asked for, and where nothing tells when a segment was sent', async () => {
    expect(await dueAfterMs(2, 1, { rtoRestart: false })).toBe(60 + RTO);
    expect(await dueAfterMs(2, 1, { lossRecovery: 'newreno' })).toBe(60 + RTO);
  });

  it('stands behind a tail loss probe, and is due after its time', async () => {
    const dueMs: number[] = [];
    for (const rtoRestart of [true, false]) {
      const sender = await SackSender.with(3, { stack: { rtoMinMs: RTO, rtoRestart } });
      sender.peer.after(60);
      sender.ack(1);
      const { send, rtoDueMs } = sender.peer.tcb.timers;
      expect(send.kind).toBe('tail-loss probe');
      dueMs.push(rtoDueMs! - RTT);
    }
    expect(dueMs).toEqual([RTO, 60 + RTO]);
  });
});
