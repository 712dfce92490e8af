import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../../src/index.ts';
import { MSS, SackSender } from '../../support/sack-sender.ts';

/** How many segments leave at once where a window of 40 was open, was closed for so long, and opens. */
async function leavesAfter(closedMs: number, stack: ConnectionOptions = {}): Promise<number> {
  const sender = await SackSender.with(10, {
    wnd: 60_000,
    stack: { sendBuffer: 1_000_000, pacing: false, ...stack },
  });
  sender.peer.after(100);
  for (let segment = 2; segment <= 10; segment += 2) sender.ack(segment);
  await sender.write(20);
  sender.peer.after(100);
  for (let segment = 12; segment <= 30; segment += 2) sender.ack(segment);
  expect(sender.info.cwnd).toBe(40 * MSS);
  sender.peer.say({ ack: 1 + 30 * MSS, wnd: 0 });
  await sender.write(100);
  sender.peer.after(closedMs);
  sender.sent();
  // What it was probed with is not taken.
  sender.peer.say({ ack: 1 + 30 * MSS, wnd: 60_000 });
  return sender.sent().length;
}

describe('a window that the peer opens', () => {
  it('counts as closed for as long as it was, whatever a timer has sent before', async () => {
    const sender = await SackSender.with(0, { wnd: 60_000, stack: { cork: true, rtoMinMs: 1_000 } });
    // Corked, half a segment leaves by the override of silly window avoidance.
    await sender.write(0.5);
    sender.peer.after(1_000);
    expect(sender.sent()).toEqual([0]);
    sender.peer.after(100);
    sender.ack(0.5);
    sender.peer.connection.set({ cork: false });
    await sender.write(10);
    sender.peer.after(100);
    for (let segment = 2.5; segment <= 10.5; segment += 2) sender.ack(segment);
    expect(sender.info.cwnd).toBe(20 * MSS);
    sender.peer.say({ ack: 1 + 10.5 * MSS, wnd: 0 });
    sender.peer.after(1);
    sender.peer.say({ ack: 1 + 10.5 * MSS, wnd: 60_000 });
    expect(sender.info.cwnd).toBe(20 * MSS);
    expect(sender.peer.tcb.timers.probes).toBe(0);
  });

  it('is filled by the restart window where it was closed for longer than an RTO (RFC 5681 section 4.1)', async () => {
    expect(await leavesAfter(3_000)).toBeLessThanOrEqual(11);
  });

  it('is filled by all that the congestion window takes where it was not, or where the user does without', async () => {
    expect(await leavesAfter(50)).toBe(40);
    expect(await leavesAfter(3_000, { restartAfterIdle: false })).toBeGreaterThanOrEqual(39);
  });
});
