/** Another controller in mid-connection goes on from the same window, whatever is under way. */

import { describe, expect, it } from 'vitest';
import { MSS, SackSender } from '../../support/sack-sender.ts';

const NAMES = ['cubic', 'reno', 'vegas', 'bbr'] as const;
const PAIRS = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => [from, to] as const));

/** A connection whose window has been opened by a few round trips, with so many segments on their way. */
async function running(congestionControl: string, lossRecovery: 'rack' | 'sack' = 'rack') {
  const sender = await SackSender.with(10, {
    wnd: 60_000,
    timestamps: true,
    stack: { congestionControl, lossRecovery, timestamps: true, sendBuffer: 1_000_000, pacing: false },
  });
  sender.peer.after(100);
  for (let segment = 2; segment <= 10; segment += 2) sender.ack(segment);
  await sender.write(20);
  return sender;
}

/** All that is on its way is acknowledged. */
function ackAll(sender: SackSender): void {
  const { snd } = sender.peer.tcb;
  sender.ack(Math.round((snd.nxt - sender.peer.stackIss - 1) / MSS));
}

/** So much as the window takes is written, and its first segment lost. */
async function loseOne(sender: SackSender): Promise<void> {
  const { snd } = sender.peer.tcb;
  const first = Math.round((snd.nxt - sender.peer.stackIss - 1) / MSS);
  await sender.write(6);
  sender.peer.after(100);
  sender.ack(first, [[first + 1, first + 5]]);
  sender.peer.after(100);
  ackAll(sender);
}

describe.each(PAIRS)('a switch from %s to %s', (from, to) => {
  it('keeps the window, and both can lose something afterwards', async () => {
    const sender = await running(from);
    const { cwnd } = sender.info;
    sender.peer.connection.set({ congestionControl: to });
    expect(sender.info).toMatchObject({ congestionControl: to, cwnd });
    sender.peer.after(100);
    ackAll(sender);
    await loseOne(sender);
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(MSS);
    expect(sender.info.cwnd).toBeLessThan(100 * MSS);
  });

  it('in fast recovery leaves a window that is a number, and no more than it was', async () => {
    const sender = await running(from);
    sender.peer.after(100);
    sender.ack(10, [[11, 14]]);
    expect(sender.info.recovery).toBe('fast');
    sender.peer.connection.set({ congestionControl: to });
    const { cwnd } = sender.info;
    sender.peer.after(100);
    ackAll(sender);
    expect(sender.info.recovery).toBe('open');
    expect(sender.info.cwnd).toBeLessThanOrEqual(cwnd + 20 * MSS);
    // Once more, now as the other one's own.
    await loseOne(sender);
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(MSS);
    expect(sender.info.cwnd).toBeLessThan(200 * MSS);
  });

  it('after a timeout takes nothing of the former back, should that have been for nothing', async () => {
    const sender = await running(from, 'sack');
    const echo = sender.peer.tsval!;
    sender.peer.after(1_500);
    expect(sender.info.recovery).toBe('loss');
    sender.peer.connection.set({ congestionControl: to });
    sender.ack(12, [], echo);
    sender.peer.after(100);
    ackAll(sender);
    await loseOne(sender);
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(MSS);
    expect(sender.info.cwnd).toBeLessThan(200 * MSS);
    if (to !== 'bbr') expect(sender.info.pacingRate).toBeUndefined();
  });
});

describe('a switch to BBR', () => {
  it('paces by the window that there is', async () => {
    const sender = await running('cubic');
    const { cwnd, srttMs } = sender.info;
    sender.peer.connection.set({ congestionControl: 'bbr', pacing: undefined as never });
    sender.peer.after(100);
    sender.ack(12);
    expect(sender.peer.tcb.cc.pacingRate).toBeGreaterThanOrEqual((0.95 * 2.77 * cwnd * 1_000) / srttMs!);
  });
});
