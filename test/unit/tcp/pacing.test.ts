import { describe, expect, it } from 'vitest';
import type { CongestionWindow, Controller } from '../../../src/index.ts';
import { createInspector } from '../../../src/inspect/index.ts';
import { MSS, SackSender, type SackSenderOptions } from '../../support/sack-sender.ts';

const RTT_MS = 100;

function sender(stack: SackSenderOptions['stack'] = {}, rest: SackSenderOptions = {}): Promise<SackSender> {
  return SackSender.with(0, { ...rest, stack: { pacing: true, ...stack } });
}

/** When how many segments of new text left, as times after now. */
function bursts({ peer }: SackSender, untilMs: number): [number, number][] {
  const beganMs = peer.clock.now();
  peer.heard();
  peer.after(untilMs);
  const counts = new Map<number, number>();
  for (const { timeMs, length } of peer.heard()) {
    const afterMs = Math.round((timeMs - beganMs) * 1_000) / 1_000;
    if (length > 0) counts.set(afterMs, (counts.get(afterMs) ?? 0) + length / MSS);
  }
  return [...counts];
}

let made = 0;

/** A window that never changes, and a rate. Known by a name of its own, since a name stands for one controller. */
function fixed(name: string, segments: number, pacingRate?: number): Controller<CongestionWindow> {
  const same = (state: CongestionWindow): CongestionWindow => state;
  return {
    name: `${name} ${++made}`,
    start: () => ({
      cwnd: segments * MSS,
      ssthresh: MSS,
      ...(pacingRate === undefined ? {} : { pacingRate }),
    }),
    onMss: same,
    onAck: same,
    onLoss: same,
    onRecoveryExit: same,
    onRto: same,
    onEcn: same,
    onIdle: same,
  };
}

describe('text that is paced', () => {
  it('leaves two segments at a time, at twice a window a round trip in slow start', async () => {
    const paced = await sender();
    expect(paced.info).toMatchObject({ cwnd: 10 * MSS, pacingRate: (2 * 10 * MSS) / 0.1 });
    void paced.peer.connection.write(new Uint8Array(20 * MSS));
    // What was saved up while nothing was to be sent is a burst at most: four segments, then two each 10 ms.
    expect(bursts(paced, 1)).toEqual([[0, 4]]);
    expect(bursts(paced, 60)).toEqual([
      [9, 2],
      [19, 2],
      [29, 2],
    ]);
  });

  it('leaves at 1.2 windows a round trip where the window is half of ssthresh or more', async () => {
    const paced = await sender({ congestionControl: fixed('twelve', 12) });
    expect(paced.info.pacingRate).toBeCloseTo((1.2 * 12 * MSS) / 0.1);
    void paced.peer.connection.write(new Uint8Array(20 * MSS));
    bursts(paced, 1);
    const waits = bursts(paced, 80).map(([ms, segments]) => [Math.round(ms * 10) / 10, segments]);
    // 144 bytes a millisecond: two segments in 13.89 ms.
    expect(waits).toEqual([
      [12.9, 2],
      [26.8, 2],
      [40.7, 2],
      [54.6, 2],
    ]);
  });

  it('leaves a millisecond’s worth at a time where that is more', async () => {
    const paced = await sender({ congestionControl: fixed('large', 500, 5_000 * MSS) }, { wnd: 60_000 });
    void paced.peer.connection.write(new Uint8Array(200 * MSS));
    bursts(paced, 0.5);
    expect(bursts(paced, 4).slice(0, 3)).toEqual([
      [0.5, 5],
      [1.5, 5],
      [2.5, 5],
    ]);
  });

  it('leaves all at once where it is not paced', async () => {
    const plain = await sender({ pacing: false });
    void plain.peer.connection.write(new Uint8Array(20 * MSS));
    expect(bursts(plain, 60)).toEqual([[0, 10]]);
    expect(plain.info.pacingRate).toBeUndefined();
  });

  it('is not held before a round trip is known', async () => {
    const unknown = await sender({}, { rttMs: 0 });
    expect(unknown.info.pacingRate).toBeUndefined();
    void unknown.peer.connection.write(new Uint8Array(20 * MSS));
    expect(bursts(unknown, 1)).toEqual([[0, 10]]);
  });

  it('is held back by ACKs’ coming early no less: they bring no burst', async () => {
    const paced = await sender();
    void paced.peer.connection.write(new Uint8Array(40 * MSS));
    paced.peer.after(50);
    paced.peer.heard();
    paced.peer.after(40);
    // One ACK for the whole window.
    paced.ack(10);
    const now = paced.sent().length;
    expect(now).toBeGreaterThan(0);
    expect(now).toBeLessThanOrEqual(4);
    expect(bursts(paced, 50).every(([, segments]) => segments <= 2)).toBe(true);
  });
});

