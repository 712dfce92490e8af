/** How fast the path delivers, as a controller that asks for it is told (draft-ietf-ccwg-bbr-06 section 4.1). */

import { describe, expect, it } from 'vitest';
import type { CongestionWindow, ConnectionInfo, Controller, Delivered, Lost } from '../../../src/index.ts';
import { simulate, twoHosts } from '../../../src/sim/index.ts';
import { Peer } from '../../support/peer.ts';
import { SackSender } from '../../support/sack-sender.ts';
import { octets } from '../../support/workload.ts';

const MSS = 1_448;
/** Bytes a second of text over a link of 8 Mbit/s, beside 52 octets of headers in 1,500. */
const LINK = 1_000_000;
const RATE = (LINK * MSS) / (MSS + 52);
const SEGMENTS = 40;
const AMPLE = 4_000_000;

interface Told {
  readonly delivered: Delivered[];
  readonly lost: Lost[];
  readonly calls: string[];
}

let controllers = 0;

/** A window of so many segments, which only listens. */
function listening(segments = SEGMENTS): Told & { readonly controller: Controller<CongestionWindow> } {
  const told: Told = { delivered: [], lost: [], calls: [] };
  const note =
    (name: string) =>
    (state: CongestionWindow): CongestionWindow => {
      told.calls.push(name);
      return state;
    };
  controllers++;
  return {
    ...told,
    controller: {
      name: `listening ${controllers}`,
      start: () => ({ cwnd: segments * MSS, ssthresh: Number.POSITIVE_INFINITY }),
      onMss: (state) => state,
      onAck: note('onAck'),
      onLoss: note('onLoss'),
      onRecoveryExit: note('onRecoveryExit'),
      onRto: note('onRto'),
      onEcn: note('onEcn'),
      onIdle: note('onIdle'),
      onRestart: note('onRestart'),
      onUndo: note('onUndo'),
      onDelivered(state, delivered) {
        told.delivered.push(delivered);
        return state;
      },
      onLost(state, lost) {
        told.lost.push(lost);
        return state;
      },
    },
  };
}

interface Play {
  readonly bytes?: number;
  readonly segments?: number;
  readonly drop?: readonly number[];
  readonly sack?: boolean;
  readonly lossRecovery?: 'rack' | 'sack';
  readonly untilMs?: number;
  readonly pieces?: number;
}

/** So much goes over 8 Mbit/s and 50 ms one way; of the segments with text those of `drop` are lost. */
async function play({
  bytes = 400_000,
  segments,
  drop = [],
  sack = true,
  lossRecovery = 'rack',
  untilMs = 5_000,
  pieces = 1,
}: Play) {
  const told = listening(segments);
  const topology = twoHosts({
    both: { rate: 8 * LINK, delayMs: 50, queue: { kind: 'drop-tail', limit: 1_000 } },
    forth: { drop: drop.map((nth) => ({ nth, of: 'text' as const })) },
  });
  let info: ConnectionInfo | undefined;
  let received = 0;
  await simulate({
    seed: 1,
    topology,
    workloads: [
      async ({ host, address, sleep }) => {
        const listener = host('server').listen({ port: 7, receiveBuffer: AMPLE });
        const accepted = listener.accept();
        const options = { congestionControl: told.controller, sack, lossRecovery, sendBuffer: AMPLE };
        const client = await host('client').connect({ host: address('server'), port: 7, ...options });
        const reader = (await accepted)!;
        const reading = (async () => {
          for (let some = await reader.read(); some !== null; some = await reader.read())
            received += some.length;
        })();
        for (let piece = 0; piece < pieces; piece++) {
          await client.write(octets(1, bytes));
          await sleep(untilMs / pieces);
        }
        info = client.info();
        await client.close();
        await Promise.all([reading, reader.close(), listener.close()]);
      },
    ],
  });
  return { ...told, info: info!, received };
}

