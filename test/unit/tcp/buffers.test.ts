import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BufferSize, ConnectionOptions } from '../../../src/index.ts';
import { createStack, pair, type StackError } from '../../../src/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { Peer } from '../../support/peer.ts';

const RTT_MS = 100;
const TIMES = { timestamps: { value: 1_000, echo: 0 } } as const;

function peerWith(stack: ConnectionOptions, times = true): Peer {
  return new Peer({ syn: { mss: 1_460, windowScale: 7, ...(times ? TIMES : {}) }, stack }).establish();
}

/** All of them before the answer to the first one is heard: they echo what came a round trip ago. */
function sendAtOnce(peer: Peer, segments: number, size: number): void {
  for (let sent = 0; sent < segments; sent++, peer.nxt += size) peer.put({ text: size });
  peer.after(0);
}

/** The peer fills the window once in a round trip; the user reads at most so much of it. */
async function rounds(peer: Peer, count: number, read: number, everyRounds = 1): Promise<number[]> {
  const sizes: number[] = [];
  const size = peer.timestamps ? 1_448 : 1_460;
  for (let round = 1; round <= count; round++) {
    sendAtOnce(peer, Math.floor(peer.connection.info().rcv.wnd / size), size);
    if (round % everyRounds === 0) {
      for (let left = read; left > 0 && peer.connection.peek(1).length > 0; )
        left -= peer.connection.tryRead(left)!.length;
    }
    peer.after(RTT_MS);
    sizes.push(peer.connection.info().rcv.buffer);
  }
  await peer.settle();
  return sizes;
}

