/** The retransmission timer while a recovery is under way (RFC 6675 section 6). */

import { describe, expect, it } from 'vitest';
import { SackSender } from '../../../support/sack-sender.ts';

const RTT_MS = 100;
const RTO_MS = 300;

describe.each(['rack', 'sack'] as const)('the retransmission timer in a recovery (%s)', (lossRecovery) => {
  it('R6675-9: gives each retransmission a whole timeout, and not the first one alone', async () => {
    const sender = await SackSender.with(20, { stack: { lossRecovery } });
    sender.peer.after(RTT_MS);
    expect(sender.info.rtoMs).toBe(RTO_MS);
    sender.sent();
    sender.ack(0, [[6, 9]]);
    const first = sender.sent();
    expect(first).toContain(0);
    sender.peer.after(250);
    sender.ack(0, [[6, 10]]);
    // It may be followed by new text: what counts is that something lost went again.
    expect(sender.sent().some((segment) => segment < 6 && !first.includes(segment))).toBe(true);
    sender.peer.after(RTO_MS - 1);
    expect(sender.info.recovery).toBe('fast');
    sender.peer.after(1);
    expect(sender.info.recovery).toBe('loss');
  });
});
