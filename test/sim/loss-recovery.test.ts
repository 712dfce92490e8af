/** What loss and reordering cost, on virtual time: one sender over one bad way, with each kind of loss recovery. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Impairments } from '../../src/net/impairments.ts';
import type { Connection, ConnectionInfo, ConnectionOptions } from '../../src/stack/api.ts';
import { octets, readAll, twoStacks } from '../support/workload.ts';

interface Outcome {
  readonly ms: number;
  readonly info: ConnectionInfo;
  readonly received: Uint8Array;
}

const BUFFERS = { sendBuffer: 1 << 20, receiveBuffer: 1 << 20 } as const;

async function send(bytes: number, toB: Impairments, a: ConnectionOptions, seed = 1): Promise<Outcome> {
  const link = { seed, toB: { queue: 100_000, ...toB }, a: { ...BUFFERS, ...a }, b: BUFFERS, delayMs: 10 };
  const { clock, a: left, b: right, addressOfB } = twoStacks(link);
  const listener = right.listen({ port: 7 });
  const text = octets(seed, bytes);
  let connection: Connection | undefined;
  void left.connect({ host: addressOfB, port: 7 }).then(async (opened) => {
    connection = opened;
    await opened.write(text);
    await opened.shutdown();
  });
  const done = listener.accept().then(async (accepted) => {
    const received = await readAll(accepted!);
    void accepted!.shutdown();
    return { received, ms: clock.now(), info: connection!.info() };
  });
  await clock.run({ untilMs: 3_600_000, maxSteps: 5_000_000 });
  return done;
}

const LOSSY: Impairments = { loss: 1, rate: 20e6, queue: 60 };

describe('a bulk transfer', () => {
  it('keeps the throughput of RFC 6582’s recovery at 1 % of loss, which congestion control bounds for both', async () => {
    const ratios: number[] = [];
    for (const seed of [1, 2, 3]) {
      const rack = await send(1_000_000, LOSSY, { lossRecovery: 'rack' }, seed);
      const newreno = await send(1_000_000, LOSSY, { lossRecovery: 'newreno' }, seed);
      ratios.push(newreno.ms / rack.ms);
    }
    ratios.sort((one, other) => one - other);
    expect(ratios[1]).toBeGreaterThan(0.9);
  }, 120_000);

  it('outlives the overflow of a queue in slow start, which costs RFC 6582 a round trip for each hole', async () => {
    const way: Impairments = { rate: 50e6, queue: 40 };
    const rack = await send(1_500_000, way, { lossRecovery: 'rack', congestionControl: 'reno' });
    const newreno = await send(1_500_000, way, { lossRecovery: 'newreno', congestionControl: 'reno' });
    expect(newreno.ms / rack.ms).toBeGreaterThan(1.5);
  }, 120_000);

  it('sends less than 1 % in vain when 5 % are reordered and nothing is lost', async () => {
    const { info } = await send(6_000_000, { reorder: 5 }, { lossRecovery: 'rack' });
    expect(info.duplicatesReported / info.segmentsSent).toBeLessThan(0.01);
    expect(info.retransmissions / info.segmentsSent).toBeLessThan(0.01);
  }, 120_000);

  it('ends two round trips after its tail was lost, and not a timeout later', async () => {
    const { clock, a, b, addressOfB } = twoStacks({
      seed: 1,
      delayMs: 50,
      a: { rtoMinMs: 1_000, noDelay: true },
    });
    const listener = b.listen({ port: 7 });
    const connection = a.open({ host: addressOfB, port: 7 });
    const accepting = listener.accept();
    await clock.run({ untilMs: 300 });
    const accepted = (await accepting)!;
    void connection.write(octets(1, 5_000));
    const reading = accepted.read();
    await clock.run({ untilMs: 600 });
    expect((await reading)?.length).toBeGreaterThan(0);
    expect(connection.info().recovery).toBe('open');
  });
});

describe('any lossy way', () => {
  it('delivers every octet in order, with each kind of recovery', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          loss: fc.integer({ min: 0, max: 15 }),
          burst: fc.record({ p: fc.integer({ min: 0, max: 3 }), r: fc.integer({ min: 30, max: 100 }) }),
          reorder: fc.integer({ min: 0, max: 25 }),
          duplicate: fc.integer({ min: 0, max: 10 }),
          delayMs: fc.integer({ min: 0, max: 60 }),
          jitterMs: fc.integer({ min: 0, max: 40 }),
        }),
        fc.constantFrom('rack' as const, 'sack' as const, 'newreno' as const),
        fc.boolean(),
        fc.constantFrom(1, 1_460, 30_000, 80_000),
        fc.nat(),
        async (toB, lossRecovery, timestamps, bytes, seed) => {
          const userTimeoutMs = Number.POSITIVE_INFINITY;
          const { received } = await send(bytes, toB, { lossRecovery, timestamps, userTimeoutMs }, seed);
          expect(Buffer.compare(received, octets(seed, bytes))).toBe(0);
        },
      ),
      { numRuns: 20 },
    );
  }, 240_000);
});
