/** Ways to take each arrow of the send timer's state `pacing`, from traffic of a stack that paces. */

import type { CongestionWindow, ConnectionOptions, Controller } from '../../src/index.ts';
import type { PeerOptions } from '../support/peer.ts';
import { MSS, SackSender } from '../support/sack-sender.ts';

type Act = (sender: SackSender) => unknown;

const acks =
  (count: number, ...blocks: [number, number][]): Act =>
  (sender) =>
    sender.ack(count, blocks);
const offers =
  (count: number, wnd: number): Act =>
  (sender) =>
    sender.peer.say({ ack: 1 + count * MSS, wnd });
const passes =
  (ms: number): Act =>
  (sender) =>
    sender.peer.after(ms);
const writes =
  (segments: number): Act =>
  (sender) => {
    void sender.peer.connection.write(new Uint8Array(segments * MSS));
    sender.peer.after(0);
  };
const sets =
  (options: Parameters<SackSender['peer']['connection']['set']>[0]): Act =>
  (sender) =>
    sender.peer.connection.set(options);

/** Two segments in 100 ms. */
const same = (state: CongestionWindow): CongestionWindow => state;
const SLOW: Controller<CongestionWindow> = {
  name: 'two segments in 100 ms',
  start: () => ({ cwnd: 20 * MSS, ssthresh: MSS, pacingRate: 20_000 }),
  onMss: same,
  onAck: same,
  onLoss: same,
  onRecoveryExit: same,
  onRto: same,
  onEcn: same,
  onIdle: same,
};

export interface Way {
  readonly stack?: ConnectionOptions;
  readonly queue?: number;
  readonly acts: readonly Act[];
}

/** From an idle connection on; SRTT is 100 ms, and two segments leave in 10 ms, four after a pause. */
export const WAYS: Readonly<Record<string, Way>> = {
  // The timer of the handshake has to be seen off first.
  'idle timer.pacing → pacing': { acts: [passes(1_000), writes(10)] },
  'pacing after sendTimer → idle': { acts: [writes(10), passes(10)] },
  'retransmission timer.pacing → pacing': { stack: { lossRecovery: 'sack' }, acts: [writes(2), writes(8)] },
  'tail-loss probe timer.pacing → pacing': { acts: [writes(2), writes(8)] },
  'reordering timer.pacing → pacing': { acts: [writes(3), passes(100), acks(0, [2, 3]), writes(10)] },
  'persist timer.pacing → pacing': { acts: [offers(0, 0), writes(10), offers(0, 30_000)] },
  'keep-alive timer.pacing → pacing': { acts: [sets({ keepAliveMs: 9_000 }), writes(10)] },
  // The peer takes back what it had offered (MUST-34).
  'pacing timer.retransmission → retransmission': {
    stack: { lossRecovery: 'sack' },
    acts: [writes(10), offers(0, 32)],
  },
  'pacing timer.tail-loss-probe → tail-loss probe': { acts: [writes(10), offers(0, 32)] },
  'pacing timer.reordering → reordering': {
    stack: { congestionControl: SLOW },
    acts: [writes(20), passes(120), acks(0, [2, 3])],
  },
  'pacing timer.persist → persist': { acts: [writes(10), offers(4, 0)] },
  // The device is full, of ACKs: nothing is held for its time then, and nothing is outstanding.
  'pacing timer.keep-alive → keep-alive': {
    stack: { keepAliveMs: 9_000 },
    queue: 1,
    acts: [
      writes(10),
      ({ peer }) => {
        peer.put({ seq: 0, text: 'x', ack: 1 });
        peer.put({ ack: 1 + 4 * MSS });
        peer.after(0);
      },
    ],
  },
};

export async function play({ stack = {}, queue, acts }: Way, internals: PeerOptions['internals'], rest = {}) {
  const sender = await SackSender.with(0, {
    stack: { rtoMinMs: 1_000, pacing: true, ...stack, ...rest },
    ...(queue === undefined ? {} : { queue }),
    ...(internals ? { internals } : {}),
  });
  for (const act of acts) await act(sender);
  return sender;
}
