import { describe, expect, it } from 'vitest';
import { twoHosts } from '../../src/sim/index.ts';
import type { ConnectionOptions } from '../../src/stack/api.ts';
import { throughput } from './congestion/flows.ts';

const RATE = 1e9;
/** Large frames: a sixth of the events, and the same bytes on their way. */
const MTU = 9_000;

/** Bits a second in the fourth second of a transfer that begins from nothing, of what the link carries as text. */
async function shareOfTheLink(options: ConnectionOptions): Promise<number> {
  const topology = twoHosts({ mtu: MTU, both: { rate: RATE, delayMs: 50 } });
  const [rate] = await throughput({
    topology,
    flows: [{ from: 'client', to: 'server', options, listen: options }],
    warmUpMs: 3_000,
    untilMs: 4_000,
  });
  return rate! / RATE;
}

describe('a path of 1 Gbit/s and 100 ms, which holds 12.5 MB', () => {
  it('is filled by buffers that grow', async () => {
    expect(await shareOfTheLink({})).toBeGreaterThan(0.9);
  });

  it('is not by the same buffers as they are at first', async () => {
    expect(await shareOfTheLink({ receiveBuffer: 1_048_576 })).toBeLessThan(0.1);
    expect(await shareOfTheLink({ sendBuffer: 262_144 })).toBeLessThan(0.05);
  });

  it('is filled by one that begins as small as Linux’s', async () => {
    const receiveBuffer = { initial: 131_072, max: 33_554_432 };
    const sendBuffer = { initial: 16_384, max: 33_554_432 };
    expect(await shareOfTheLink({ receiveBuffer, sendBuffer })).toBeGreaterThan(0.9);
  });
});
