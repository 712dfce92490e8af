import { describe, expect, it } from 'vitest';
import { FLAG, type IpPacket, pseudoHeaderSum } from '../../../src/wire/index.ts';
import { type Heard, Peer } from '../../support/peer.ts';
import { seen, segment, withChecksum, withOptions } from '../packets.ts';

const MSS = [2, 4, 0x05, 0xb4];

/** The sum over pseudo-header and segment: all ones when the checksum is right. */
function sumOf({ frame }: Pick<Heard, 'frame'>): number {
  const { src, dst, start, end } = seen(frame);
  let sum = pseudoHeaderSum(src, dst, 6, end - start);
  for (let i = start; i < end; i += 2) sum += (frame[i]! << 8) | (i + 1 < end ? frame[i + 1]! : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** The bytes of a segment's options. */
function optionsOf({ frame }: Pick<Heard, 'frame'>): Uint8Array {
  const { start } = seen(frame) as IpPacket;
  return frame.subarray(start + 20, start + (frame[start + 12]! >>> 4) * 4);
}

describe('the TCP header', () => {
  it('MUST-1: a window of 32,768 to 65,535 is as large as it says', async () => {
    for (const wnd of [32_768, 65_535]) {
      const peer = new Peer({ wnd, stack: { noDelay: true } }).establish();
      expect(peer.connection.info().snd.wnd).toBe(wnd);
      void peer.connection.write(new Uint8Array(200_000));
      await peer.settle();
      // Every segment acknowledged, until it is the peer's window alone that bounds the flight.
      while (peer.connection.info().cwnd <= wnd)
        for (const { seq, length } of peer.heard()) peer.say({ ack: seq + length });
      const { una, nxt } = peer.connection.info().snd;
      // But for a rest that is not worth a segment.
      expect(nxt - una).toBeGreaterThan(wnd - 1_460);
      expect(nxt - una).toBeLessThanOrEqual(wnd);
    }
  });

  it('REC-1: windows are kept in more than 16 bits', () => {
    const peer = new Peer({
      syn: { mss: 1_460, windowScale: 14 },
      stack: { receiveBuffer: 2 ** 30 },
    }).establish();
    peer.say({ wnd: 65_535 });
    expect(peer.connection.info().snd.wnd).toBe(65_535 * 2 ** 14);
    expect(peer.connection.info().rcv.wnd).toBeGreaterThan(2 ** 29);
  });

  it('MUST-2: every segment has a right checksum: SYN, text, FIN, RST, odd lengths, both IP versions', async () => {
    for (const version of [4, 6] as const) {
      const frames: Heard['frame'][] = [];
      const peer = new Peer({ version });
      peer.stack.tap(({ kind, frame }) => {
        if (kind === 'sent') frames.push(frame);
      });
      peer.establish();
      void peer.connection.write(new Uint8Array([1, 2, 3]));
      await peer.settle();
      peer.say();
      void peer.connection.shutdown().catch(() => {});
      await peer.settle();
      peer.say({ flags: 'ACK', srcPort: 1, dstPort: 2 });
      peer.connection.abort();
      await peer.settle();
      expect(frames.length).toBeGreaterThanOrEqual(6);
      for (const frame of frames) expect(sumOf({ frame })).toBe(0xffff);
    }
  });

  it('MUST-3: a segment with one bit wrong is counted and not processed, wherever the bit is', () => {
    const peer = new Peer().listen();
    const good = segment(peer, { text: new Uint8Array([1, 2, 3]) });
    for (let at = 20; at < good.length; at++) {
      const damaged = good.slice();
      damaged[at]! ^= 0x10;
      peer.raw(damaged);
    }
    peer.expectSilence();
    expect(peer.counters['drop.tcp.checksum']).toBe(good.length - 20);
    peer.raw(good);
    peer.expect({ flags: 'SYN,ACK' });
  });

  it('R9293-1: reserved bits are sent as zero, and ignored when they arrive', () => {
    const peer = new Peer().listen();
    const frame = segment(peer);
    frame[seen(frame).start + 12]! |= 0x0f;
    peer.raw(withChecksum(frame));
    const answer = peer.expect({ flags: 'SYN,ACK' });
    expect(answer.frame[seen(answer.frame).start + 12]! & 0x0f).toBe(0);
  });

  it('R9293-2: the data offset counts words of four octets, options included', async () => {
    const peer = new Peer().listen();
    peer.say({ flags: 'SYN', seq: 0 });
    const answer = peer.expect({ flags: 'SYN,ACK' });
    const { start, end } = seen(answer.frame);
    expect((answer.frame[start + 12]! >>> 4) * 4).toBe(end - start);
    // One that points into the header, or behind the segment, is none.
    for (const words of [4, 15]) {
      const frame = segment(peer, { srcPort: 999 });
      frame[seen(frame).start + 12] = words << 4;
      peer.raw(withChecksum(frame));
    }
    peer.expectSilence();
    expect(peer.counters['drop.tcp.data-offset']).toBe(2);
  });

  it('R9293-3: sequence numbers wrap: text, ACKs and windows go over 2^32 as over any other number', async () => {
    for (const below of [1, 5, 1_000]) {
      const peer = new Peer({ iss: 2 ** 32 - below, stack: { iss: 2 ** 32 - below } }).establish();
      for (let i = 0; i < 3; i++) peer.say({ text: 1_000 });
      await peer.wait(500);
      expect(peer.heard().at(-1)).toMatchObject({ ack: 3_001 });
      expect(peer.connection.info().rcv.queued).toBe(3_000);
      void peer.connection.write(new Uint8Array(2_920));
      await peer.settle();
      expect(peer.heard().map(({ seq }) => seq)).toEqual([1, 1_461]);
      peer.say({ ack: 2_921 });
      expect(peer.connection.info().snd).toMatchObject({ queued: 0, una: peer.connection.info().snd.nxt });
    }
  });
});

describe('TCP options', () => {
  it('MUST-4: end of list, no-operation and MSS are understood', async () => {
    for (const [options, mss] of [
      [[1, 1, 1, 1, ...MSS], 1_460],
      [[0, 0, 0, 0, ...MSS], 536],
      [[2, 4, 0x02, 0x58, 0, 0, 0, 0], 600],
    ] as const) {
      const peer = new Peer().listen();
      peer.raw(withOptions(segment(peer), options));
      peer.expect({ flags: 'SYN,ACK' });
      expect(peer.connection.info().snd.mss).toBe(mss);
    }
  });

  it('MUST-5: options are taken on any segment, and an MSS in the midst does no harm', () => {
    const peer = new Peer().establish();
    const text = segment(peer, {
      flags: FLAG.ACK,
      seq: 100_001,
      ack: 5_001,
      text: new Uint8Array([1, 2, 3]),
    });
    peer.raw(withOptions(text, [...MSS, 1, 1, 1, 0]));
    expect(peer.connection.info().bytesReceived).toBe(3);
  });

  it('MUST-68: an option that nobody knows yet is skipped by its length', () => {
    for (const kind of [27, 29, 30, 69, 111, 254]) {
      const peer = new Peer().listen();
      peer.raw(withOptions(segment(peer), [kind, 4, 0x80, 0x05, ...MSS]));
      peer.expect({ flags: 'SYN,ACK' });
      expect(peer.connection.info().snd.mss).toBe(1_460);
    }
  });

  it('MUST-64: an option may begin anywhere', () => {
    for (let nops = 0; nops < 4; nops++) {
      const peer = new Peer().listen();
      const options = [...Array<number>(nops).fill(1), ...MSS, ...Array<number>(4 - nops).fill(0)];
      peer.raw(withOptions(segment(peer), options));
      peer.expect({ flags: 'SYN,ACK' });
      expect(peer.connection.info().snd.mss).toBe(1_460);
    }
  });

  it('MUST-69: what follows an end of list is zero: options that are sent end on a word, without one', async () => {
    const peer = new Peer({
      syn: { mss: 1_460, sackPermitted: true, windowScale: 3, timestamps: { value: 1_000, echo: 0 } },
    }).listen();
    peer.synReceived();
    peer.say();
    peer.say({ seq: 10, text: 'hole' });
    const heard = peer.heard();
    expect(heard.length).toBeGreaterThan(0);
    for (const { frame } of heard) {
      const options = optionsOf({ frame });
      for (let at = 0; at < options.length; at += options[at] === 1 ? 1 : options[at + 1]!) {
        expect(options[at]).not.toBe(0);
        if (options[at] === 0) break;
      }
      expect(options.length % 4).toBe(0);
    }
  });

  it('MUST-65: no segment without SYN has an MSS option', async () => {
    const peer = new Peer();
    const kinds: number[][] = [];
    peer.stack.tap(({ kind, frame }) => {
      const { start } = seen(frame);
      if (kind !== 'sent' || (frame[start + 13]! & FLAG.SYN) !== 0) return;
      kinds.push([...optionsOf({ frame })].slice(0, 1));
    });
    peer.establish();
    void peer.connection.write(new Uint8Array(5_000));
    await peer.settle();
    peer.say({ flags: 'FIN,ACK', text: 'x', ack: 1 });
    peer.connection.abort();
    await peer.settle();
    expect(kinds.length).toBeGreaterThan(4);
    expect(kinds.flat()).not.toContain(2);
  });
});