/** ACKs for one segment and for two take turns, and a rate begins and ends with one. */
function expectRate(samples: readonly Delivered[]): void {
  const rates = samples.map(({ rate }) => rate! / RATE).sort((a, b) => a - b);
  expect(rates[Math.floor(rates.length / 2)]).toBeCloseTo(1, 1);
  expect(rates[0]).toBeGreaterThan(0.8);
  expect(rates.at(-1)).toBeLessThan(1.05);
}

describe('a controller that asks how fast the path delivers', () => {
  it('is told the rate of the narrowest link, and is not asked by onAck', async () => {
    const { delivered, calls } = await play({ segments: 200, bytes: 1_200_000 });
    // From the second window on, whose ACKs follow upon ACKs.
    const steady = delivered.filter(({ isAppLimited, delivered: all }) => !isAppLimited && all > 600_000);
    expect(steady.length).toBeGreaterThan(20);
    expectRate(steady);
    expect(calls).not.toContain('onAck');
  });

  it('is told of a window a round trip where that holds the rate back', async () => {
    const { delivered } = await play({ segments: 20 });
    const steady = delivered.filter(({ isAppLimited, delivered: all }) => !isAppLimited && all > 100_000);
    for (const { rate, isWindowLimited } of steady) {
      expect(rate! / ((20 * MSS) / 0.101)).toBeCloseTo(1, 0);
      expect(isWindowLimited).toBe(true);
    }
    expect(steady.length).toBeGreaterThan(50);
  });

  it('counts each octet once, in order or not, lost or not', async () => {
    for (const drop of [[], [12], [12, 13, 30]]) {
      const { delivered, received } = await play({ drop });
      expect(received).toBe(400_000);
      // With the FIN.
      expect(delivered.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(400_001);
      expect(delivered.at(-1)!.delivered).toBe(400_001);
      for (const { volume, bytes } of delivered) expect(volume === 0 || volume >= bytes).toBe(true);
    }
  });

  it('is told of what is lost, with the flight that it was sent in, before the recovery begins and during it', async () => {
    const { lost, calls, delivered } = await play({ drop: [15, 16, 60] });
    expect(lost.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(3 * MSS);
    for (const { sentInFlight } of lost) expect(sentInFlight).toBeLessThanOrEqual(SEGMENTS * MSS);
    expect(calls.filter((call) => call === 'onLoss')).toHaveLength(2);
    expect(delivered.some(({ isRecovering }) => isRecovering)).toBe(true);
    // What was sent before a loss and arrives after it is told how much was lost meanwhile.
    expect(Math.max(...delivered.map((sample) => sample.lost))).toBe(2 * MSS);
    expect(delivered.at(-1)!.lost).toBe(0);
  });

  it('has its own window in recovery, not that of proportional rate reduction', async () => {
    const { delivered } = await play({ drop: [45], segments: 30 });
    const during = delivered.filter(({ isRecovering }) => isRecovering);
    expect(during.length).toBeGreaterThan(10);
    // Nothing is taken from a window that the controller leaves as it is.
    for (const { inFlight, bytes } of during) expect(inFlight + bytes).toBeGreaterThanOrEqual(28 * MSS);
  });

  it('is told which rates the user has held back, and when text leaves an empty connection', async () => {
    const { delivered, calls } = await play({ bytes: 5 * MSS, pieces: 4, untilMs: 4_000 });
    expect(delivered.every(({ isAppLimited }) => isAppLimited)).toBe(true);
    expect(calls.filter((call) => call === 'onRestart')).toHaveLength(4);
  });

  it('is told by ACKs in order where SACK was not agreed on, and of no rate while recovery makes them ambiguous', async () => {
    const { delivered, info } = await play({ segments: 200, bytes: 1_200_000, sack: false });
    expect(info.options.sack).toBe(false);
    const steady = delivered.filter(({ isAppLimited, delivered: all }) => !isAppLimited && all > 600_000);
    expect(steady.length).toBeGreaterThan(20);
    expectRate(steady);
    const again = await play({ drop: [20, 25], sack: false });
    expect(again.received).toBe(400_000);
    expect(again.delivered.at(-1)!.delivered).toBe(400_001);
    // The one that recovery begins with, and that of a partial ACK; each round trip counts as one all the same.
    expect(again.lost).toHaveLength(2);
    expect(again.lost[0]!.isSelective).toBe(false);
    expect(
      again.delivered.some(
        ({ isRecovering, priorDelivered }) => isRecovering && priorDelivered !== undefined,
      ),
    ).toBe(true);
    for (const { isSelective, rate, isRecovering } of again.delivered) {
      expect(isSelective).toBe(false);
      if (isRecovering) expect(rate).toBeUndefined();
    }
  });

  it('paces what goes again by the rate that it gives, but for the first of it', async () => {
    const told = listening(100);
    // A hundred segments a second.
    const start: typeof told.controller.start = (mss) => ({
      ...told.controller.start(mss),
      pacingRate: 100 * MSS,
    });
    const paced = { ...told.controller, name: `${told.controller.name} paced`, start };
    const sender = await SackSender.with(40, {
      wnd: 60_000,
      stack: { congestionControl: paced, sendBuffer: 1_000_000 },
    });
    sender.peer.after(150);
    sender.sent();
    sender.ack(0, [[12, 16]]);
    expect(sender.info.recovery).toBe('fast');
    expect(sender.sent().length).toBeLessThanOrEqual(4);
    sender.peer.after(60);
    const next = sender.sent();
    expect(next.length).toBeGreaterThanOrEqual(4);
    expect(next.length).toBeLessThanOrEqual(8);
    // In order, and before anything new.
    expect(Math.max(...next)).toBeLessThan(12);
  });

  it('is told of what a tail loss probe has repaired', async () => {
    const told = listening();
    const sender = await SackSender.with(5, { stack: { congestionControl: told.controller } });
    sender.peer.after(100);
    sender.ack(4);
    // The last one is lost, its probe arrives, and an ACK of both and of what follows tells that one was missing.
    sender.peer.after(320);
    expect(sender.sent()).toContain(4);
    await sender.write(2);
    sender.peer.after(100);
    sender.ack(7);
    expect(told.calls).toContain('onLoss');
    expect(told.lost).toHaveLength(1);
  });

  it('is not told of a probe of the path that is lost alone: that is no sign of congestion', async () => {
    const told = listening();
    const peer = new Peer({
      syn: { mss: 1_460, sackPermitted: true },
      wnd: 30_000,
      stack: { congestionControl: told.controller, mtuProbing: 'always', timestamps: false },
    });
    peer.synReceived();
    peer.after(100);
    peer.say();
    peer.heard();
    await peer.connection.write(octets(1, 60_000));
    peer.after(100);
    const [probe, ...others] = peer.heard().filter(({ length }) => length > 0);
    expect(probe!.length).toBeGreaterThan(others[0]!.length);
    const behind = probe!.seq + probe!.length;
    for (const { seq, length } of others.slice(0, 4)) {
      const block = { left: peer.stackIss + behind, right: peer.stackIss + seq + length };
      peer.say({ ack: probe!.seq, options: { sack: [block] } });
    }
    expect(peer.tcb.recovery.cause).toBe('path probe');
    expect(told.lost).toEqual([]);
    expect(told.calls).not.toContain('onLoss');
  });

  it('learns of a timeout as a loss of all that was in flight', async () => {
    const all = Array.from({ length: 46 }, (_, index) => index + 20);
    // Without a tail loss probe, which would get through.
    const { calls, delivered, received } = await play({ drop: all, lossRecovery: 'sack', untilMs: 20_000 });
    expect(calls).toContain('onRto');
    expect(received).toBe(400_000);
    expect(delivered.at(-1)!.delivered).toBe(400_001);
  });
});
