import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Impairments } from '../../../src/net/impairments.ts';
import { exchange, type Link, type Outcome, octets, twoStacks } from '../../support/workload.ts';

const impairments: fc.Arbitrary<Impairments> = fc.record(
  {
    loss: fc.integer({ min: 0, max: 15 }),
    burst: fc.record({ p: fc.integer({ min: 0, max: 3 }), r: fc.integer({ min: 30, max: 100 }) }),
    delayMs: fc.integer({ min: 0, max: 80 }),
    jitterMs: fc.integer({ min: 0, max: 40 }),
    reorder: fc.integer({ min: 0, max: 25 }),
    duplicate: fc.integer({ min: 0, max: 10 }),
    corrupt: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: [] },
);

const ends = fc.record({
  timestamps: fc.boolean(),
  sack: fc.boolean(),
  windowScaling: fc.boolean(),
  noDelay: fc.boolean(),
  pacing: fc.boolean(),
  windowScale: fc.constantFrom(0, 4, 7, 14),
  receiveBuffer: fc.constantFrom(3_000, 20_000, 65_535, 200_000, 1_048_576),
  sendBuffer: fc.constantFrom(1_000, 20_000, 262_144),
  delayedAckMs: fc.constantFrom(0, 40, 200),
  userTimeoutMs: fc.constant(Number.POSITIVE_INFINITY),
});

const links: fc.Arbitrary<Link> = fc.record({
  seed: fc.nat(),
  version: fc.constantFrom(4 as const, 6 as const),
  mtu: fc.constantFrom(1_280, 1_500, 9_000),
  toB: impairments,
  toA: impairments,
  a: ends,
  b: ends,
});

const sizes = fc.constantFrom(0, 1, 100, 1_459, 5_000, 60_000, 150_000);

async function run(link: Link, connections: number, sizeA: number, sizeB: number, pieceSize: number) {
  const { clock, a, b, addressOfB } = twoStacks(link);
  const listener = b.listen({ port: 7 });
  const outcomes: Promise<[string, number, Outcome]>[] = [];
  const server = (async () => {
    for await (const connection of listener) {
      const id = connection.remotePort;
      outcomes.push(
        exchange(connection, octets(id + 1, sizeB), pieceSize).then((outcome) => ['b', id, outcome]),
      );
    }
  })();
  for (let index = 0; index < connections; index++) {
    const connection = a.open({ host: addressOfB, port: 7, localPort: 40_000 + index });
    outcomes.push(
      exchange(connection, octets(connection.localPort, sizeA), pieceSize).then((outcome) => [
        'a',
        connection.localPort,
        outcome,
      ]),
    );
  }
  await clock.run({ maxSteps: 400_000 });
  await listener.close();
  await server;
  return { clock, a, b, outcomes: await Promise.all(outcomes) };
}

describe('two stacks over a bad link', () => {
  it('deliver every octet in order both ways, close every connection and leave no timer behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        links,
        fc.integer({ min: 1, max: 3 }),
        sizes,
        sizes,
        fc.integer({ min: 1, max: 40_000 }),
        async (link, connections, sizeA, sizeB, pieceSize) => {
          const { clock, a, b, outcomes } = await run(
            link,
            connections,
            sizeA,
            sizeB,
            Math.max(pieceSize, Math.ceil(Math.max(sizeA, sizeB) / 200)),
          );
          expect(outcomes.length).toBe(2 * connections);
          for (const [end, port, { received, written, closed }] of outcomes) {
            if (received instanceof Error) throw received;
            const sent = end === 'a' ? octets(port + 1, sizeB) : octets(port, sizeA);
            expect(received.length).toBe(sent.length);
            expect(received.every((octet, index) => octet === sent[index])).toBe(true);
            expect(written).toBe('done');
            expect(closed.how).toBe('closed');
          }
          expect(a.connections.size).toBe(0);
          expect(b.connections.size).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: Number(process.env.STATEWIRE_RUNS ?? 40) },
    );
  }, 600_000);
});
