import { describe, expect, it } from 'vitest';
import {
  allReported,
  beginUndo,
  countDuplicate,
  countRetransmission,
  echoesOriginal,
} from '../../../../src/tcp/recovery/undo.ts';
import { Peer } from '../../../support/peer.ts';
import { MSS, SackSender } from '../../../support/sack-sender.ts';

const RTT = 100;

/** How many segments are out or acknowledged. */
const allOf = ({ peer }: SackSender): number => (peer.tcb.snd.nxt - peer.stackIss - 1) / MSS;

describe('a fast retransmission that was not called for', () => {
  it('R3522-1, R3522-2: is taken back when the ACK echoes the original', async () => {
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

  it('R8985-4: is the last one for what is overtaken by so little: the reordering window opens', async () => {
    const sender = await SackSender.with(20, { timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    sender.peer.after(10);
    sender.ack(4, [], original);
    expect(sender.info).toMatchObject({ recovery: 'open', retransmissions: 1 });
    sender.sent();
    sender.peer.after(RTT - 10);
    sender.ack(4, [[5, 8]]);
    // A quarter of the shortest round trip.
    sender.peer.after(RTT / 4 - 1);
    expect(sender.info).toMatchObject({ recovery: 'disorder', retransmissions: 1 });
    sender.peer.after(2);
    expect(sender.info).toMatchObject({ recovery: 'fast', retransmissions: 2 });
  });

  it('R3522-2: is not taken back when the ACK echoes the retransmission', async () => {
    const sender = await SackSender.with(20, { timestamps: true });
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    sender.peer.heard();
    sender.peer.after(RTT);
    sender.ack(4);
    expect(sender.info.recovery).toBe('fast');
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('R3708-2: is taken back when all that was sent again has come twice', async () => {
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

  it('R3708-1: is not taken back by a D-SACK at SND.UNA where nothing was ever reported', async () => {
    const sender = await SackSender.with(10, { stack: { lossRecovery: 'sack' } });
    sender.sent();
    sender.peer.after(300);
    expect(sender.info.recovery).toBe('loss');
    // Everything had arrived, and all ACKs were lost.
    sender.ack(10, [[0, 1]]);
    expect(sender.info.ssthresh).toBe(5 * MSS);
  });

  it('R3708-3: is not taken back by reports of what was sent again more than once', async () => {
    const sender = await SackSender.with(30);
    sender.sent();
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()).toContain(0);
    // What was sent behind the retransmission is reported: that was lost as well, and goes a third time.
    sender.peer.after(RTT);
    sender.ack(0, [[1, 12]]);
    sender.peer.after(2 * RTT);
    sender.ack(0, [[1, 14]]);
    expect(sender.info.retransmissions).toBeGreaterThanOrEqual(2);
    const all = allOf(sender);
    sender.ack(all);
    const { ssthresh } = sender.info;
    sender.ack(all, [[0, 1]]);
    sender.ack(all, [[0, 1]]);
    expect(sender.info.ssthresh).toBe(ssthresh);
    expect(ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('R3708-4: is not taken back by a report of what the network has doubled', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    sender.ack(10);
    const { ssthresh } = sender.info;
    sender.ack(10, [[5, 6]]);
    expect(sender.info.duplicatesReported).toBe(1);
    expect(sender.info.ssthresh).toBe(ssthresh);
    sender.ack(10, [[0, 1]]);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });

  it('R3522-3: is not taken back by an ACK with a D-SACK, nor by the first one that acknowledges everything', async () => {
    for (const [upTo, blocks] of [
      [4, [[2, 3]]],
      [10, []],
    ] as const) {
      const sender = await SackSender.with(10, { timestamps: true });
      const original = sender.peer.tsval!;
      sender.peer.after(RTT);
      sender.ack(0, [[1, 4]]);
      sender.peer.after(10);
      sender.ack(upTo, blocks, original);
      expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });

  it('R3522-3: is taken back by the ACK of everything where the peer is known to report duplicates', async () => {
    const sender = await SackSender.with(10, { timestamps: true });
    sender.peer.after(RTT);
    sender.ack(1, [[0, 1]]);
    expect(sender.info.duplicatesReported).toBe(1);
    await sender.write(5);
    const original = sender.peer.tsval!;
    sender.peer.after(RTT);
    sender.ack(1, [[2, 9]]);
    sender.peer.after(RTT);
    expect(sender.info.recovery).toBe('fast');
    sender.ack(allOf(sender), [], original);
    expect(sender.info.ssthresh).toBe(Number.POSITIVE_INFINITY);
  });

  it('R9438-8: gives CUBIC its curve back, unless its window has grown beyond that meanwhile', async () => {
    const stack = { congestionControl: 'cubic' };
    const sender = await SackSender.with(10, { stack });
    sender.peer.after(RTT);
    const before = sender.peer.tcb.cc;
    sender.ack(0, [[1, 4]]);
    expect(sender.peer.tcb.cc).toMatchObject({ ssthresh: 7 * MSS, curve: { cwndPrior: 10 * MSS } });
    sender.ack(10);
    sender.ack(10, [[0, 1]]);
    expect(sender.peer.tcb.cc).toEqual(before);

    const late = await SackSender.with(10, { stack });
    late.peer.after(RTT);
    late.ack(0, [[1, 4]]);
    late.ack(10);
    let all = 10;
    while (late.info.cwnd <= 10 * MSS) {
      const more = Math.floor(late.info.cwnd / MSS);
      await late.write(more);
      late.peer.after(RTT);
      all += more;
      late.ack(all);
    }
    const now = late.peer.tcb.cc;
    late.ack(all, [[0, 1]]);
    expect(late.info.duplicatesReported).toBe(1);
    expect(late.peer.tcb.cc).toEqual(now);
  });

  it('is not taken back behind a mark, or behind a loss that a tail loss probe has repaired', async () => {
    const sender = await SackSender.with(10, { stack: { rtoMinMs: 1_000 } });
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    sender.ack(10);
    await sender.write(4);
    sender.peer.after(RTT);
    sender.ack(13);
    sender.peer.after(500);
    expect(sender.sent().at(-1)).toBe(13);
    sender.ack(14);
    await sender.write(1);
    sender.peer.after(RTT);
    sender.ack(15);
    const { ssthresh } = sender.info;
    sender.ack(15, [[0, 1]]);
    expect(sender.info.ssthresh).toBe(ssthresh);
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

  it('R5682-6: is asked about by two new segments, and taken back when older ones arrive', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.ack(2);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(10 * MSS);
  });

  it('R5682-6: stands when the new segments arrive and the older ones do not', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.peer.after(RTT);
    sender.ack(1, [[10, 11]]);
    expect(sender.sent()).toContain(1);
    expect(sender.info.recovery).toBe('loss');
    expect(sender.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('R5682-6: stands when there is nothing new to ask with', async () => {
    const sender = await timedOut(10);
    sender.ack(1);
    expect(sender.sent()).toEqual([1, 2]);
    expect(sender.info.recovery).toBe('loss');
  });

  it('R4015-2, R4015-3: is taken back by an ACK that echoes the original', async () => {
    const sender = await SackSender.with(10, { timestamps: true, stack: { lossRecovery: 'sack' } });
    const original = sender.peer.tsval!;
    sender.peer.after(300);
    expect(sender.info.recovery).toBe('loss');
    sender.ack(1, [], original);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    expect(sender.info.cwnd).toBeGreaterThanOrEqual(10 * MSS);
  });

  it('R5682-6: is taken back by an ACK of all that was out, and of nothing that was sent to ask', async () => {
    const sender = await timedOut(20);
    sender.ack(1);
    expect(sender.sent()).toEqual([10, 11]);
    sender.ack(10);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh: Number.POSITIVE_INFINITY });
    const other = await timedOut(20);
    other.ack(1);
    other.ack(11);
    expect(other.info.ssthresh).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('R5682-6: stands when no more than a part of what was sent again is acknowledged', async () => {
    const sender = await timedOut(20);
    sender.peer.say({ ack: 501 });
    expect(sender.peer.tcb.recovery.frto).toBe('off');
    sender.ack(1);
    expect(sender.sent()).not.toContain(10);
  });

  it('R4015-3: opens the window to what is in flight and what the ACK acknowledges, the initial window at most', async () => {
    const sender = await SackSender.with(30, { timestamps: true, stack: { lossRecovery: 'sack' } });
    sender.ack(10);
    const original = sender.peer.tsval!;
    expect(sender.info.cwnd).toBe(12 * MSS + 24);
    sender.sent();
    sender.peer.after(sender.peer.tcb.rtt.rtoMs);
    expect(sender.info).toMatchObject({ recovery: 'loss', cwnd: 1_012 });
    sender.ack(13, [], original);
    const { cwnd, snd, recovery } = sender.info;
    expect(recovery).toBe('open');
    // Twelve were out, three of them have left.
    expect(cwnd).toBe(12 * MSS);
    expect(snd.nxt - snd.una).toBeLessThanOrEqual(cwnd);
  });

  it('R4015-1: leaves the window as it is where the ACK says that there is congestion, and sends new text all the same', async () => {
    const peer = new Peer({
      syn: { mss: MSS + 12, sackPermitted: true, timestamps: { value: 1_000, echo: 0 } },
      stack: { ecn: 'request', noDelay: true, congestionControl: 'reno', lossRecovery: 'sack' },
    });
    peer.synSent('SYN,ECE,CWR');
    peer.timestamps = true;
    peer.after(RTT);
    peer.say({ flags: 'SYN,ECE,ACK', options: { timestamps: { value: 1_000, echo: peer.tsval ?? 0 } } });
    peer.heard();
    await peer.connection.write(new Uint8Array(10 * MSS));
    peer.after(0);
    const original = peer.tsval!;
    peer.after(400);
    expect(peer.connection.info().recovery).toBe('loss');
    const { cwnd } = peer.connection.info();
    peer.tsval = original;
    peer.say({ flags: 'ECE,ACK', ack: 1 + MSS });
    expect(peer.connection.info().recovery).toBe('open');
    expect(peer.connection.info().cwnd).toBeLessThanOrEqual(cwnd);
  });

  it('R4015-4: makes the timeout longer by what the next new text measures', async () => {
    const sender = await SackSender.with(20, { timestamps: true, stack: { lossRecovery: 'sack' } });
    const original = sender.peer.tsval!;
    const { rtoMs } = sender.peer.tcb.rtt;
    sender.peer.after(rtoMs);
    expect(sender.info.recovery).toBe('loss');
    sender.ack(1, [], original);
    sender.sent();
    await sender.write(5);
    sender.peer.after(250);
    const { srttMs: known, rttvarMs: knownVar } = sender.peer.tcb.rtt.beforeSpurious!;
    sender.ack(allOf(sender));
    const { srttMs, rttvarMs, beforeSpurious } = sender.peer.tcb.rtt;
    expect(beforeSpurious).toBeUndefined();
    expect(srttMs).toBeGreaterThanOrEqual(Math.max(250, known + 2));
    expect(rttvarMs).toBeGreaterThanOrEqual(Math.max(125, knownVar));
  });
});

describe('whether a loss was none', () => {
  const begun = beginUndo({ cwnd: 1, ssthresh: 1 });
  const resent = countRetransmission(begun, 100.7, 0, 1_000);

  it('is told by the first echo, if that is older than the first retransmission', () => {
    expect(echoesOriginal(begun, 0)).toBe(false);
    expect(echoesOriginal(resent, 99)).toBe(true);
    expect(echoesOriginal(resent, 100)).toBe(false);
    expect(echoesOriginal(resent, undefined)).toBe(false);
    expect(echoesOriginal({ ...resent, isTested: true }, 99)).toBe(false);
    expect(echoesOriginal(countRetransmission(resent, 200, 1_000, 2_000), 150)).toBe(false);
  });

  it('is told by reports of all that was sent again, and of nothing less', () => {
    const twice = countRetransmission(resent, 200, 2_000, 3_000);
    expect(allReported(begun)).toBe(false);
    expect(allReported(twice)).toBe(false);
    expect(allReported(countDuplicate(twice, 0, 1_000))).toBe(false);
    expect(allReported(countDuplicate(countDuplicate(twice, 0, 1_000), 2_000, 2_999))).toBe(false);
    expect(allReported(countDuplicate(countDuplicate(twice, 0, 1_000), 2_000, 3_000))).toBe(true);
  });
});

describe('a response that is taken back', () => {
  it('is counted', async () => {
    const sender = await SackSender.with(20, { timestamps: true });
    const original = sender.peer.tsval!;
    sender.peer.after(RTT);
    sender.ack(0, [[1, 4]]);
    expect(sender.info.responsesUndone).toBe(0);
    sender.ack(4, [], original);
    expect(sender.info.responsesUndone).toBe(1);
  });
});
