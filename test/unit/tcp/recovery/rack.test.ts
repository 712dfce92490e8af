import { describe, expect, it } from 'vitest';
import { MSS, SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;

describe('loss by time', () => {
  it('R8985-1, R8985-3: is found at once by three reported segments, as long as no reordering was seen', async () => {
    const sender = await SackSender.with(10);
    expect(sender.sent()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 2]]);
    sender.ack(0, [[1, 3]]);
    expect(sender.sent()).toEqual([]);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toEqual([0]);
    expect(sender.info.recovery).toBe('fast');
  });

  it('R8985-3: is found by the reordering timer a quarter of min_RTT later, by one report alone', async () => {
    const sender = await SackSender.with(3);
    sender.sent();
    sender.peer.after(RTT);
    sender.ack(0, [[2, 3]]);
    expect(sender.peer.tcb.timers.send).toMatchObject({ kind: 'reordering', dueMs: 225 });
    sender.peer.after(24);
    expect(sender.sent()).toEqual([]);
    sender.peer.after(1);
    expect(sender.sent()[0]).toBe(0);
    expect(sender.info.recovery).toBe('fast');
  });

  it('R8985-4: waits for the reordering window once a segment has come late, however much is reported', async () => {
    const sender = await SackSender.with(30);
    sender.sent();
    sender.peer.after(RTT);
    sender.ack(0, [[1, 2]]);
    sender.ack(2);
    expect(sender.peer.tcb.rack.reorderingSeen).toBe(true);
    sender.sent();
    sender.ack(2, [[3, 8]]);
    expect(sender.sent()).not.toContain(2);
    expect(sender.info.recovery).toBe('disorder');
    sender.peer.after(25);
    expect(sender.sent()).toContain(2);
  });

  it('R8985-4: grants a wider window for each round trip with a D-SACK, SRTT at most', async () => {
    const sender = await SackSender.with(30);
    sender.peer.after(RTT);
    sender.ack(2);
    sender.ack(2, [[0, 1]]);
    expect(sender.peer.tcb.rack.multiplier).toBe(2);
    // The same round trip still.
    sender.ack(2, [[1, 2]]);
    expect(sender.peer.tcb.rack.multiplier).toBe(2);
    sender.peer.after(RTT);
    const all = sender.sent().at(-1)! + 1;
    sender.ack(all);
    sender.ack(all, [[3, 4]]);
    expect(sender.peer.tcb.rack.multiplier).toBe(3);
    expect(sender.info.duplicatesReported).toBe(3);
  });

  it('R8985-2: of a retransmission is found again, by text that was sent after it', async () => {
    const sender = await SackSender.with(30);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toContain(0);
    // What goes out from here on was sent after the retransmission.
    sender.peer.after(10);
    sender.ack(0, [[1, 7]]);
    const later = sender.sent().at(-1)!;
    expect(later).toBeGreaterThanOrEqual(10);
    sender.peer.after(RTT);
    sender.ack(0, [
      [later, later + 1],
      [1, 7],
    ]);
    expect(sender.sent()).toContain(0);
    expect(sender.info.retransmissions).toBeGreaterThanOrEqual(2);
  });

  it('R8985-2: ignores an ACK that may be for the original of what was sent again', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    const { xmitMs, rttMs } = sender.peer.tcb.rack;
    // Faster than the path has ever been: that is the ACK of the original.
    sender.peer.after(5);
    sender.ack(1, [[1, 4]]);
    expect(sender.peer.tcb.rack).toMatchObject({ xmitMs, rttMs });
  });

  it('R8985-9: is not found by counting reports as RFC 6675 does, beside it', async () => {
    const sender = await SackSender.with(30);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 2]]);
    sender.ack(2);
    sender.sent();
    for (const to of [4, 6, 8]) sender.ack(2, [[to - 1, to]]);
    expect(sender.sent()).not.toContain(2);
  });

  it('is told of segments that were cut: a report of the middle of a long transmission splits it', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(RTT);
    sender.ack(0, [[0.5, 3.5]]);
    expect(sender.peer.heard().at(-1)).toMatchObject({ seq: 1, length: MSS / 2 });
    sender.ack(3.5);
    expect(sender.info.recovery).toBe('fast');
  });
});
