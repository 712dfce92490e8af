import { describe, expect, it } from 'vitest';
import { dumbbell, simulate } from '../../src/sim/index.ts';
import type { ConnectionOptions } from '../../src/stack/api.ts';

const BYTES = 2_000_000;
const BOTTLENECK = { rate: 20e6, delayMs: 20, queue: { kind: 'drop-tail', limit: 7 } } as const;

/** A transfer over a path of 67 segments whose queue has room for a tenth of them. */
async function transfer(options: ConnectionOptions): Promise<{ tookMs: number; sentMs: number[] }> {
  const sentMs: number[] = [];
  let tookMs = 0;
  const { violation, workloads } = await simulate({
    seed: 1,
    topology: dumbbell({ pairs: 1, bottleneck: { both: BOTTLENECK } }),
    workloads: [
      async ({ host, address, now }) => {
        const listener = host('right1').listen({ port: 7 });
        const accepted = listener.accept();
        const sender = await host('left1').connect({ host: address('right1'), port: 7, ...options });
        host('left1').tap(({ kind, timeMs, frame }) => {
          if (kind === 'sent' && frame.length > 1_000) sentMs.push(timeMs);
        });
        const began = now();
        const writing = sender.write(new Uint8Array(BYTES)).then(() => sender.shutdown());
        const receiver = (await accepted)!;
        while (await receiver.read());
        tookMs = now() - began;
        await writing;
        await receiver.shutdown();
        await listener.close();
      },
    ],
  });
  expect(violation).toBeUndefined();
  expect(workloads.map(({ error }) => error)).toEqual([undefined]);
  return { tookMs, sentMs };
}

/** The most segments that left within any millisecond. */
function largestBurst(times: readonly number[]): number {
  let largest = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= 1) first++;
    largest = Math.max(largest, last - first + 1);
  }
  return largest;
}

describe.each(['cubic', 'reno'])('%s, through a queue much smaller than the path', (congestionControl) => {
  it('takes little more than half of the time when it is paced: no burst fills the queue too early', async () => {
    const plain = await transfer({ congestionControl });
    const paced = await transfer({ congestionControl, pacing: true });
    expect(paced.tookMs).toBeLessThan(0.6 * plain.tookMs);
    expect(largestBurst(plain.sentMs)).toBe(10);
    expect(largestBurst(paced.sentMs)).toBeLessThan(8);
  });
});
