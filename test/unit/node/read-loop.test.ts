import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FRAMES_PER_TURN, ReadLoop } from '../../../src/node/read-loop.ts';

/** A device on a time of its own: each look takes a microsecond, and frames are there from their time on. */
class FakeDevice {
  nowUs = 0;
  looks = 0;
  taken = 0;
  observed = true;
  /** When frames arrive, in order. */
  readonly arrivals: number[] = [];
  /** Called when frames were taken. */
  onFrames = (): void => {};

  read(limit: number): number {
    this.looks++;
    this.nowUs++;
    let count = 0;
    while (count < limit && this.arrivals[0] !== undefined && this.arrivals[0] <= this.nowUs) {
      this.arrivals.shift();
      count++;
    }
    this.taken += count;
    if (count > 0) this.onFrames();
    return count;
  }
}

let device: FakeDevice;
let loop: ReadLoop;
const startLoop = (spinUs: number): void => {
  device = new FakeDevice();
  loop = new ReadLoop({
    read: (limit) => device.read(limit),
    wanted: () => device.observed,
    spinMs: spinUs / 1_000,
    nowMs: () => device.nowUs / 1_000,
  });
};

/** The event loop sleeps until the next frame, and takes 10 µs to wake up. */
function wake(): void {
  device.nowUs = Math.max(device.nowUs, device.arrivals[0]! + 10);
  loop.turn();
}

/** Until the loop has neither a look nor a turn left of its own. */
async function settled(): Promise<void> {
  for (let before = -1; before !== device.looks; ) {
    before = device.looks;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Frames `everyUs`, each of which comes from the event loop unless the loop has caught it. */
async function run(everyUs: number, frames: number): Promise<void> {
  const start = device.nowUs;
  for (let i = 1; i <= frames; i++) device.arrivals.push(start + i * everyUs);
  while (device.arrivals.length > 0) {
    wake();
    await settled();
  }
}

describe('a drained device', () => {
  beforeEach(() => startLoop(50));
  afterEach(() => expect(device.arrivals).toEqual([]));

  it('is looked at again, and what comes soon is caught without the event loop', async () => {
    await run(30, 100);
    expect(device.taken).toBe(100);
    expect(loop.caught).toBeGreaterThan(95);
    expect(loop.wakeUps).toBeLessThan(5);
  });

  it('is left to the event loop while frames come so seldom that looking would not pay', async () => {
    await run(1_000, 100);
    expect(loop.wakeUps).toBe(100);
    expect(loop.caught).toBe(0);
    expect(device.looks).toBe(100);
  });

  it('is spun on for no longer than asked for, and once only, when nothing more comes', async () => {
    await run(30, 10);
    const { looks, nowUs } = device;
    // `run` has waited for the last spin to end: the device stays drained from then on.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(device.looks).toBe(looks);
    expect(device.nowUs).toBe(nowUs);
    // A frame a microsecond's look: 30 µs between frames and the 50 of the last spin, and each wake-up's own.
    expect(looks).toBeLessThan(10 * 30 + 50 + 10);
  });

  it('is spun on again as soon as frames come close together again', async () => {
    await run(30, 20);
    await run(5_000, 3);
    const { caught } = loop;
    await run(30, 20);
    expect(loop.caught - caught).toBeGreaterThan(15);
  });

  it('is not spun on at all if that is turned off', async () => {
    startLoop(0);
    await run(5, 50);
    expect(loop.caught).toBe(0);
    expect(device.taken).toBe(50);
  });

  it('is left alone once nobody listens any more, in the middle of a spin', async () => {
    device.onFrames = () => {
      if (device.taken === 15) device.observed = false;
    };
    const frames = Array.from({ length: 30 }, (_, i) => (i + 1) * 30);
    device.arrivals.push(...frames);
    while (device.observed) {
      wake();
      await settled();
    }
    expect(device.taken).toBe(15);
    expect(device.arrivals.splice(0)).toHaveLength(15);
  });
});

describe('an application beside a busy device', () => {
  it('has its promises and ticks run to their end between two looks', async () => {
    startLoop(50);
    const order: string[] = [];
    let answered = 0;
    device.onFrames = () => {
      void Promise.resolve()
        .then(() => new Promise<void>((resolve) => process.nextTick(resolve)))
        .then(() => new Promise<void>((resolve) => process.nextTick(resolve)))
        .then(() => {
          order.push(`answer after ${device.looks} looks`);
          answered++;
        });
    };
    await run(30, 20);
    expect(answered).toBe(20);
    expect(new Set(order).size).toBe(20);
  });

  it('has its timers and sockets served in a flood, and in the longest of spins', async () => {
    startLoop(50);
    let turns = 0;
    let longestUs = 0;
    let lastUs = 0;
    const each = (): void => {
      turns++;
      longestUs = Math.max(longestUs, device.nowUs - lastUs);
      lastUs = device.nowUs;
      if (device.arrivals.length > 0) setImmediate(each);
    };
    for (let i = 1; i <= 2_000; i++) device.arrivals.push(i * 20);
    setImmediate(each);
    while (device.arrivals.length > 0) {
      wake();
      await settled();
    }
    expect(loop.caught).toBeGreaterThan(1_900);
    expect(turns).toBeGreaterThan(30);
    expect(longestUs).toBeLessThan(1_100);
  });

  it('gets its turn after so many frames, however many there are', async () => {
    startLoop(50);
    for (let i = 0; i < 3 * FRAMES_PER_TURN; i++) device.arrivals.push(0);
    const takenAt: number[] = [];
    while (device.arrivals.length > 0) {
      loop.turn();
      takenAt.push(device.taken);
      await settled();
    }
    expect(takenAt).toEqual([1, 2, 3].map((turn) => turn * FRAMES_PER_TURN));
  });
});
