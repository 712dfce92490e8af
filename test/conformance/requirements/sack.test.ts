import { describe, expect, it } from 'vitest';
import { Peer } from '../../support/peer.ts';

const ISS = 100_000;

/** A receiver with SACK agreed on, and with timestamps if wanted. */
function receiver(timestamps = false): Peer {
  return new Peer({
    syn: {
      mss: 1_460,
      sackPermitted: true,
      ...(timestamps ? { timestamps: { value: 1_000, echo: 0 } } : {}),
    },
  }).establish();
}

/** Hundreds of octets, numbered from 1, that arrive; then the blocks of the last answer in the same numbers. */
function arrive(peer: Peer, ...hundreds: number[]): (readonly [number, number])[] {
  for (const n of hundreds) peer.say({ seq: 1 + n * 100, text: 100 });
  return blocks(peer);
}

function blocks(peer: Peer): (readonly [number, number])[] {
  return (peer.heard().at(-1)?.options.sack ?? []).map(
    ({ left, right }) => [(left - ISS - 1) / 100, (right - ISS - 1) / 100] as const,
  );
}

describe('SACK', () => {
  it('R2018-1: is permitted by SYN and SYN,ACK alone', async () => {
    const active = new Peer({ syn: { mss: 1_460, sackPermitted: true } });
    const options: boolean[] = [];
    active.stack.open({ host: '198.18.0.2', port: 54_321, localPort: 7_788 });
    active.after(0);
    expect(active.expect({ flags: 'SYN' }).options.sackPermitted).toBe(true);
    active.say({ flags: 'SYN,ACK' });
    void active.connection.write(new Uint8Array(5_000));
    await active.settle();
    for (const { options: sent } of active.heard()) options.push(sent.sackPermitted);
    expect(options.length).toBeGreaterThan(3);
    expect(options).not.toContain(true);
  });

  it('R2018-2: is not sent to a peer that did not permit it', () => {
    const peer = new Peer({ syn: { mss: 1_460 } }).establish();
    expect(arrive(peer, 2, 4)).toEqual([]);
    const unwanted = new Peer({
      syn: { mss: 1_460, sackPermitted: true },
      stack: { sack: false },
    }).establish();
    expect(arrive(unwanted, 2, 4)).toEqual([]);
  });

  it('R2018-3: is in every ACK while text is held behind a hole, and in none afterwards', async () => {
    const peer = receiver();
    expect(arrive(peer, 2)).toEqual([[2, 3]]);
    void peer.connection.write(new Uint8Array(10));
    await peer.settle();
    expect(blocks(peer)).toEqual([[2, 3]]);
    peer.say({ seq: -50, text: 'old' });
    expect(blocks(peer).at(-1)).toEqual([2, 3]);
    expect(arrive(peer, 0)).toEqual([[2, 3]]);
    expect(arrive(peer, 1)).toEqual([]);
  });

  it('R2018-4: tells first of the block that the segment belongs to', () => {
    const peer = receiver();
    arrive(peer, 2, 6, 10);
    expect(arrive(peer, 3)[0]).toEqual([2, 4]);
    expect(arrive(peer, 7)[0]).toEqual([6, 8]);
    expect(arrive(peer, 9)[0]).toEqual([9, 11]);
  });

  it('R2018-5: has room for four blocks, or three beside timestamps, the latest first', () => {
    const peer = receiver();
    expect(arrive(peer, 2, 4, 6, 8, 10)).toEqual([
      [10, 11],
      [8, 9],
      [6, 7],
      [4, 5],
    ]);
    expect(arrive(receiver(true), 2, 4, 6, 8)).toEqual([
      [8, 9],
      [6, 7],
      [4, 5],
    ]);
  });
});

describe('D-SACK', () => {
  it('R2883-1, R2883-2: tells first, and once, of what came twice', () => {
    const peer = receiver();
    arrive(peer, 0, 1);
    expect(arrive(peer, 0)).toEqual([[0, 1]]);
    expect(arrive(peer, 3)).toEqual([[3, 4]]);
    expect(arrive(peer, 1)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    peer.say({ seq: -50, text: '' });
    expect(blocks(peer)).toEqual([[3, 4]]);
  });

  it('R2883-3: tells of the larger block behind the duplicate within it', () => {
    const peer = receiver();
    arrive(peer, 2, 3, 4, 7);
    expect(arrive(peer, 3)).toEqual([
      [3, 4],
      [2, 5],
      [7, 8],
    ]);
  });
});
