import { describe, expect, it } from 'vitest';
import { MSS, SackSender, type SackSenderOptions } from '../../../support/sack-sender.ts';

const RTT = 100;

/** What recovers by counting ACKs: because the peer knows no SACK, or because the user wants it so. */
const KINDS: readonly (readonly [string, SackSenderOptions])[] = [
  ['a peer without SACK', { sack: false }],
  ['recovery as with NewReno', { stack: { lossRecovery: 'newreno' } }],
];

describe.each(KINDS)('a timeout that was not called for, with %s', (_, options) => {
  /** Ten of `segments` are out when the timer expires. */
  async function timedOut(segments: number): Promise<SackSender> {
    const sender = await SackSender.with(segments, options);
    sender.sent();
    sender.peer.after(300);
    expect(sender.sent()).toEqual([0]);
    expect(sender.info).toMatchObject({ recovery: 'loss', cwnd: MSS });
    return sender;
  }

  it('R5682-1, R5682-4: is asked about by two new segments, and taken back when older ones arrive', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.ack(2);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    // As RFC 4015 has it: ten in flight, and one for what was acknowledged.
    expect(sender.info.cwnd).toBe(11 * MSS);
    expect(sender.sent()).toEqual([12]);
    sender.ack(10);
    expect(sender.info.retransmissions).toBe(1);
  });

  it('R5682-5: allows a fast retransmission at once afterwards', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    sender.ack(2);
    sender.sent();
    const blocks = options.sack === false ? [] : ([[3, 4]] as const);
    for (let duplicate = 0; duplicate < 3; duplicate++) sender.ack(2, blocks);
    expect(sender.sent()).toContain(2);
    expect(sender.info.recovery).toBe('fast');
  });

  it('R5682-3: stands when a duplicate ACK is the answer, with a window of three segments at most', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.ack(1, options.sack === false ? [] : [[10, 11]]);
    expect(sender.info.recovery).toBe('loss');
    expect(sender.info.cwnd).toBeLessThanOrEqual(3 * MSS);
    expect(sender.sent()).toEqual([1, 2]);
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('R5682-2: stands when the first answer is a duplicate ACK, or the ACK of all or of half a segment', async () => {
    const duplicate = await timedOut(20);
    duplicate.ack(0, options.sack === false ? [] : [[5, 6]]);
    duplicate.ack(1);
    expect(duplicate.sent()).not.toContain(10);
    const all = await timedOut(20);
    all.ack(10);
    expect(all.info).toMatchObject({ recovery: 'open', ssthresh: 5 * MSS });
    const half = await timedOut(20);
    half.peer.say({ ack: 501 });
    expect(half.peer.tcb.recovery.frto).toBe('off');
    expect(half.sent()).not.toContain(10);
  });

  it('R5682-2: stands when there is nothing new to ask with, or no room for it', async () => {
    const nothing = await timedOut(10);
    nothing.ack(1);
    expect(nothing.sent()).toEqual([1, 2]);
    const closed = await timedOut(20);
    closed.peer.say({ ack: 1 + MSS, wnd: Math.ceil((9 * MSS) / 128) - 1 });
    expect(closed.sent()).toEqual([1, 2]);
  });

  it('R5682-7: is asked about anew when the same segment times out again, and not when another one does', async () => {
    const sender = await timedOut(20);
    sender.peer.after(600);
    expect(sender.sent()).toEqual([0]);
    expect(sender.peer.tcb.recovery.frto).toBe('waiting');
    sender.ack(1);
    sender.ack(2);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);

    const other = await timedOut(10);
    other.ack(1);
    other.sent();
    other.peer.after(3_000);
    expect(other.sent()).toContain(1);
    expect(other.peer.tcb.recovery.frto).toBe('off');
  });

  it('R3522-4: is taken back by an ACK that echoes the original, though the timer has expired twice', async () => {
    const sender = await SackSender.with(10, { ...options, timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(300);
    sender.peer.after(600);
    expect(sender.info).toMatchObject({ recovery: 'loss', retransmissions: 2 });
    sender.ack(1, [], original);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    sender.ack(2, [], original);
    expect(sender.info.retransmissions).toBe(2);
  });

  it('R3522-2: stands when the first ACK echoes the retransmission, whatever the second one echoes', async () => {
    const sender = await SackSender.with(10, { ...options, timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(300);
    sender.ack(1);
    sender.ack(2, [], original);
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });
});

describe.each(KINDS)('a fast retransmission that was not called for, with %s', (_, options) => {
  it('R3522-1: is taken back when the ACK echoes the original', async () => {
    const sender = await SackSender.with(20, { ...options, timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(RTT);
    const { cwnd } = sender.info;
    const blocks = options.sack === false ? [] : ([[1, 4]] as const);
    for (let duplicate = 0; duplicate < 3; duplicate++) sender.ack(0, blocks, original);
    expect(sender.sent()).toContain(0);
    expect(sender.info.recovery).toBe('fast');
    sender.peer.after(10);
    sender.ack(4, [], original);
    expect(sender.info).toMatchObject({ recovery: 'open', cwnd, ssthresh: Number.POSITIVE_INFINITY });
  });
});
