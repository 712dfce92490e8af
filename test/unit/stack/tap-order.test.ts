import { expect, it } from 'vitest';
import { createStack, type FrameEvent, pair } from '../../../src/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';

it('tells an observer of a segment before it tells of the answer, in the order of their times', async () => {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 10 });
  const a = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const events: FrameEvent[] = [];
  a.tap((event) => events.push(event));
  b.listen({ port: 80 });
  const connecting = a.connect({ host: '198.18.0.2', port: 80 });
  await clock.run({ untilMs: 1_000 });
  expect((await connecting).state).toBe('ESTABLISHED');
  expect(events.map(({ kind, before, after }) => `${kind} ${before} ${after}`)).toEqual([
    'sent SYN-SENT SYN-SENT',
    'received SYN-SENT ESTABLISHED',
    'sent SYN-SENT ESTABLISHED',
  ]);
  const times = events.map(({ timeMs }) => timeMs);
  expect(times).toEqual(times.toSorted((x, y) => x - y));
});