describe('a pacing rate', () => {
  it('is the controller’s own where it gives one, whether the user asked for pacing or not', async () => {
    const congestionControl = fixed('own-rate', 20, 50_000);
    const own = await SackSender.with(0, { stack: { congestionControl } });
    expect(own.info.pacingRate).toBe(50_000);
    void own.peer.connection.write(new Uint8Array(20 * MSS));
    bursts(own, 1);
    expect(bursts(own, 120)).toEqual([
      [39, 2],
      [79, 2],
      [119, 2],
    ]);
  });

  it('is none with `pacing: false`, whatever the controller gives', async () => {
    const stack = { congestionControl: fixed('own-rate-too', 20, 50_000), pacing: false };
    const off = await SackSender.with(0, { stack });
    expect(off.info.pacingRate).toBeUndefined();
    void off.peer.connection.write(new Uint8Array(20 * MSS));
    expect(bursts(off, 1)).toEqual([[0, 20]]);
  });

  it('can be turned on and off while the connection runs', async () => {
    const paced = await sender({ pacing: false });
    paced.peer.connection.set({ pacing: true });
    expect(paced.info.pacingRate).toBe(200_000);
    void paced.peer.connection.write(new Uint8Array(10 * MSS));
    expect(bursts(paced, 1)).toEqual([[0, 4]]);
    paced.peer.connection.set({ pacing: false });
    expect(bursts(paced, 1)).toEqual([[0, 6]]);
  });
});

describe('while text waits for its time', () => {
  it.each(['rack', 'sack', 'newreno'] as const)(
    'the retransmission timer runs on behind the wait (%s)',
    async (lossRecovery) => {
      // The rate of a controller whose waits are longer than the timeout.
      const congestionControl = fixed(`slow-${lossRecovery}`, 20, 2_000);
      const slow = await SackSender.with(0, { stack: { congestionControl, lossRecovery } });
      void slow.peer.connection.write(new Uint8Array(20 * MSS));
      slow.peer.after(0);
      // A second's worth was never saved up: the connection is 100 ms old.
      expect(slow.sent()).toEqual([0, 1]);
      const { rtoMs } = slow.info;
      expect(rtoMs).toBe(300);
      slow.peer.after(rtoMs - 1);
      expect(slow.sent()).toEqual([]);
      slow.peer.after(1);
      expect(slow.sent()).toEqual([0, 1]);
      expect(slow.info.retransmissions).toBe(2);
    },
  );

  it('what is lost goes again at once, and counts against what follows', async () => {
    const paced = await sender();
    void paced.peer.connection.write(new Uint8Array(20 * MSS));
    paced.peer.after(40);
    expect(paced.sent()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    paced.peer.after(60);
    paced.ack(0, [[1, 10]]);
    paced.peer.after(30);
    const again = paced.peer.heard().filter(({ seq, length }) => seq === 1 && length > 0);
    expect(again).toHaveLength(1);
  });

  it('what follows a window that went again waits for two bursts at most', async () => {
    // Two segments take 20 ms.
    const paced = await SackSender.with(0, { stack: { congestionControl: fixed('again', 20, 100_000) } });
    void paced.peer.connection.write(new Uint8Array(40 * MSS));
    paced.peer.after(190);
    expect(paced.sent()).toHaveLength(20);
    paced.peer.after(412);
    expect(paced.info).toMatchObject({ recovery: 'loss', retransmissions: 20 });
    paced.sent();
    // With the tail loss probe.
    paced.ack(21);
    paced.peer.after(40);
    expect(paced.sent()).toContain(21);
  });

  it('viewers see the timer, what it waits for, and when it fires', async () => {
    const paced = await sender();
    const viewer = createInspector({ stack: paced.peer.stack }).attach();
    viewer.read();
    void paced.peer.connection.write(new Uint8Array(10 * MSS));
    paced.peer.after(10.5);
    const told = viewer.read().flatMap((envelope) => {
      if (envelope.kind !== 'timer' || envelope.timer !== 'pacing') return [];
      return [[envelope.what, envelope.timeMs, envelope.armedMs, envelope.why]];
    });
    const why = 'the windows let text go, and the pacing rate holds it';
    expect(told).toEqual([
      ['armed', RTT_MS, RTT_MS + 10, why],
      ['fired', RTT_MS + 10, RTT_MS + 10, why],
      ['armed', RTT_MS + 10, RTT_MS + 20, why],
    ]);
  });

  it('holds nothing back over a round trip of less than ten milliseconds', async () => {
    const atOnce: number[] = [];
    for (const rttMs of [9, 10]) {
      const near = await sender({}, { rttMs });
      await near.write(10);
      atOnce.push(near.sent().length);
    }
    expect(atOnce[0]).toBe(10);
    expect(atOnce[1]).toBeLessThan(10);
  });
});
