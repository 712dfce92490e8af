import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pair } from '../../../src/net/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { createStack } from '../../../src/stack/stack.ts';

it('gives a peer up that never answers when the user timeout is over, whatever fraction of a millisecond it began at', async () => {
  // Of these starts a quarter are such that (start + timeout) − start is a little less than the timeout.
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 1, max: 1e6, noNaN: true }), async (startMs) => {
      const clock = virtualClock({ startMs });
      const [device] = pair(clock);
      const stack = createStack({ device, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
      const connection = stack.open({ host: '198.18.0.2', port: 7, userTimeoutMs: 5_000 });
      connection.opened.catch(() => {});
      // A SYN, its retransmissions after 1 and 3 s, the user timeout; each may be looked at once too often.
      await clock.run({ maxSteps: 20 });
      expect(connection.closeReason?.how).toBe('timeout');
      expect(clock.now()).toBeCloseTo(startMs + 5_000, 6);
      expect(stack.counters['frames.out']).toBe(3);
    }),
  );
});
