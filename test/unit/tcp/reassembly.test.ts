import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, ByteQueue, distance, type Seq, seq } from '../../../src/tcp/index.ts';
import {
  type Block,
  duplicatePart,
  insertBlock,
  sackBlocks,
  takeInOrder,
} from '../../../src/tcp/reassembly.ts';
import { Peer, type PeerOptions, pattern } from '../../support/peer.ts';

const TOTAL = 400;

/** Pieces of one text, as [from, count], in any order, with any overlap. */
const pieces = fc.array(fc.tuple(fc.integer({ min: 0, max: TOTAL - 1 }), fc.integer({ min: 1, max: 90 })), {
  maxLength: 60,
});
const start = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32 - 200, 2 ** 31 - 100)).map(seq);

/** A receiver in its simplest form: what is at `nxt` is taken, what lies beyond is held. */
function receive(nxt: Seq, from: readonly (readonly [number, number])[], origin: Seq) {
  let blocks: readonly Block[] = [];
  let queue = ByteQueue.empty;
  let next = nxt;
  for (const [at, count] of from) {
    const text = pattern(at, Math.min(count, TOTAL - at));
    const left = add(origin, at);
    const skip = Math.max(0, distance(next, left));
    if (skip >= text.length) continue;
    if (distance(left, next) > 0) {
      blocks = insertBlock(blocks, left, text);
      continue;
    }
    queue = queue.append(text.subarray(skip));
    next = add(next, text.length - skip);
    for (let taken = takeInOrder(blocks, next); taken; taken = takeInOrder(blocks, next)) {
      queue = queue.concat(taken.text);
      next = add(next, taken.text.length);
      blocks = taken.rest;
    }
  }
  return { blocks, queue, next };
}

describe('text in any order', () => {
  it('becomes the text in order, as far as it has no hole (R9293-23)', () => {
    fc.assert(
      fc.property(start, pieces, (origin, arrivals) => {
        const { blocks, queue, next } = receive(origin, arrivals, origin);
        const has = new Uint8Array(TOTAL);
        for (const [at, count] of arrivals) has.fill(1, at, at + count);
        const hole = has.indexOf(0);
        const inOrder = hole < 0 ? TOTAL : hole;
        expect(distance(next, origin)).toBe(inOrder);
        expect(Buffer.compare(queue.slice(0, queue.length), pattern(0, inOrder))).toBe(0);
        // And the blocks are what else there is: in order, apart from each other, with the right octets.
        let covered = 0;
        let before = next;
        for (const { left, right, text } of blocks) {
          expect(distance(left, before)).toBeGreaterThan(0);
          const at = distance(left, origin);
          expect(Buffer.compare(text.slice(0, text.length), pattern(at, distance(right, left)))).toBe(0);
          covered += text.length;
          before = right;
        }
        expect(covered).toBe(has.reduce((sum, one) => sum + one, 0) - inOrder);
      }),
    );
  });

  it('is reported with the latest block first, and no more blocks than fit (R2018-4, R2018-5)', () => {
    let blocks: readonly Block[] = [];
    for (const at of [100, 300, 500, 200, 400]) blocks = insertBlock(blocks, seq(at), pattern(at, 10));
    const lefts = (room: number) => sackBlocks(blocks, undefined, room).map(({ left }) => left);
    expect(lefts(3)).toEqual([400, 200, 500]);
    expect(lefts(4)).toEqual([400, 200, 500, 300]);
    blocks = insertBlock(blocks, seq(110), pattern(110, 5));
    expect(sackBlocks(blocks, undefined, 3)[0]).toEqual({ left: 100, right: 115 });
    expect(lefts(3)).toEqual([100, 400, 200]);
  });

  it('that came before is told apart from what is new (RFC 2883)', () => {
    const blocks = insertBlock([], seq(200), pattern(200, 100));
    const part = (left: number, right: number) => duplicatePart(blocks, seq(100), seq(left), seq(right));
    expect(part(50, 80)).toEqual({ left: 50, right: 80 });
    expect(part(50, 120)).toEqual({ left: 50, right: 100 });
    expect(part(100, 150)).toBeUndefined();
    expect(part(100, 200)).toBeUndefined();
    expect(part(150, 201)).toEqual({ left: 200, right: 201 });
    expect(part(299, 350)).toEqual({ left: 299, right: 300 });
    expect(part(300, 350)).toBeUndefined();
  });
});

