import { describe, expect, it } from 'vitest';
import { CoDelQueue } from '../../../../src/sim/network/queues/codel.ts';
import { DropTailQueue } from '../../../../src/sim/network/queues/drop-tail.ts';
import type { FrameQueue } from '../../../../src/sim/network/queues/queue.ts';
import { RedQueue } from '../../../../src/sim/network/queues/red.ts';
import { seededRandom } from '../../../../src/sim/seeded-random.ts';

const frame = (length = 1_000): Uint8Array => new Uint8Array(length);

/** Offers a frame every `inMs` and takes one every `outMs`, for so long; gives what was lost, by reason. */
function load(queue: FrameQueue, inMs: number, outMs: number, durationMs: number): Record<string, number> {
  const lost: Record<string, number> = {};
  const lose = (why: string): void => {
    lost[why] = (lost[why] ?? 0) + 1;
  };
  for (let now = 0, nextIn = 0, nextOut = 0; now < durationMs; now = Math.min(nextIn, nextOut)) {
    if (now >= nextIn) {
      const loss = queue.offer(frame(), now);
      if (loss) lose(loss);
      nextIn += inMs;
    }
    if (now >= nextOut) {
      queue.take(now, (_, why) => lose(why));
      nextOut += outMs;
    }
  }
  return lost;
}

describe('a drop-tail queue', () => {
  it('takes as many as its limit, and loses the next', () => {
    const queue = new DropTailQueue(2);
    expect([queue.offer(frame()), queue.offer(frame()), queue.offer(frame())]).toEqual([
      undefined,
      undefined,
      'queue-full',
    ]);
    queue.take();
    expect(queue.offer(frame())).toBeUndefined();
  });

  it('gives back what it was given, in order', () => {
    const queue = new DropTailQueue(100);
    const frames = Array.from({ length: 70 }, (_, n) => frame(n + 1));
    for (const each of frames) queue.offer(each);
    expect(frames.map(() => queue.take())).toEqual(frames);
    expect(queue.take()).toBeUndefined();
  });
});

describe('random early detection', () => {
  const red = (options = {}): RedQueue =>
    new RedQueue({ kind: 'red', limit: 60, weight: 0.2, ...options }, 8e6, seededRandom(1));

  it('loses nothing while the average length is below the minimum', () => {
    expect(load(red(), 2, 1, 2_000)).toEqual({});
  });

  it('loses frames by chance before the queue is full', () => {
    const queue = red();
    const lost = load(queue, 0.9, 1, 5_000);
    expect(lost['queue-full']).toBeUndefined();
    // One in ten has to go for the queue to hold its length.
    expect(lost.red).toBeGreaterThan(400);
    expect(lost.red).toBeLessThan(700);
    expect(queue.length).toBeLessThan(60);
  });

  it('never holds more than its limit', () => {
    const queue = red({ weight: 0.0001 });
    expect(load(queue, 0.1, 1, 200)['queue-full']).toBeGreaterThan(1_000);
    expect(queue.length).toBeLessThanOrEqual(60);
  });

  it('forgets a long queue while it is empty', () => {
    const queue = red();
    for (let n = 0; n < 50; n++) queue.offer(frame(), 0);
    while (queue.take(1)) {}
    expect(queue.offer(frame(), 60_000)).toBeUndefined();
    expect(load(queue, 2, 1, 100)).toEqual({});
  });
});

describe('controlled delay', () => {
  const codel = (): CoDelQueue => new CoDelQueue({ kind: 'codel' });

  it('loses nothing of a burst that is gone within the interval', () => {
    const queue = codel();
    for (let n = 0; n < 90; n++) queue.offer(frame(), 0);
    const lost: string[] = [];
    for (let now = 1; queue.length > 0; now++) queue.take(now, (_, why) => lost.push(why));
    expect(lost).toEqual([]);
  });

  it('loses from the head of a queue that stands, ever more often, until frames wait no longer than the target', () => {
    const queue = codel();
    const lost = load(queue, 0.95, 1, 20_000);
    // One in twenty is too many.
    expect(lost.codel).toBeGreaterThan(600);
    expect(queue.length).toBeLessThan(60);
  });

  it('keeps a queue of no more than one full frame, however long it has waited', () => {
    const queue = codel();
    const lost: string[] = [];
    for (let now = 0; now < 10_000; now += 50) {
      queue.offer(frame(1_500), now);
      queue.take(now + 49, (_, why) => lost.push(why));
    }
    expect(lost).toEqual([]);
  });
});
