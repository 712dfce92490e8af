import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_PRR, onAckInRecovery, type Prr } from '../../../../src/tcp/recovery/prr.ts';
import { SackSender } from '../../../support/sack-sender.ts';

const MSS = 1_000;

describe('proportional rate reduction', () => {
  it('R9937-1, R6937-1: sends ssthresh / RecoverFS of what is delivered while more than ssthresh is in flight', () => {
    let prr: Prr = { ...NO_PRR, recoverFlight: 20 * MSS };
    let pipe = 18 * MSS;
    let out = 0;
    for (let ack = 0; ack < 8; ack++) {
      const next = onAckInRecovery(prr, { delivered: MSS, pipe, ssthresh: 10 * MSS, mss: MSS, isSafe: true });
      const may = Math.floor((next.window - pipe) / MSS) * MSS;
      out += may;
      prr = { ...next.prr, out };
      pipe += may - MSS;
    }
    // One at once, and then one for each two delivered.
    expect(out).toBe(4 * MSS);
  });

  it('R9937-2: sends no more than was delivered when less than ssthresh is in flight and more is lost', () => {
    const prr: Prr = { delivered: 3 * MSS, out: 3 * MSS, recoverFlight: 20 * MSS };
    const ack = { delivered: 2 * MSS, pipe: 4 * MSS, ssthresh: 10 * MSS, mss: MSS };
    expect(onAckInRecovery(prr, { ...ack, isSafe: false }).window).toBe(6 * MSS);
  });

  it('R9937-3: adds one segment for an ACK that shows progress and no further loss', () => {
    const prr: Prr = { delivered: 3 * MSS, out: 3 * MSS, recoverFlight: 20 * MSS };
    const ack = { delivered: 2 * MSS, pipe: 4 * MSS, ssthresh: 10 * MSS, mss: MSS };
    expect(onAckInRecovery(prr, { ...ack, isSafe: true }).window).toBe(7 * MSS);
  });

  it('R9937-4: sends the first retransmission at once', async () => {
    const ack = { delivered: 1, pipe: 19 * MSS, ssthresh: 10 * MSS, mss: MSS, isSafe: false };
    expect(onAckInRecovery({ ...NO_PRR, recoverFlight: 20 * MSS }, ack).window).toBe(20 * MSS);
    const sender = await SackSender.with(10);
    sender.sent();
    sender.peer.after(100);
    sender.ack(0, [[1, 4]]);
    expect(sender.sent()[0]).toBe(0);
  });

  it('never lets more than ssthresh into flight, but where more is there already', () => {
    fc.assert(
      fc.property(
        fc.record({
          delivered: fc.nat(100_000),
          pipe: fc.nat(100_000),
          ssthresh: fc.integer({ min: 2_000, max: 100_000 }),
          mss: fc.constantFrom(100, 1_460),
          isSafe: fc.boolean(),
        }),
        fc.nat(200_000),
        fc.nat(200_000),
        fc.nat(100_000),
        (ack, delivered, out, more) => {
          const recoverFlight = delivered + ack.delivered + more;
          const { window } = onAckInRecovery({ delivered, out: out + 1, recoverFlight }, ack);
          expect(window).toBeGreaterThanOrEqual(ack.pipe);
          if (ack.pipe <= ack.ssthresh) expect(window).toBeLessThanOrEqual(ack.ssthresh);
          // What has been sent and may be sent stays in proportion to what was delivered.
          else
            expect(window - ack.pipe).toBeLessThanOrEqual(
              Math.max(0, Math.ceil(((delivered + ack.delivered) * ack.ssthresh) / recoverFlight) - out - 1),
            );
        },
      ),
    );
  });

  it('R9937-6: counts from what was in flight before the ACK that began it, without what had been reported', async () => {
    const sender = await SackSender.with(10);
    sender.peer.after(100);
    sender.ack(0, [[1, 3]]);
    expect(sender.info.recovery).toBe('disorder');
    sender.ack(0, [[1, 4]]);
    // Ten were out, two of them reported before.
    expect(sender.peer.tcb.recovery.prr.recoverFlight).toBe(8 * MSS);
  });

  it('R9937-5: ends with cwnd at ssthresh', async () => {
    const sender = await SackSender.with(40);
    sender.sent();
    sender.peer.after(100);
    sender.ack(0, [[1, 4]]);
    const { ssthresh } = sender.info;
    sender.peer.after(100);
    sender.ack(10);
    expect(sender.info).toMatchObject({ recovery: 'open', ssthresh, cwnd: ssthresh });
  });
});

describe('the bounds of proportional rate reduction', () => {
  const prr: Prr = { delivered: 5 * MSS, out: MSS, recoverFlight: 10 * MSS };

  it('are those of the end of the reduction once no more than ssthresh is in flight', () => {
    const ack = { delivered: MSS, pipe: 5 * MSS, ssthresh: 5 * MSS, mss: MSS, isSafe: true };
    expect(onAckInRecovery(prr, ack).window).toBe(5 * MSS);
    expect(onAckInRecovery(prr, { ...ack, pipe: 5 * MSS + 1 }).window).toBe(5 * MSS + 1 + 2 * MSS);
  });

  it('let out what was delivered and not yet sent, up to ssthresh', () => {
    const ack = { delivered: MSS, pipe: MSS, ssthresh: 5 * MSS, mss: MSS, isSafe: false };
    expect(onAckInRecovery(prr, ack).window).toBe(5 * MSS);
    expect(onAckInRecovery({ ...prr, out: 5 * MSS }, ack).window).toBe(2 * MSS);
    expect(onAckInRecovery({ ...prr, out: 6 * MSS }, { ...ack, isSafe: true }).window).toBe(3 * MSS);
  });
});
