import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Idle } from '../../support/idle-connections.ts';
import { Peer, pattern } from '../../support/peer.ts';
import { twoStacks } from '../../support/workload.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
const IDLE = fileURLToPath(new URL('../../support/idle-connections.ts', import.meta.url));
const SMALL_WRITES = fileURLToPath(new URL('../../support/small-writes.ts', import.meta.url));

/** Runs a program whose heap can be measured, in a process of its own. */
async function run(file: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', file, ...args],
    { cwd: PROJECT },
  );
  return JSON.parse(stdout);
}

describe("a connection's memory", () => {
  it('is told by what its queues hold, in bytes, and by what it takes without them', async () => {
    const { clock, a, b, addressOfB } = twoStacks({ seed: 1 });
    const accepting = b.listen({ port: 7 }).accept();
    const client = a.open({ host: addressOfB, port: 7 });
    await clock.run({ untilMs: 100 });
    const server = (await accepting)!;
    const { fixed } = client.info().memory;
    expect(client.info().memory).toEqual({
      sendQueue: 0,
      receiveQueue: 0,
      reassembly: 0,
      fixed,
      total: fixed,
    });

    await client.write(pattern(0, 100_000));
    const sending = client.info().memory;
    expect(sending.sendQueue).toBeGreaterThanOrEqual(client.info().snd.queued);
    expect(sending.sendQueue).toBeLessThan(2 * 100_000);
    expect(sending.total).toBe(sending.sendQueue + fixed);

    await clock.run({ untilMs: 5_000 });
    expect(client.info().memory.sendQueue).toBe(0);
    const unread = server.info().memory;
    expect(unread.receiveQueue).toBeGreaterThanOrEqual(100_000);
    expect(unread.receiveQueue).toBeLessThan(2 * 100_000);

    for (let left = 100_000; left > 0; ) left -= (await server.read())!.length;
    expect(server.info().memory).toMatchObject({ receiveQueue: 0, total: fixed });
  });

  it('counts what has arrived beyond a hole as long as the hole is there', () => {
    const peer = new Peer().establish();
    peer.put({ seq: 1_001, text: 'x'.repeat(1_000) });
    peer.after(0);
    expect(peer.connection.info().memory).toMatchObject({ reassembly: 1_000, receiveQueue: 0 });
    peer.put({ seq: 1, text: 'x'.repeat(1_000) });
    peer.after(0);
    const { reassembly, receiveQueue } = peer.connection.info().memory;
    expect(reassembly).toBe(0);
    expect(receiveQueue).toBe(2_000);
  });

  it('is below 8 KiB of heap while it is idle, and what info() estimates it at', async () => {
    const { heapBytes, toldBytes, timers } = (await run(IDLE, '3000')) as Idle;
    expect(heapBytes).toBeLessThan(8_192);
    expect(Math.abs(heapBytes - toldBytes) / toldBytes).toBeLessThan(0.25);
    expect(timers).toBe(0);
  }, 120_000);
});

describe('a million writes of one octet', () => {
  it('take little more memory than their octets, at either end, and none once they are read', async () => {
    const figures = (await run(SMALL_WRITES)) as Record<string, number>;
    const { sent, unsentBytes, unreadBytes, readBytes, segments, inSegmentsBytes } = figures;
    expect(sent).toBe(1_000_000);
    expect(unsentBytes).toBeLessThan(2_000_000);
    expect(unreadBytes).toBeLessThan(2_000_000);
    // What the engine itself takes meanwhile.
    expect(readBytes).toBeLessThan(700_000);
    expect(segments).toBe(50_000);
    // Each came in a frame of 53 octets, none of which is held: with their frames they would take ten million.
    expect(inSegmentsBytes).toBeLessThan(2_000_000);
  }, 120_000);
});
