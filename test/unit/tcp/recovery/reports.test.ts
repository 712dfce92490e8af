import { describe, expect, it } from 'vitest';
import { MSS, SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;

/** Recovery by RFC 6675. */
async function sackSender(segments: number): Promise<SackSender> {
  const sender = await SackSender.with(segments, { stack: { lossRecovery: 'sack', rtoMinMs: 1_000 } });
  sender.sent();
  sender.peer.after(RTT);
  return sender;
}

describe('loss by what is reported', () => {
  it('R6675-2: is found by more than two segments reported above', async () => {
    const sender = await sackSender(10);
    sender.ack(0, [[1, 3]]);
    expect(sender.sent()).toEqual([]);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toEqual([0]);
  });

  it('R6675-2: is found by three runs, however short they are', async () => {
    const sender = await sackSender(10);
    sender.ack(0, [
      [2, 2.1],
      [4, 4.1],
    ]);
    expect(sender.sent()).toEqual([]);
    sender.ack(0, [
      [2, 2.1],
      [4, 4.1],
      [6, 6.1],
    ]);
    expect(sender.sent()[0]).toBe(0);
    // What lies above the lowest run has but two above it.
    expect(sender.peer.tcb.scoreboard.marks?.lost).toBe(1_000);
  });

  it('R6675-5: is found by the third duplicate ACK, little as it may report', async () => {
    const sender = await sackSender(10);
    for (const to of [1.1, 1.2]) sender.ack(0, [[1, to]]);
    expect(sender.sent()).toEqual([]);
    sender.ack(0, [[1, 1.3]]);
    expect(sender.sent()).toEqual([0]);
    expect(sender.info.ssthresh).toBe(5_000);
  });

  it('R6675-3, R6675-6: leaves in flight what was neither reported nor lost, and what was sent again', async () => {
    const sender = await sackSender(10);
    expect(sender.pipe).toBe(10);
    sender.ack(0, [[1, 4]]);
    // Three reported; the lost one went out again.
    expect(sender.pipe).toBe(7);
  });

  it('R6675-4: goes out lowest first, then what lies below a report', async () => {
    const sender = await sackSender(10);
    sender.ack(0, [
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const first = sender.sent();
    expect(first[0]).toBe(0);
    sender.peer.after(RTT);
    sender.ack(1, [
      [3, 4],
      [5, 6],
      [7, 9],
    ]);
    const second = sender.sent();
    // 1 and 2 are lost, and so is 4; 6 has but two segments above it.
    expect(sender.peer.tcb.scoreboard.scanned).toBe(1 + 5 * MSS);
    sender.ack(4, [
      [5, 6],
      [7, 9],
    ]);
    expect([...first, ...second, ...sender.sent()].slice(0, 5)).toEqual([0, 1, 2, 4, 6]);
  });

  it('R6675-4: ends with one rescue retransmission, so that ACKs go on coming', async () => {
    const sender = await sackSender(10);
    // Nothing else is lost, and nothing new is there: the last segment, once.
    sender.ack(0, [[1, 7]]);
    expect(sender.sent()).toEqual([0, 9]);
    sender.ack(0, [[1, 8]]);
    sender.ack(0, [[1, 9]]);
    expect(sender.sent()).toEqual([]);
  });

  it('R6675-7: is over with the ACK of all that was out when it was found', async () => {
    const sender = await sackSender(10);
    sender.ack(0, [[1, 4]]);
    sender.ack(9);
    expect(sender.info.recovery).toBe('fast');
    sender.ack(10);
    expect(sender.info.recovery).toBe('open');
  });

  it('R6675-8: begins no recovery before all that was out at a timeout is acknowledged', async () => {
    const sender = await sackSender(20);
    sender.ack(0, [[1, 4]]);
    sender.sent();
    sender.peer.after(1_000);
    expect(sender.info.recovery).toBe('loss');
    const { ssthresh } = sender.info;
    sender.ack(4);
    sender.ack(4, [[5, 8]]);
    sender.ack(4, [[5, 9]]);
    expect(sender.info).toMatchObject({ recovery: 'loss', ssthresh });
  });

  it('R6675-1: is forgotten when the peer has reneged: what it reported goes again', async () => {
    const sender = await sackSender(4);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toEqual([0]);
    // It has thrown away what it had reported: it waits for 1 now, and says nothing of the rest.
    sender.ack(1);
    sender.peer.after(1_000);
    expect(sender.sent()).toEqual([1]);
    sender.ack(2);
    expect(sender.sent()).toEqual([2, 3]);
  });

  it('R2018-7: is forgotten on a timeout, and counts again as soon as the peer repeats it', async () => {
    const sender = await sackSender(4);
    sender.ack(0, [[3, 4]]);
    sender.peer.after(1_000);
    expect(sender.sent()).toEqual([0]);
    sender.ack(1, [[3, 4]]);
    expect(sender.sent()).toEqual([1, 2]);
  });

  it('ignores blocks that lie beyond what was sent, are empty or are turned round', async () => {
    const sender = await sackSender(5);
    sender.ack(0, [[7, 9]]);
    sender.ack(0, [[3, 3]]);
    sender.ack(0, [[4, 2]]);
    expect(sender.peer.tcb.scoreboard.marks).toBeUndefined();
    expect(sender.sent()).toEqual([]);
  });
});
