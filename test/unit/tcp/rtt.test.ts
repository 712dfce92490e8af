/** The round-trip time by many samples in a window (RFC 7323, appendix G). */

import { describe, expect, it } from 'vitest';
import { SackSender } from '../../support/sack-sender.ts';

/** SRTT after a window of ten segments whose ACKs come after 150 ms each, an ACK for each size; before it SRTT is 100. */
async function smoothed(...sizes: readonly number[]): Promise<number> {
  const sender = await SackSender.with(10, { timestamps: true });
  expect(sender.sent()).toHaveLength(10);
  sender.peer.after(150);
  const { tsval } = sender.peer;
  let acknowledged = 0;
  for (const size of sizes) {
    acknowledged += size;
    sender.ack(acknowledged, [], tsval);
  }
  return sender.info.srttMs!;
}

describe('SRTT', () => {
  it('takes an eighth of a sample that stands for all that is in flight, however many segments that is', async () => {
    // The first ACK is the one of the timed segment, and always counts in full.
    const first = 100 + 50 / 8;
    expect(await smoothed(5)).toBeCloseTo(first, 9);
    expect(await smoothed(5, 5)).toBeCloseTo(first + (150 - first) / 8, 9);
  });

  it('takes less of one that is among several of a round trip', async () => {
    const first = 100 + 50 / 8;
    // Five in flight are as many as three ACKs, of two segments each.
    expect(await smoothed(5, 1)).toBeCloseTo(first + (150 - first) / 24, 9);
  });
});
