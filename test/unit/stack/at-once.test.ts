import { describe, expect, test } from 'vitest';
import { type Connection, createStack, pair } from '../../../src/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';

async function connected(options: Parameters<ReturnType<typeof createStack>['listen']>[0] = { port: 80 }) {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 10 });
  const a = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const listener = b.listen(options);
  const client = a.open({ host: '198.18.0.2', port: 80 });
  expect(listener.tryAccept()).toBeUndefined();
  await clock.run({ untilMs: 100 });
  return { clock, client, server: listener.tryAccept() as Connection, listener };
}

describe('calls that do not wait', () => {
  test('accepts a connection only once, and only when there is one', async () => {
    const { server, listener } = await connected();
    expect(server.state).toBe('ESTABLISHED');
    expect(listener.tryAccept()).toBeUndefined();
  });

  test('gives undefined while there is nothing to read, the text once it is here, and null at its end', async () => {
    const { clock, client, server } = await connected();
    expect(server.tryRead()).toBeUndefined();
    expect(client.tryWrite(Uint8Array.of(1, 2, 3))).toBe(3);
    void client.close();
    await clock.run({ untilMs: 200 });
    expect(server.peek()).toEqual(Uint8Array.of(1, 2, 3));
    expect(server.peek(2)).toEqual(Uint8Array.of(1, 2));
    expect(server.tryRead(1)).toEqual(Uint8Array.of(1));
    expect(server.tryRead()).toEqual(Uint8Array.of(2, 3));
    expect(server.peek()).toHaveLength(0);
    expect(server.tryRead()).toBeNull();
  });

  test('takes no more of a write than the send buffer has room for', async () => {
    const { client } = await connected();
    client.set({ sendBuffer: 1_000 });
    expect(client.tryWrite(new Uint8Array(1_500))).toBe(1_000);
    expect(client.tryWrite(new Uint8Array(1))).toBe(0);
  });

  test('throws the error that the waiting call would reject with', async () => {
    const { clock, client, server } = await connected();
    server.abort();
    await clock.run({ untilMs: 200 });
    expect(client.closeReason?.how).toBe('reset');
    expect(() => client.tryRead()).toThrowError(expect.objectContaining({ code: 'ECONNRESET' }));
    expect(() => client.tryWrite(Uint8Array.of(1))).toThrowError(
      expect.objectContaining({ code: 'ECONNRESET' }),
    );
    expect(() => client.tryRead(0)).toThrowError(expect.objectContaining({ code: 'EINVAL' }));
  });
});

describe('options that change while a connection lasts', () => {
  test('holds a short segment back while corked, and sends it when the cork is drawn', async () => {
    const { clock, client, server } = await connected();
    client.set({ cork: true });
    client.tryWrite(Uint8Array.of(1));
    await clock.run({ untilMs: clock.now() + 50 });
    expect(server.peek()).toHaveLength(0);
    client.set({ cork: false });
    await clock.run({ untilMs: clock.now() + 50 });
    expect(server.peek()).toHaveLength(1);
  });

  test('sends what is corked after a second at most', async () => {
    const { clock, client, server } = await connected();
    client.set({ cork: true });
    client.tryWrite(Uint8Array.of(1));
    await clock.run({ untilMs: clock.now() + 1_100 });
    expect(server.peek()).toHaveLength(1);
  });

  test('acknowledges at once what waits when the delay is turned off', async () => {
    const { clock, client, server } = await connected();
    server.set({ delayedAckMs: 400 });
    client.tryWrite(Uint8Array.of(1));
    await clock.run({ untilMs: clock.now() + 50 });
    expect(client.info().snd.queued).toBe(1);
    server.set({ delayedAckMs: 0 });
    await clock.run({ untilMs: clock.now() + 15 });
    expect(client.info().snd.queued).toBe(0);
  });

  test('probes an idle peer as often, and as many times, as the keep-alive options say', async () => {
    const { clock, client, server } = await connected();
    client.set({ keepAliveMs: 1_000, keepAliveIntervalMs: 2_000, keepAliveProbes: 2 });
    const before = client.info().segmentsSent;
    await clock.run({ untilMs: clock.now() + 1_100 });
    expect(client.info().segmentsSent).toBe(before + 1);
    expect(client.state).toBe('ESTABLISHED');
    server.set({ keepAliveMs: false });
  });
});

describe('acknowledgments at the beginning of a connection', () => {
  /** How many of the client's segments the server acknowledges within a millisecond of their arrival. */
  async function acknowledgedAtOnce(options: { quickAcks?: number }, count: number): Promise<number> {
    const { clock, client } = await connected({ port: 80, ...options });
    client.set({ noDelay: true });
    let atOnce = 0;
    for (let sent = 0; sent < count; sent++) {
      client.tryWrite(Uint8Array.of(sent));
      await clock.run({ untilMs: clock.now() + 21 });
      if (client.info().snd.queued === 0) atOnce++;
      await clock.run({ untilMs: clock.now() + 100 });
    }
    return atOnce;
  }

  test('come at once for as many segments as asked for, and are delayed from then on', async () => {
    expect(await acknowledgedAtOnce({ quickAcks: 3 }, 5)).toBe(3);
  });

  test('are delayed by default', async () => {
    expect(await acknowledgedAtOnce({}, 2)).toBe(0);
  });

  test('are delayed once this end answers, since its text can carry them', async () => {
    const { clock, client, server } = await connected({ port: 80, quickAcks: 10 });
    client.tryWrite(Uint8Array.of(1));
    await clock.run({ untilMs: clock.now() + 10 });
    server.tryWrite(Uint8Array.of(2));
    await clock.run({ untilMs: clock.now() + 100 });
    client.tryWrite(Uint8Array.of(3));
    await clock.run({ untilMs: clock.now() + 21 });
    expect(client.info().snd.queued).toBe(1);
  });
});
