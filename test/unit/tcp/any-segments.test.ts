/**
 * A peer that keeps no rule at all: whatever it says, in whatever order, the connection stays a connection.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/index.ts';
import { distance, ge, le } from '../../../src/tcp/index.ts';
import { NO_OPTIONS } from '../../../src/wire/index.ts';
import { Peer, pattern } from '../../support/peer.ts';

const FLAGS = [
  'ACK',
  'PSH,ACK',
  'FIN,ACK',
  'SYN',
  'SYN,ACK',
  'RST',
  'RST,ACK',
  'URG,ACK',
  'FIN',
  '',
  'SYN,FIN,ACK',
];

/** Near the numbers that matter, and now and then anywhere. */
const near = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.integer({ min: -5_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
);

const segment = fc.record({
  act: fc.constant('segment' as const),
  // Plain ACKs most of the time: others end most connections at once.
  flags: fc.oneof(
    { weight: 3, arbitrary: fc.constant('ACK') },
    { weight: 2, arbitrary: fc.constantFrom(...FLAGS) },
  ),
  seq: near,
  ackAt: fc.constantFrom('una' as const, 'nxt' as const),
  ack: near,
  wnd: fc.oneof(fc.constant(65_535), fc.constantFrom(0, 1, 100, 1_460, 5_000)),
  up: fc.constantFrom(0, 1, 5, 65_535),
  text: fc.oneof(fc.constant(0), fc.constantFrom(1, 10, 1_000, 1_400)),
  tsAge: fc.constantFrom(0, 0, 0, -1, 1, 2 ** 31, undefined),
  sack: fc.array(fc.tuple(near, fc.integer({ min: 0, max: 5_000 })), { maxLength: 3 }),
});

const call = fc.oneof(
  fc.record({ act: fc.constant('write' as const), count: fc.constantFrom(1, 100, 1_460, 20_000) }),
  fc.record({ act: fc.constant('urgent' as const), count: fc.constantFrom(1, 3_000) }),
  fc.record({ act: fc.constant('read' as const), count: fc.constantFrom(1, 1_000, 100_000) }),
  fc.record({ act: fc.constantFrom('shutdown' as const, 'close' as const) }),
  fc.record({
    act: fc.constant('wait' as const),
    ms: fc.constantFrom(0, 1, 40, 500, 1_000, 10_000, 100_000),
  }),
);

type Act =
  | (typeof segment extends fc.Arbitrary<infer S> ? S : never)
  | (typeof call extends fc.Arbitrary<infer C> ? C : never);

const STATES: readonly Exclude<State, 'CLOSED' | 'LISTEN'>[] = [
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];

function holds(peer: Peer, edge: { value: number | undefined }): void {
  const { snd, rcv, settings } = peer.tcb;
  expect(le(snd.una, snd.nxt)).toBe(true);
  // What is out is queued, but for the SYN and the FIN.
  expect(distance(snd.nxt, snd.text)).toBeLessThanOrEqual(snd.queue.length + 1);
  expect(rcv.wnd).toBeGreaterThanOrEqual(0);
  expect(rcv.wnd).toBeLessThanOrEqual(settings.receiveBuffer);
  const held = rcv.blocks.reduce((sum, block) => sum + block.text.length, 0);
  expect(rcv.queue.length + held).toBeLessThanOrEqual(settings.receiveBuffer);
  for (const [index, block] of rcv.blocks.entries()) {
    expect(block.text.length).toBe(distance(block.right, block.left));
    const before = index === 0 ? rcv.nxt : rcv.blocks[index - 1]!.right;
    // Text that came with a SYN waits at RCV.NXT, and has no hole before it.
    expect(distance(block.left, before)).toBeGreaterThanOrEqual(index === 0 ? 0 : 1);
  }
  const right = (rcv.nxt + rcv.wnd) >>> 0;
  if (edge.value !== undefined && peer.state !== 'SYN-SENT' && peer.state !== 'SYN-RECEIVED') {
    expect(ge(right as typeof rcv.nxt, edge.value as typeof rcv.nxt)).toBe(true);
    edge.value = right;
  } else if (peer.state === 'ESTABLISHED') edge.value = right;
  const { cwnd } = peer.tcb.cc;
  expect(cwnd).toBeGreaterThanOrEqual(snd.mss - 40);
  expect(Number.isFinite(peer.tcb.rtt.rtoMs)).toBe(true);
}

async function play(start: (typeof STATES)[number], options: boolean, acts: readonly Act[]): Promise<void> {
  const peer = new Peer({
    stack: { receiveBuffer: 20_000, sendBuffer: 50_000, mslMs: 1_000 },
    syn: options
      ? { mss: 1_460, sackPermitted: true, windowScale: 2, timestamps: { value: 1_000, echo: 0 } }
      : { mss: 1_460 },
  });
  await peer.reach(start);
  const edge: { value: number | undefined } = { value: undefined };
  const { connection } = peer;
  const quietly = (promise: Promise<unknown>) => promise.catch(() => {});
  for (const act of acts) {
    const { snd, rcv } = peer.tcb;
    switch (act.act) {
      case 'segment': {
        const seq = distance(rcv.nxt, peer.iss as typeof rcv.nxt) + act.seq;
        const base = act.ackAt === 'una' ? snd.una : snd.nxt;
        const value = act.tsAge === undefined ? undefined : ((rcv.tsRecent ?? 0) + act.tsAge) >>> 0;
        peer.put({
          flags: act.flags,
          seq,
          ack: distance(base, peer.stackIss as typeof base) + act.ack,
          wnd: act.wnd,
          up: act.up,
          text: pattern(seq, act.text),
          options: {
            ...NO_OPTIONS,
            timestamps: options && value !== undefined ? { value, echo: peer.tsval ?? 0 } : undefined,
            sack: act.sack.map(([left, length]) => ({
              left: (snd.una + left) >>> 0,
              right: (snd.una + left + length) >>> 0,
            })),
          },
        });
        break;
      }
      case 'write':
        quietly(connection.write(new Uint8Array(act.count)));
        break;
      case 'urgent':
        quietly(connection.writeUrgent(new Uint8Array(act.count)));
        break;
      case 'read':
        quietly(connection.read(act.count));
        break;
      case 'shutdown':
        quietly(connection.shutdown());
        break;
      case 'close':
        quietly(connection.close());
        break;
      case 'wait':
        await peer.wait(act.ms);
        break;
    }
    await peer.settle();
    // One event may bring out a window's worth of text, and no more.
    expect(peer.heard().length).toBeLessThan(200);
    expect(peer.counters['connections.crashed']).toBeUndefined();
    if (connection.state === 'CLOSED') break;
    holds(peer, edge);
  }
  connection.abort();
  for (const other of [...peer.stack.connections]) other.abort();
  await peer.settle();
  expect(connection.state).toBe('CLOSED');
  expect(peer.stack.connections.size).toBe(0);
  await connection.closed;
  await connection.opened.catch(() => {});
  expect(peer.clock.pending).toBe(0);
}

describe('whatever a peer says', () => {
  it('crashes no connection, breaks none of its sums, and leaves no timer behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...STATES),
        fc.boolean(),
        fc.array(fc.oneof({ weight: 2, arbitrary: segment }, { weight: 1, arbitrary: call }), {
          maxLength: 30,
        }),
        play,
      ),
      { numRuns: Number(process.env.STATEWIRE_RUNS ?? 150) },
    );
  }, 600_000);
});
