/**
 * How traffic between a stack and a peer that agreed on SACK comes to each arrow of the send timer's two states that RACK-TLP
 * adds (RFC 8985 section 8). Test words leave these out, since their peer does not offer SACK.
 */

import { MSS, type SackSender } from '../support/sack-sender.ts';

export type Act = (sender: SackSender) => unknown;

const acks =
  (count: number, ...blocks: [number, number][]): Act =>
  (sender) =>
    sender.ack(count, blocks);
const closes = (sender: SackSender): void => sender.peer.say({ wnd: 0 });
/** Shrunk to nothing over what is out already. */
const closesOver = (sender: SackSender): void => sender.peer.say({ ack: 1, wnd: 0 });
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
const shuts = (sender: SackSender): void => {
  void sender.peer.connection.shutdown();
  sender.peer.after(0);
};
/** The peer's FIN, with an ACK of so many segments and of our FIN. */
const closesToo =
  (segments: number): Act =>
  (sender) =>
    sender.peer.say({ flags: 'FIN,ACK', ack: 2 + segments * MSS });

/** From an idle connection on; SRTT is 100 ms. By what is left of the arrow's id in the chart of connections. */
export const WAYS: Readonly<Record<string, readonly Act[]>> = {
  'idle timer.tail-loss-probe → tail-loss probe': [passes(2_000), writes(1)],
  'idle timer.reordering → reordering': [
    writes(3),
    passes(20),
    writes(3),
    passes(80),
    acks(0, [1, 2]),
    passes(10),
    // What was sent later has been delivered meanwhile: the timer fires too early, looks, and is set once more.
    acks(0, [1, 2], [3, 4]),
    passes(15),
  ],
  'tail-loss probe timer.tail-loss-probe → tail-loss probe': [writes(1), passes(10), writes(2), acks(1)],
  'tail-loss probe timer.reordering → reordering': [writes(3), passes(100), acks(0, [2, 3])],
  'tail-loss probe after sendTimer → idle': [writes(3), passes(200)],
  'tail-loss probe timer.keep-alive → keep-alive': [writes(3), acks(3), keepsAlive(50)],
  'tail-loss probe timer.persist → persist': [writes(3), closesOver],
  'tail-loss probe timer.idle → idle': [writes(3), shuts, passes(100), closesToo(3)],
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
  'retransmission timer.reordering → reordering': [
    writes(3),
    // The probe is out, and until it is settled the retransmission timer alone is left.
    passes(210),
    acks(0, [1, 2]),
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
  'reordering timer.reordering → reordering': [
    writes(3),
    passes(60),
    writes(2),
    passes(40),
    acks(0, [1, 2]),
    passes(5),
    // A faster round trip makes the window narrower.
    acks(0, [1, 2], [4, 5]),
  ],
  'reordering timer.keep-alive → keep-alive': [
    writes(3),
    passes(100),
    acks(0, [2, 3]),
    acks(3),
    keepsAlive(10),
  ],
  'reordering timer.persist → persist': [writes(3), passes(100), acks(0, [2, 3]), closesOver],
  'reordering timer.idle → idle': [writes(3), shuts, passes(100), acks(0, [2, 3]), closesToo(3)],
  'reordering after sendTimer → idle': [writes(3), passes(100), acks(0, [2, 3]), passes(25)],
  'persist timer.tail-loss-probe → tail-loss probe': [closes, writes(1), opens(0), acks(1), writes(1)],
  'keep-alive timer.tail-loss-probe → tail-loss probe': [keepsAlive(9_000), writes(1)],
};

/**
 * No traffic takes these. Keep-alive runs while nothing is outstanding, and what may be overdue was sent, under a
 * retransmission or probe timer, before it was overtaken. When a window opens again over what is outstanding, all of it counts
 * as lost, and nothing waits for the reordering window.
 */
export const BY_NO_TRAFFIC = ['keep-alive', 'persist'].map((from) => `${from} timer.reordering → reordering`);

/** What {@link WAYS} calls an arrow of the connection's chart. */
export function nameOf(id: string): string {
  return id.replaceAll(/^connection: open\.send timer\.|open\.send timer\./g, '');
}

/** Whether an arrow leads out of or into one of the two states. */
export function isOfRack(id: string): boolean {
  return /open\.send timer\.(tail-loss probe|reordering)( |$)/.test(id);
}
