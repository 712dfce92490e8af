/**
 * The arrows of the send timer's two states that RACK-TLP adds (RFC 8985 section 8): those that ordinary traffic between a
 * stack and a peer that agreed on SACK takes. Test words leave them out, since their peer does not offer it.
 */

import { describe, expect, it } from 'vitest';
import { ArrowsTaken } from '../../src/model/index.ts';
import { MSS, SackSender } from '../support/sack-sender.ts';

type Act = (sender: SackSender) => unknown;

const acks =
  (count: number, ...blocks: [number, number][]): Act =>
  (sender) =>
    sender.ack(count, blocks);
const closes = (sender: SackSender): void => sender.peer.say({ wnd: 0 });
const opens =
  (count: number): Act =>
  (sender) =>
    sender.peer.say({ ack: 1 + count * MSS, wnd: 30_000 });
const passes =
  (ms: number): Act =>
  (sender) =>
    sender.peer.after(ms);
const writes =
  (segments: number): Act =>
  (sender) =>
    sender.write(segments);
const keepsAlive =
  (ms: number): Act =>
  (sender) =>
    sender.peer.connection.set({ keepAliveMs: ms });

/** From an idle connection on; SRTT is 100 ms. */
const WAYS: Readonly<Record<string, readonly Act[]>> = {
  'tail-loss probe timer.tail-loss-probe → tail-loss probe': [writes(1), passes(10), writes(2), acks(1)],
  'tail-loss probe timer.reordering → reordering': [writes(3), passes(100), acks(0, [2, 3])],
  'tail-loss probe after sendTimer → idle': [writes(3), passes(200)],
  'tail-loss probe timer.keep-alive → keep-alive': [writes(3), acks(3), keepsAlive(50)],
  'tail-loss probe timer.retransmission → retransmission': [
    writes(10),
    passes(150),
    // The report fills the reordering window at once, and recovery has the retransmission timer alone.
    acks(0, [1, 5]),
  ],
  'retransmission timer.tail-loss-probe → tail-loss probe': [
    writes(10),
    passes(100),
    acks(0, [1, 4]),
    acks(10),
    writes(2),
  ],
  'reordering timer.retransmission → retransmission': [
    writes(10),
    passes(100),
    acks(0, [5, 6]),
    acks(0, [5, 8]),
  ],
  'reordering timer.tail-loss-probe → tail-loss probe': [
    writes(3),
    passes(100),
    acks(0, [2, 3]),
    acks(3),
    writes(1),
  ],
  'reordering timer.keep-alive → keep-alive': [
    writes(3),
    passes(100),
    acks(0, [2, 3]),
    acks(3),
    keepsAlive(10),
  ],
  'reordering after sendTimer → idle': [writes(3), passes(100), acks(0, [2, 3]), passes(25)],
  'persist timer.tail-loss-probe → tail-loss probe': [closes, writes(1), opens(0), acks(1), writes(1)],
  'keep-alive timer.tail-loss-probe → tail-loss probe': [keepsAlive(9_000), writes(1)],
};

describe('the send timer with RACK-TLP', () => {
  it.each(Object.entries(WAYS))('takes %s', async (name, ways) => {
    const taken = new ArrowsTaken();
    const sender = await SackSender.with(0, {
      stack: { rtoMinMs: 1_000 },
      internals: { alwaysStep: true, inspect: taken.inspect as never },
    });
    for (const act of ways) await act(sender);
    const counts = taken
      .of('connection')
      .filter(({ count }) => count > 0)
      .map(({ arrow }) => arrow.id.replaceAll(/^connection: open\.send timer\.|open\.send timer\./g, ''));
    expect(counts).toContain(name);
  });
});
