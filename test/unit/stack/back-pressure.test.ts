import { describe, expect, it } from 'vitest';
import { Peer, pattern } from '../../support/peer.ts';
import { octets, readAll, twoStacks, writeAll } from '../../support/workload.ts';

describe('a device that is full', () => {
  it('gets no new text until it has drained, and then gets what waited', async () => {
    const peer = new Peer({ queue: 3, stack: { noDelay: true }, syn: { mss: 1_000 } }).establish();
    // Three frames fill it: these go in one step.
    await peer.connection.write(pattern(1, 4_000));
    const before = peer.counters['frames.out']!;
    await peer.connection.write(pattern(4_001, 4_000));
    expect(peer.counters['frames.out']).toBe(before);
    peer.after(0);
    expect(peer.heard().map(({ seq }) => seq)).toEqual([1, 1_001, 2_001, 3_001, 4_001, 5_001, 6_001, 7_001]);
  });

  it('still gets the ACKs that are owed', async () => {
    const peer = new Peer({ queue: 1, stack: { noDelay: true, delayedAckMs: 0 }, syn: { mss: 1_000 } });
    peer.establish();
    await peer.connection.write(pattern(1, 1_000));
    await peer.connection.write(pattern(1_001, 1_000));
    peer.put({ text: 'x', ack: 1 });
    peer.after(0);
    expect(peer.heard().some(({ ack }) => ack === 2)).toBe(true);
  });

  it('loses nothing and hangs nowhere, however few frames it takes', async () => {
    for (const queue of [1, 2, 5]) {
      const { clock, a, b, addressOfB } = twoStacks({ seed: queue, queue, delayMs: 3 });
      const listener = b.listen({ port: 7 });
      const accepting = listener.accept();
      const client = a.open({ host: addressOfB, port: 7 });
      await clock.run({ untilMs: 100 });
      const server = (await accepting)!;
      const sent = octets(queue, 200_000);
      const work = Promise.all([
        readAll(server),
        readAll(client),
        writeAll(client, sent, 10_000),
        writeAll(server, sent, 10_000),
      ]);
      await clock.run({ maxSteps: 200_000 });
      const [atServer, atClient] = await work;
      expect(Buffer.compare(atServer, sent) + Buffer.compare(atClient, sent)).toBe(0);
      expect(a.connections.size + b.connections.size + clock.pending).toBe(0);
    }
  });

  it('does not keep a connection that has ended among those that wait for it', async () => {
    const peer = new Peer({ queue: 1, stack: { noDelay: true } }).establish();
    await peer.connection.write(pattern(1, 5_000));
    await peer.connection.write(pattern(5_001, 5_000));
    peer.connection.abort();
    peer.after(10_000);
    expect(peer.stack.connections.size).toBe(0);
    expect(peer.clock.pending).toBe(0);
  });
});
