import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../../src/index.ts';
import { pipeAck } from '../../../src/tcp/congestion/validation.ts';
import { MSS, SackSender } from '../../support/sack-sender.ts';

const RTT_MS = 100;
const FIVE_MINUTES_MS = 300_000;

/** Reno with its window opened to so many segments at least, all of them used, and nothing on its way any more. */
async function opened(segments: number, stack: ConnectionOptions = {}): Promise<Sender> {
  const sender = new Sender(
    await SackSender.with(0, {
      wnd: 60_000,
      timestamps: true,
      // Bursts are for their own test.
      stack: { windowValidation: true, pacing: false, sendBuffer: 1_000_000, timestamps: true, ...stack },
    }),
  );
  // 10, 20 and so on: each flight fills the window that the one before has opened, and the last one opens it once more.
  sender.sends(2 * segments - 10);
  while (sender.outstanding > 0) {
    sender.passes(RTT_MS);
    sender.acks(sender.outstanding);
  }
  expect(sender.info.cwnd).toBeGreaterThanOrEqual(segments * MSS);
  return sender;
}

class Sender {
  readonly #sender: SackSender;
  #acked = 0;

  constructor(sender: SackSender) {
    this.#sender = sender;
  }

  /** In segments. */
  get outstanding(): number {
    const { snd } = this.#sender.peer.tcb;
    return Math.ceil((snd.nxt - snd.una) / MSS);
  }

  get info() {
    return this.#sender.info;
  }

