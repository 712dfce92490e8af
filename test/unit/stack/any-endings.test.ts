import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection, ConnectionOptions } from '../../../src/index.ts';
import type { VirtualClock } from '../../../src/sim/index.ts';
import { octets, twoStacks } from '../../support/workload.ts';

/** What one end does, after so many milliseconds. */
const act = fc.record({
  afterMs: fc.constantFrom(0, 1, 5, 20, 100, 1_000),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('write' as const, 'read' as const) },
    { weight: 1, arbitrary: fc.constantFrom('shutdown' as const, 'close' as const, 'abort' as const) },
  ),
  size: fc.constantFrom(1, 100, 3_000, 50_000),
});
const acts = fc.array(act, { maxLength: 10 });

/** What an end has done and seen. */
interface Ledger {
  /** Octets that `write` was given, and whether a call closed the direction in good order behind them. */
  given: number;
  closedInOrder: boolean;
  received: Uint8Array[];
  sawEnd: boolean;
  error: { code: string } | undefined;
}

const emptyLedger = (): Ledger => ({
  given: 0,
  closedInOrder: false,
  received: [],
  sawEnd: false,
  error: undefined,
});

function sleep(clock: VirtualClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, ms));
}

async function readOnce(connection: Connection, ledger: Ledger): Promise<boolean> {
  try {
    const piece = await connection.read();
    if (piece === null) ledger.sawEnd = true;
    else ledger.received.push(piece);
    return piece !== null;
  } catch (error) {
    ledger.error ??= error as { code: string };
    return false;
  }
}

async function live(
  clock: VirtualClock,
  connection: Connection,
  script: readonly (typeof act extends fc.Arbitrary<infer A> ? A : never)[],
  stream: Uint8Array,
  ledger: Ledger,
): Promise<void> {
  const quietly = (promise: Promise<unknown>) => promise.catch(() => {});
  const started: Promise<unknown>[] = [];
  let open = true;
  for (const { afterMs, what, size } of script) {
    await sleep(clock, afterMs);
    if (what === 'write' && open) {
      const bytes = stream.subarray(ledger.given, ledger.given + size);
      ledger.given += bytes.length;
      started.push(quietly(connection.write(bytes)));
    } else if (what === 'read') started.push(readOnce(connection, ledger));
    else if (what === 'shutdown') {
      if (open) ledger.closedInOrder = true;
      open = false;
      started.push(quietly(connection.shutdown()));
    } else if (what === 'close') {
      if (open) ledger.closedInOrder = true;
      open = false;
      started.push(quietly(connection.close()));
    } else if (what === 'abort') {
      open = false;
      connection.abort();
    }
  }
  if (open) {
    ledger.closedInOrder = true;
    started.push(quietly(connection.shutdown()));
  }
  while (await readOnce(connection, ledger));
  await connection.closed;
  await Promise.all(started);
}

function check(mine: Ledger, theirs: Ledger, stream: Uint8Array): void {
  const received = Buffer.concat(mine.received);
  // Never a wrong octet, never one that was not written.
  expect(Buffer.compare(received, stream.subarray(0, received.length))).toBe(0);
  expect(received.length).toBeLessThanOrEqual(theirs.given);
  // The end of the stream is its end: all that was written came, and it was closed in good order.
  if (mine.sawEnd) {
    expect(theirs.closedInOrder).toBe(true);
    expect(received.length).toBe(theirs.given);
  }
}

describe('two stacks whose users do as they please', () => {
  it('show no end of a stream but the real one, settle every promise, and leave nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.record({
          loss: fc.constantFrom(0, 0, 5, 20),
          reorder: fc.constantFrom(0, 20),
          duplicate: fc.constantFrom(0, 10),
          delayMs: fc.constantFrom(0, 30),
        }),
        fc.constantFrom(2_000, 65_535, 1_048_576),
        fc.boolean(),
        acts,
        acts,
        async (seed, impairments, receiveBuffer, timestamps, scriptA, scriptB) => {
          const options: ConnectionOptions = {
            receiveBuffer,
            timestamps,
            sendBuffer: 20_000,
            keepAliveMs: 20_000,
            userTimeoutMs: 60_000,
            mslMs: 5_000,
            // Right before the wrap, so that every longer transfer crosses it.
            iss: 2 ** 32 - 1_500,
          };
          const { clock, a, b, addressOfB } = twoStacks({
            seed,
            toA: impairments,
            toB: impairments,
            a: options,
            b: options,
          });
          const listener = b.listen({ port: 7 });
          const accepting = listener.accept();
          const client = a.open({ host: addressOfB, port: 7 });
          await clock.run({ untilMs: 200_000, until: () => client.state !== 'SYN-SENT', maxSteps: 100_000 });
          const [ledgerA, ledgerB] = [emptyLedger(), emptyLedger()];
          const [streamA, streamB] = [octets(seed + 1, 600_000), octets(seed + 2, 600_000)];
          let done = false;
          const work = (async () => {
            const opened = await client.opened.then(
              () => true,
              () => false,
            );
            const alice = opened ? live(clock, client, scriptA, streamA, ledgerA) : undefined;
            const server = await accepting;
            if (server) await live(clock, server, scriptB, streamB, ledgerB);
            await alice;
            done = true;
          })();
          // A handshake whose last ACK was lost may end unaccepted: then the listener's end ends the wait.
          await clock.run({ untilMs: 1_000_000, maxSteps: 300_000 });
          await listener.close();
          await clock.run({ maxSteps: 300_000 });
          await work;
          expect(done).toBe(true);
          check(ledgerA, ledgerB, streamB);
          check(ledgerB, ledgerA, streamA);
          expect(a.counters['connections.crashed'] ?? b.counters['connections.crashed']).toBeUndefined();
          expect(a.connections.size + b.connections.size).toBe(0);
          expect(clock.pending).toBe(0);
        },
      ),
      { numRuns: Number(process.env.STATEWIRE_RUNS ?? 60) },
    );
  }, 600_000);
});
