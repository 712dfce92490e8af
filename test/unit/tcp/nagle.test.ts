import { describe, expect, it } from 'vitest';
import { createStack, pair } from '../../../src/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';

/** How much of a write is out at once, with one full segment and a rest; and of a small write that follows. */
async function outAtOnce(nagle: 'any' | 'small'): Promise<number[]> {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 10 });
  const options = { nagle, timestamps: false } as const;
  const a = createStack({
    device: left,
    addresses: ['198.18.0.1'],
    clock,
    random: seededRandom(1),
    ...options,
  });
  const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  b.listen({ port: 80 });
  const client = a.open({ host: '198.18.0.2', port: 80 });
  await clock.run({ untilMs: 100 });
  const out: number[] = [];
  for (const length of [1_460 + 100, 50]) {
    client.tryWrite(new Uint8Array(length));
    const { snd } = client.info();
    out.push((snd.nxt - snd.una) >>> 0);
  }
  return out;
}

describe("Nagle's algorithm", () => {
  it('holds a small segment back while anything is unacknowledged', async () => {
    expect(await outAtOnce('any')).toEqual([1_460, 1_460]);
  });

  it('may hold it back while a small one is unacknowledged, and not behind full ones', async () => {
    expect(await outAtOnce('small')).toEqual([1_560, 1_560]);
  });

  it('is refused with a name that there is not', () => {
    const clock = virtualClock();
    const [device] = pair(clock);
    const make = (nagle: string) =>
      createStack({
        device,
        addresses: ['198.18.0.1'],
        clock,
        random: seededRandom(1),
        nagle: nagle as 'any',
      });
    expect(() => make('none')).toThrowError(expect.objectContaining({ code: 'EINVAL' }));
  });
});