  get pipeAck(): number | undefined {
    return pipeAck({ ...this.#sender.peer.tcb, nowMs: this.#sender.peer.clock.now() });
  }

  /** So many segments are written, and those that leave acknowledged in pairs a round trip later. */
  roundTrip(segments: number): void {
    const count = this.sends(Math.floor(segments));
    this.passes(RTT_MS);
    this.acks(count);
  }

  sends(segments: number): number {
    this.#sender.sent();
    void this.#sender.peer.connection.write(new Uint8Array(segments * MSS));
    this.#sender.peer.after(0);
    return this.#sender.sent().length;
  }

  acks(count: number): void {
    const end = this.#acked + count;
    while (this.#acked < end) {
      this.#acked = Math.min(end, this.#acked + 2);
      this.#sender.ack(this.#acked);
    }
  }

  acksAtOnce(count: number): void {
    this.#acked += count;
    this.#sender.ack(this.#acked);
  }

  /** The first of those outstanding is missing, the next ones have come. */
  reports(count: number, missing = 1): void {
    this.#sender.ack(this.#acked, [[this.#acked + missing, this.#acked + missing + count]]);
  }

  passes(ms: number): void {
    this.#sender.peer.after(ms);
  }

  bursts(ms: number): number {
    this.#sender.peer.heard();
    this.passes(ms);
    const times = this.#sender.peer.heard().filter(({ length }) => length > 0);
    return Math.max(...times.map(({ timeMs }) => times.filter((other) => other.timeMs === timeMs).length));
  }
}

describe('congestion window validation', () => {
  it('R7661-1, R7661-2: is not in force before a round trip was measured, nor while half of the window is used', async () => {
    const sender = await opened(20);
    expect(sender.info.windowValidated).toBe(true);
    const { cwnd } = sender.info;
    sender.passes(2_000);
    for (let round = 0; round < 8; round++) sender.roundTrip((0.5 * cwnd) / MSS);
    expect(sender.info).toMatchObject({ windowValidated: true, cwnd });
    // For longer than the sampling period less than half of it.
    for (let round = 0; round < 12; round++) sender.roundTrip((0.5 * cwnd) / MSS - 2);
    expect(sender.info).toMatchObject({ windowValidated: false, cwnd });
    sender.roundTrip(cwnd / MSS);
    sender.roundTrip(cwnd / MSS);
    expect(sender.info.windowValidated).toBe(true);
  });

  it('R7661-3: never counts more as used than was acknowledged in one round trip of the sampling period', async () => {
    const sender = await opened(20);
    sender.passes(5_000);
    expect(sender.pipeAck).toBe(0);
    let most = 0;
    for (const segments of [4, 9, 2, 6, 1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) {
      sender.roundTrip(segments);
      most = Math.max(most, segments);
      expect(sender.pipeAck).toBeLessThanOrEqual(most * MSS);
    }
    // Nine were more than a second ago.
    expect(sender.pipeAck).toBeLessThanOrEqual(3 * MSS);
    expect(sender.pipeAck).toBeGreaterThanOrEqual(MSS);
  });

  it('R7661-4: preserves a window that is not used, idle times included, and opens it no further', async () => {
    const sender = await opened(20);
    const { cwnd } = sender.info;
    sender.passes(60_000);
    for (let round = 0; round < 20; round++) sender.roundTrip(2);
    expect(sender.info).toMatchObject({ cwnd, windowValidated: false });
    sender.passes(60_000);
    expect(sender.sends(60)).toBe(cwnd / MSS);

    const restarting = await opened(20, { windowValidation: false });
    restarting.passes(60_000);
    expect(restarting.sends(60)).toBe(10);
  });

  it.each(['rack', 'sack'] as const)(
    'R7661-5, R7661-6: makes it half of what was used when a loss is found, and less what went again at the end (%s)',
    async (lossRecovery) => {
      const sender = await opened(60, { lossRecovery });
      sender.passes(5_000);
      sender.sends(20);
      expect(sender.info).toMatchObject({ windowValidated: false });
      sender.passes(RTT_MS);
      sender.reports(18, 2);
      expect(sender.info.recovery).toBe('fast');
      expect(sender.info.cwnd).toBe(10 * MSS);
      const again = sender.info.retransmissions;
      expect(again).toBe(2);
      // The timer runs on from when the segments left, and would be due.
      sender.passes(RTT_MS - 10);
      sender.acksAtOnce(20);
      expect(sender.info.recovery).toBe('open');
      // Both segments, and with RFC 6675 the last one for a rescue.
      const { bytesRetransmitted, cwnd, ssthresh } = sender.info;
      expect(bytesRetransmitted).toBeGreaterThanOrEqual(2 * MSS);
      expect(cwnd).toBe(Math.floor((20 * MSS - bytesRetransmitted) / 2));
      expect(ssthresh).toBe(cwnd);
    },
  );

  it('R7661-5: takes what was acknowledged lately for used, where that is more than what is on its way', async () => {
    const sender = await opened(60);
    sender.passes(5_000);
    sender.roundTrip(20);
    sender.sends(6);
    sender.passes(RTT_MS);
    sender.reports(5);
    expect(sender.info.cwnd).toBe(10 * MSS);
  });

  it('R7661-6: leaves one segment at least', async () => {
    const sender = await opened(60);
    sender.passes(5_000);
    sender.sends(4);
    sender.passes(RTT_MS);
    sender.reports(1, 3);
    sender.passes(RTT_MS);
    sender.acks(4);
    expect(sender.info.cwnd).toBe(MSS + 12);
  });

  it('R7661-7: measures anew after a recovery, and nothing in it', async () => {
    const sender = await opened(60);
    sender.passes(5_000);
    sender.sends(20);
    sender.passes(RTT_MS);
    sender.reports(19);
    expect(sender.pipeAck).toBeUndefined();
    sender.passes(RTT_MS);
    sender.acks(10);
    expect(sender.pipeAck).toBeUndefined();
    sender.acks(10);
    expect(sender.info).toMatchObject({ recovery: 'open', windowValidated: true });
    expect(sender.pipeAck).toBeUndefined();
  });

  it('leaves a loss to the controller alone while the window is used', async () => {
    const sender = await opened(20);
    const { cwnd } = sender.info;
    sender.sends(cwnd / MSS);
    sender.passes(RTT_MS);
    sender.reports(cwnd / MSS - 1);
    expect(sender.info.cwnd).toBe(cwnd / 2);
  });

  it('R7661-8: is over with a timeout, which counts as ever', async () => {
    const sender = await opened(20);
    sender.passes(5_000);
    sender.sends(10);
    // A probe after two round trips, and the timeout 200 ms more than one after it.
    sender.passes(600);
    expect(sender.info).toMatchObject({
      cwnd: MSS + 12,
      backoff: 1,
      ssthresh: 5 * MSS,
      windowValidated: true,
    });
  });

  it('R7661-9: makes the window half for each five minutes without use, down to the initial one, and ssthresh leads back', async () => {
    const sender = await opened(80);
    const { cwnd } = sender.info;
    sender.passes(FIVE_MINUTES_MS - 1_000);
    sender.roundTrip(1);
    expect(sender.info.cwnd).toBe(cwnd);
    sender.passes(5_000);
    sender.roundTrip(1);
    expect(sender.info.cwnd).toBe(cwnd / 2);
    sender.passes(20 * FIVE_MINUTES_MS);
    sender.roundTrip(1);
    expect(sender.info.cwnd).toBe(10 * (MSS + 12));

    const slow = await opened(80, { congestionControl: 'cubic' });
    const large = slow.info.cwnd;
    slow.passes(FIVE_MINUTES_MS + 5_000);
    slow.roundTrip(1);
    expect(slow.info.cwnd).toBe(Math.floor(large / 2));
    expect(slow.info.ssthresh).toBeGreaterThanOrEqual(Math.floor((3 * large) / 4));
  });

  it('R7661-10: spreads what leaves after a pause over the round trip', async () => {
    const sender = await opened(20, { pacing: undefined as never });
    expect(sender.info.pacingRate).toBeUndefined();
    sender.passes(5_000);
    expect(sender.sends(40)).toBeLessThanOrEqual(4);
    expect(sender.info.pacingRate).toBeGreaterThan(0);
    expect(sender.bursts(30)).toBeLessThanOrEqual(2);
  });
});

describe('appropriate byte counting', () => {
  it('R3465-1: opens the window in congestion avoidance by a segment for each window that is acknowledged', async () => {
    const sender = await SackSender.with(500, { stack: { sendBuffer: 1_000_000 } });
    sender.peer.after(100);
    sender.ack(0, [[1, 10]]);
    sender.peer.after(100);
    let acked = 10;
    sender.ack(acked);
    expect(sender.info).toMatchObject({ recovery: 'open', cwnd: 5 * MSS, ssthresh: 5 * MSS });
    for (let round = 1; round <= 3; round++) {
      const { cwnd } = sender.info;
      for (let segment = 1; segment < cwnd / MSS; segment++) sender.ack(++acked);
      expect(sender.info.cwnd).toBe(cwnd);
      sender.ack(++acked);
      expect(sender.info.cwnd).toBe(cwnd + MSS);
    }
  });

  it('R3465-2: opens it in slow start by what an ACK covers, two segments at most', async () => {
    const sender = await SackSender.with(100, { stack: { sendBuffer: 1_000_000 } });
    sender.ack(1);
    expect(sender.info.cwnd).toBe(11 * MSS);
    sender.ack(3);
    expect(sender.info.cwnd).toBe(13 * MSS);
    sender.ack(9);
    expect(sender.info.cwnd).toBe(15 * MSS);
  });

  it('R3465-3: opens it after a timeout by one segment for an ACK, whatever it covers', async () => {
    const sender = await SackSender.with(10, { stack: { lossRecovery: 'newreno' } });
    sender.peer.after(400);
    expect(sender.info).toMatchObject({ cwnd: MSS, backoff: 1 });
    sender.ack(4);
    expect(sender.info.cwnd).toBe(2 * MSS);
  });
});