describe('the receive buffer', () => {
  it('stays as large as the user has said', async () => {
    const peer = peerWith({ receiveBuffer: 20_000 });
    expect(new Set(await rounds(peer, 20, Number.POSITIVE_INFINITY))).toEqual(new Set([20_000]));
  });

  it.each([
    ['by timestamps', true],
    ['without timestamps, by a window’s worth of text', false],
  ])('follows what is read in a round trip, which it measures %s, up to its bound', async (_how, times) => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 300_000 } }, times);
    const sizes = await rounds(peer, 20, Number.POSITIVE_INFINITY);
    expect(sizes[0]).toBe(20_000);
    expect(sizes.some((size) => size > 20_000 && size < 300_000)).toBe(true);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes.at(-1)).toBe(300_000);
    // A gain of less than a quarter is not worth a segment of its own.
    expect(peer.connection.info().rcv.wnd).toBeGreaterThan(225_000);
  });

  it('is twice what a sender sends in a round trip who sends no more', async () => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 16_777_216 } });
    for (let round = 0; round < 100; round++) {
      sendAtOnce(peer, 10, 1_448);
      while (peer.connection.tryRead());
      peer.after(RTT_MS);
    }
    // At first it could not be known that the next round trip would not bring twice as much.
    expect(peer.connection.info().rcv.buffer).toBeGreaterThanOrEqual(2 * 14_480);
    expect(peer.connection.info().rcv.buffer).toBeLessThanOrEqual(4 * 14_480);
    await peer.settle();
  });

  it.each([
    ['little each time', 2_000, 1],
    ['much, but seldom', 20_000, 50],
  ])('does not grow for a reader who reads slowly: %s', async (_how, read, every) => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 16_777_216 } });
    expect(new Set(await rounds(peer, 200, read, every))).toEqual(new Set([20_000]));
  });

  it('does not grow for one who does not read', async () => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 16_777_216 } });
    expect(new Set(await rounds(peer, 50, 0))).toEqual(new Set([20_000]));
    expect(peer.connection.info().rcv.wnd).toBeLessThan(1_448);
  });

  it('grows no further than the scale of the handshake can say', async () => {
    const unscaled = new Peer({
      syn: { mss: 1_460, ...TIMES },
      stack: { receiveBuffer: { initial: 20_000, max: 16_777_216 } },
    }).establish();
    expect((await rounds(unscaled, 30, Number.POSITIVE_INFINITY)).at(-1)).toBe(65_535);
    const small = peerWith({ receiveBuffer: { initial: 20_000, max: 16_777_216 }, windowScale: 2 });
    expect((await rounds(small, 30, Number.POSITIVE_INFINITY)).at(-1)).toBe(262_140);
  });

  it('never moves its right edge to the left, whatever is read, grown or set', () => {
    const sizes: fc.Arbitrary<BufferSize> = fc.oneof(
      fc.integer({ min: 1, max: 200_000 }),
      fc
        .tuple(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 50_000, max: 2 ** 30 }))
        .map(([initial, max]) => ({ initial, max })),
    );
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.record({ text: fc.integer({ min: 1, max: 1_448 }) }) },
        { weight: 4, arbitrary: fc.record({ read: fc.integer({ min: 1, max: 40_000 }) }) },
        { weight: 3, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 300 }) }) },
        { weight: 1, arbitrary: fc.record({ receiveBuffer: sizes }) },
      ),
      { maxLength: 120 },
    );
    fc.assert(
      fc.property(sizes, fc.boolean(), steps, (receiveBuffer, times, script) => {
        const peer = peerWith({ receiveBuffer }, times);
        const { rcvShift } = peer.connection.info().options;
        expect(rcvShift).toBeLessThanOrEqual(14);
        const { nxt, wnd } = peer.tcb.rcv;
        let edge = nxt + wnd;
        // What is said of it is rounded down to the steps of the scale (RFC 7323 section 2.4).
        let said = 0;
        for (const step of script) {
          const { rcv } = peer.connection.info();
          if ('text' in step) {
            if (rcv.wnd > 0) peer.say({ text: Math.min(step.text, rcv.wnd) });
          } else if ('read' in step) peer.connection.tryRead(step.read);
          else if ('waitMs' in step) peer.after(step.waitMs);
          else peer.connection.set(step);
          const { tcb } = peer;
          expect(tcb.rcv.nxt + tcb.rcv.wnd).toBeGreaterThanOrEqual(edge);
          edge = tcb.rcv.nxt + tcb.rcv.wnd;
          expect(tcb.rcv.buffer).toBeGreaterThanOrEqual(tcb.settings.receiveBuffer);
          expect(tcb.rcv.buffer).toBeLessThanOrEqual(tcb.settings.largestReceiveBuffer);
          for (const { ack, wnd } of peer.heard()) {
            const right = ack! + wnd * 2 ** rcvShift!;
            expect(right).toBeGreaterThan(said - 2 ** rcvShift!);
            said = Math.max(said, right);
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the scale that is offered', () => {
  function offered(receiveBuffer: BufferSize | undefined): number | undefined {
    const size = receiveBuffer === undefined ? {} : { receiveBuffer };
    const peer = new Peer({ syn: { mss: 1_460, windowScale: 0 }, stack: size }).listen();
    peer.say({ flags: 'SYN', seq: 0 });
    return peer.expect({ flags: 'SYN,ACK' }).options.windowScale;
  }

  it('is for the bound, since it can’t change any more', () => {
    expect(offered({ initial: 65_535, max: 65_535 })).toBe(0);
    expect(offered({ initial: 65_535, max: 65_536 })).toBe(1);
    expect(offered({ initial: 131_072, max: 6_291_456 })).toBe(7);
    expect(offered({ initial: 131_072, max: 2 ** 30 })).toBe(14);
    expect(offered(undefined)).toBe(9);
  });

  it('leaves four steps to the buffer as it is at first', () => {
    expect(offered({ initial: 1_000, max: 2 ** 30 })).toBe(7);
  });
});

describe('the send buffer', () => {
  /** A connection that always has something to send, to a peer who acknowledges all of it once in a round trip. */
  async function send(stack: ConnectionOptions, count: number, bytes: number): Promise<Peer> {
    const peer = new Peer({ syn: { mss: 1_460, windowScale: 14 }, stack }).establish();
    for (let round = 0; round < count; round++) {
      if (bytes > 0) while (peer.connection.tryWrite(new Uint8Array(bytes)) === bytes && bytes > 10_000);
      await peer.wait(RTT_MS);
      peer.heard();
      peer.say({});
    }
    return peer;
  }

  it('follows the congestion window, twice as large, up to its bound', async () => {
    const sendBuffer = { initial: 40_000, max: 500_000 };
    const some = (await send({ sendBuffer }, 4, 16_000)).connection.info();
    expect(some.cwnd).toBeGreaterThan(14_600);
    expect(some.snd.buffer).toBe(Math.max(40_000, 2 * some.cwnd));
    const peer = await send({ sendBuffer }, 100, 16_000);
    expect(peer.connection.info().snd.buffer).toBe(500_000);
    const { queued } = peer.connection.info().snd;
    expect(peer.connection.tryWrite(new Uint8Array(1_000_000))).toBe(500_000 - queued);
  });

  it('stays as large as the user has said', async () => {
    expect((await send({ sendBuffer: 40_000 }, 20, 16_000)).connection.info().snd.buffer).toBe(40_000);
  });

  it('does not grow for one who writes less than the window', async () => {
    const sendBuffer = { initial: 40_000, max: 500_000 };
    expect((await send({ sendBuffer }, 50, 5_000)).connection.info().snd.buffer).toBe(40_000);
  });

  it('lets a waiting write go on once it has grown', async () => {
    const peer = new Peer({
      syn: { mss: 1_460, windowScale: 14 },
      stack: { sendBuffer: { initial: 20_000, max: 200_000 } },
    }).establish();
    let done = false;
    void peer.connection.write(new Uint8Array(60_000)).then(() => {
      done = true;
    });
    await peer.wait(RTT_MS);
    expect(done).toBe(false);
    for (let round = 0; round < 3; round++) {
      peer.heard();
      peer.say({});
      await peer.wait(RTT_MS);
    }
    expect(done).toBe(true);
    expect(peer.connection.info().snd.buffer).toBeGreaterThan(40_000);
  });
});

describe('sizes set while the connection runs', () => {
  it('fix a buffer that grew, or let a fixed one grow', async () => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 300_000 } });
    await rounds(peer, 20, Number.POSITIVE_INFINITY);
    peer.connection.set({ receiveBuffer: 50_000, sendBuffer: 1_000 });
    expect(peer.connection.info()).toMatchObject({ rcv: { buffer: 50_000 }, snd: { buffer: 1_000 } });
    await rounds(peer, 10, Number.POSITIVE_INFINITY);
    expect(peer.connection.info().rcv.buffer).toBe(50_000);
    peer.connection.set({ receiveBuffer: { initial: 20_000, max: 200_000 } });
    expect(peer.connection.info().rcv.buffer).toBe(50_000);
    await rounds(peer, 20, Number.POSITIVE_INFINITY);
    expect(peer.connection.info().rcv.buffer).toBe(200_000);
  });

  it('leave a grown buffer alone where something else is set', async () => {
    const peer = peerWith({ receiveBuffer: { initial: 20_000, max: 300_000 } });
    await rounds(peer, 20, Number.POSITIVE_INFINITY);
    peer.connection.set({ noDelay: true });
    expect(peer.connection.info().rcv.buffer).toBe(300_000);
  });
});

describe('sizes that are none', () => {
  it.each<[object, string]>([
    [{ receiveBuffer: 0 }, 'receiveBuffer is 0;'],
    [{ sendBuffer: 2 ** 30 + 1 }, 'sendBuffer is 1073741825;'],
    [{ sendBuffer: '4k' }, 'sendBuffer is 4k;'],
    [{ receiveBuffer: null }, 'receiveBuffer is null;'],
    [{ receiveBuffer: { initial: 10, max: 9 } }, 'receiveBuffer is { initial: 10, max: 9 };'],
    [{ sendBuffer: { max: 9 } }, 'sendBuffer is { initial: undefined, max: 9 };'],
  ])('are refused: %j', (options, words) => {
    const [device] = pair(virtualClock());
    const clock = virtualClock();
    let error: StackError | undefined;
    try {
      createStack({ device, addresses: ['198.18.0.1'], clock, random: seededRandom(1), ...options });
    } catch (thrown) {
      error = thrown as StackError;
    }
    expect(error?.code).toBe('EINVAL');
    expect(error?.message).toContain(
      `createStack: ${words} give a number of 1 to 1073741824, or { initial, max }`,
    );
  });
});