describe('a peer that leaves a hole before every octet', () => {
  it('has only so many of them held, and no text is lost by it', async () => {
    const peer = new Peer().establish();
    for (let seq = 3; seq < 6_003; seq += 2) peer.put({ text: 1, seq });
    peer.after(0);
    const { outOfOrder } = peer.connection.info().rcv;
    expect(outOfOrder).toBeGreaterThanOrEqual(500);
    expect(outOfOrder).toBeLessThanOrEqual(1_024);
    expect(peer.counters['drop.tcp.too-many-holes']).toBe(3_000 - outOfOrder);
    for (let seq = 1; seq < 6_001; seq += 1_000) peer.say({ text: 1_000, seq });
    expect(peer.connection.info().rcv.nxt - peer.iss).toBe(6_001);
    expect(Buffer.compare((await peer.connection.read())!, pattern(1, 6_000))).toBe(0);
  });
});

describe('SACK on the wire', () => {
  const syn: PeerOptions = { syn: { mss: 1_460, sackPermitted: true } };
  const relative = (peer: Peer, blocks: readonly { left: number; right: number }[]) =>
    blocks.map(({ left, right }) => [left - peer.iss, right - peer.iss]);

  it('answers each segment behind a hole at once, with the block that it is in', () => {
    const peer = new Peer(syn).establish();
    peer.say({ text: 10, seq: 11 });
    expect(relative(peer, peer.expect({ flags: 'ACK', ack: 1 }).options.sack)).toEqual([[11, 21]]);
    peer.say({ text: 10, seq: 31 });
    expect(relative(peer, peer.expect({ ack: 1 }).options.sack)).toEqual([
      [31, 41],
      [11, 21],
    ]);
    peer.say({ text: 10, seq: 21 });
    expect(relative(peer, peer.expect({ ack: 1 }).options.sack)).toEqual([[11, 41]]);
    peer.say({ text: 10, seq: 1 });
    expect(peer.expect({ ack: 41 }).options.sack).toEqual([]);
  });

  it('is not sent to a peer that did not permit it (R2018-2)', () => {
    const peer = new Peer().establish();
    peer.say({ text: 10, seq: 11 });
    expect(peer.expect({ flags: 'ACK', ack: 1 }).options.sack).toEqual([]);
  });

  it('tells of a segment that came twice, once (R2883-1, R2883-2)', () => {
    const peer = new Peer(syn).establish();
    peer.say({ text: 10 });
    peer.say({ text: 10, seq: 1 });
    expect(relative(peer, peer.expect({ ack: 11 }).options.sack)).toEqual([[1, 11]]);
    peer.say({ text: 10, seq: 31 });
    expect(relative(peer, peer.expect({ ack: 11 }).options.sack)).toEqual([[31, 41]]);
  });

  it('puts the larger block behind a duplicate within it (R2883-3)', () => {
    const peer = new Peer(syn).establish();
    for (const seq of [101, 21]) peer.say({ text: 50, seq });
    peer.heard();
    peer.say({ text: 10, seq: 31 });
    expect(relative(peer, peer.expect({ ack: 1 }).options.sack)).toEqual([
      [31, 41],
      [21, 71],
      [101, 151],
    ]);
  });

  it('says three blocks beside timestamps and four without (R2018-5)', () => {
    for (const [options, most] of [
      [{ sackPermitted: true }, 4],
      [{ sackPermitted: true, timestamps: { value: 1_000, echo: 0 } }, 3],
    ] as const) {
      const peer = new Peer({ syn: { mss: 1_460, ...options } }).establish();
      for (const seq of [11, 31, 51, 71, 91]) peer.say({ text: 5, seq });
      expect(peer.heard().at(-1)!.options.sack.length).toBe(most);
    }
  });

  it('leaves room for itself in segments with text', async () => {
    const peer = new Peer({
      syn: { mss: 1_460, sackPermitted: true, timestamps: { value: 1_000, echo: 0 } },
    }).establish();
    for (const seq of [11, 31, 51, 71]) peer.say({ text: 5, seq });
    peer.heard();
    await peer.connection.write(pattern(1, 10_000));
    peer.after(0);
    for (const { frame } of peer.heard()) expect(frame.length).toBeLessThanOrEqual(1_500);
  });
});
