/** Stacks on devices that cut segments up and see to checksums. */

import { describe, expect, it } from 'vitest';
import { createStack, type FrameEvent, pair, type Stack, type StackOptions } from '../../../src/index.ts';
import { type Device, impair, type LinkOptions, type OffloadedFrame } from '../../../src/net/index.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import { decodeIp, decodeTcp, type TcpSegment } from '../../../src/wire/index.ts';
import { octets, readAll, writeAll } from '../../support/workload.ts';

interface Ends {
  readonly clock: ReturnType<typeof virtualClock>;
  readonly client: Stack;
  readonly server: Stack;
  readonly serverAddress: string;
  /** What crossed from the client to the server and back by the second door. */
  readonly crossed: OffloadedFrame[];
}

const SUPER = { offload: { largest: 65_535 } };

function ends(
  link: LinkOptions,
  {
    v6 = false,
    wrap = (device: Device): Device => device,
    ...options
  }: Partial<StackOptions> & {
    readonly v6?: boolean;
    readonly wrap?: (device: Device, clock: ReturnType<typeof virtualClock>) => Device;
  } = {},
): Ends {
  const clock = virtualClock();
  const crossed: OffloadedFrame[] = [];
  const devices = pair(clock, link);
  for (const device of devices) device.offload?.frames$.subscribe((frames) => crossed.push(...frames));
  const addresses = v6 ? ['fd00::1', 'fd00::2'] : ['198.18.0.1', '198.18.0.2'];
  const [client, server] = devices.map((device, index) =>
    createStack({
      mslMs: 10,
      sendBuffer: 2 ** 20,
      ...options,
      device: wrap(device, clock),
      addresses: [addresses[index]!],
      clock,
      random: seededRandom(index),
    }),
  );
  return { clock, client: client!, server: server!, serverAddress: addresses[1]!, crossed };
}

/** Both ends send `count` octets to each other, and both get what the other has sent. */
async function exchange({ clock, client, server, serverAddress }: Ends, count: number): Promise<void> {
  const listener = server.listen({ port: 7 });
  const accepting = listener.accept();
  const connection = client.open({ host: serverAddress, port: 7 });
  await clock.run({ untilMs: 50 });
  const accepted = (await accepting)!;
  const [there, back] = [octets(1, count), octets(2, count)];
  const work = Promise.all([
    readAll(accepted),
    readAll(connection),
    writeAll(connection, there, 100_000),
    writeAll(accepted, back, 100_000),
  ]);
  await clock.run({ maxSteps: 200_000 });
  const [atServer, atClient] = await work;
  expect(Buffer.compare(atServer, there)).toBe(0);
  expect(Buffer.compare(atClient, back)).toBe(0);
}

function segmentOf(frame: Uint8Array, verify = true): TcpSegment {
  const packet = decodeIp(frame);
  if (packet.kind !== 'ip') throw new Error(packet.reason);
  const segment = decodeTcp(packet, verify);
  if (segment.kind !== 'tcp') throw new Error(segment.reason);
  return segment;
}

describe('a stack on a device that cuts segments up', () => {
  it.each([
    ['IPv4', false],
    ['IPv6', true],
  ])('sends and takes text in super-segments of many segments over %s, and none is lost', async (_, v6) => {
    const all = ends(SUPER, { v6 });
    await exchange(all, 2_000_000);
    const large = all.crossed.filter(({ segmentSize }) => segmentSize > 0);
    expect(large.length).toBeGreaterThan(20);
    expect(Math.max(...large.map(({ frame }) => frame.length))).toBeGreaterThan(40_000);
    // The MSS less the timestamps: what a full-sized segment holds.
    expect(new Set(large.map(({ segmentSize }) => segmentSize))).toEqual(new Set([v6 ? 1_428 : 1_448]));
  });

  it.each([
    ['computed and verified', { joins: true }],
    ['left to the link', { joins: true, offload: {} }],
  ])('does so as well where the ends of a link cut and join, checksums %s', async (_, link) => {
    const all = ends(link);
    const onLink: FrameEvent[] = [];
    all.client.tap((event) => onLink.push(event));
    await exchange(all, 2_000_000);
    const large = all.crossed.filter(({ segmentSize }) => segmentSize > 0);
    expect(Math.max(...large.map(({ frame }) => frame.length))).toBeGreaterThan(20_000);
    expect(Math.max(...onLink.map(({ frame }) => frame.length))).toBe(1_500);
    // What is joined is acknowledged at once, so that there are far fewer ACKs than one for two segments.
    expect(all.client.counters['frames.in']).toBeLessThan(2_000_000 / 1_448 / 2);
  });

  it('cuts to the MSS that the peer has announced, options taken off', async () => {
    const all = ends(SUPER, { mss: 1_000 });
    await exchange(all, 300_000);
    const sizes = all.crossed.filter(({ segmentSize }) => segmentSize > 0).map((each) => each.segmentSize);
    expect(new Set(sizes)).toEqual(new Set([988]));
  });

  it('hands over whole segments only: what is small obeys Nagle as ever', async () => {
    const all = ends(SUPER);
    await exchange(all, 300_001);
    for (const { frame, segmentSize } of all.crossed) {
      if (segmentSize > 0) expect(segmentOf(frame, false).text.length % segmentSize).toBe(0);
    }
  });

  it('leaves checksums to it: what crosses is partial, and a super-segment is verified by nobody', async () => {
    const all = ends({ offload: {} });
    await exchange(all, 100_000);
    expect(all.crossed.every(({ checksum }) => checksum === 'partial')).toBe(true);
    expect(all.crossed.every(({ frame, segmentSize }) => frame.length <= 1_500 && segmentSize === 0)).toBe(
      true,
    );
  });

  it('tells its observers of the frames that a link would carry: within the MTU, their checksums right', async () => {
    const all = ends(SUPER);
    const events: FrameEvent[] = [];
    all.client.tap((event) => events.push(event));
    await exchange(all, 500_000);
    for (const kind of ['sent', 'received'] as const) {
      const frames = events.filter((event) => event.kind === kind).map(({ frame }) => frame);
      expect(Math.max(...frames.map(({ length }) => length))).toBe(1_500);
      const text = frames.map((frame) => segmentOf(frame).text.length);
      expect(text.reduce((sum, length) => sum + length, 0)).toBe(500_000);
    }
  });

  it('gathers what ACKs set free: large pieces in spite of many ACKs, and in as little time', async () => {
    const tookMs: number[] = [];
    for (const link of [{ ...SUPER, delayMs: 10 }, { delayMs: 10 }]) {
      const all = ends(link);
      const listener = all.server.listen({ port: 7 });
      const accepting = listener.accept();
      const connection = all.client.open({ host: all.serverAddress, port: 7 });
      await all.clock.run({ untilMs: 50 });
      const reading = readAll((await accepting)!).finally(() => tookMs.push(all.clock.now()));
      const writing = writeAll(connection, octets(1, 8_000_000), 100_000);
      await all.clock.run({ maxSteps: 200_000 });
      await Promise.all([writing, reading]);
      const text = all.crossed.filter(({ frame }) => frame.length > 1_500).map(({ frame }) => frame.length);
      if (text.length > 0) {
        // But for slow start.
        const settled = text.slice(text.length / 2);
        expect(settled.reduce((sum, length) => sum + length) / settled.length).toBeGreaterThan(32_000);
      }
    }
    expect(tookMs[0]!).toBeLessThan(1.05 * tookMs[1]!);
  });

  it('doubles its window in a round trip, however many ACKs arrive together', async () => {
    // The server's device cuts nothing up: it has an ACK for each second segment, and all of them arrive at one instant.
    let devices = 0;
    const wrap = (device: Device, clock: ReturnType<typeof virtualClock>) =>
      devices++ === 0 ? device : impair(device, { clock, random: seededRandom(9) });
    const all = ends({ ...SUPER, delayMs: 10 }, { wrap });
    const listener = all.server.listen({ port: 7 });
    const accepting = listener.accept();
    const connection = all.client.open({ host: all.serverAddress, port: 7 });
    await all.clock.run({ untilMs: 50 });
    const reading = readAll((await accepting)!);
    const writing = writeAll(connection, octets(1, 1_000_000), 1_000_000);
    const windows: number[] = [];
    for (let untilMs = 55; untilMs < 130; untilMs += 20) {
      await all.clock.run({ untilMs });
      windows.push(connection.info().cwnd / 1_448);
    }
    expect(windows).toEqual([10, 20, 40, 80]);
    await all.clock.run({ maxSteps: 200_000 });
    await Promise.all([writing, reading]);
  });

  it('counts the segments of the link, in both directions', async () => {
    const all = ends(SUPER);
    const counts = { sent: 0, received: 0 };
    let connection: FrameEvent['connection'];
    all.client.tap((event) => {
      if (event.kind !== 'dropped') counts[event.kind]++;
      connection ??= event.connection;
    });
    await exchange(all, 500_000);
    const { segmentsSent, segmentsReceived } = connection!.info();
    expect({ sent: segmentsSent, received: segmentsReceived }).toEqual(counts);
  });

  /** What the server acknowledges after `writes` of the client that leave at one instant, from sequence number 1,001 on. */
  async function acknowledged(writes: readonly number[], link: LinkOptions): Promise<number[]> {
    const all = ends(link, { delayedAckMs: 400 });
    const sent: FrameEvent[] = [];
    all.server.tap((event) => {
      if (event.kind === 'sent') sent.push(event);
    });
    const listener = all.server.listen({ port: 7 });
    const accepting = listener.accept();
    const connection = all.client.open({ host: all.serverAddress, port: 7, iss: 1_000 });
    await all.clock.run({ untilMs: 1 });
    await accepting;
    sent.length = 0;
    for (const count of writes) void connection.write(octets(3, count));
    await all.clock.run({ untilMs: 2 });
    for (const stack of [all.client, all.server]) for (const each of stack.connections) each.abort();
    return sent.map(({ frame }) => segmentOf(frame).ack);
  }

  it('acknowledges a super-segment at once, with one ACK', async () => {
    expect((await acknowledged([8 * 1_448], SUPER))[0]).toBe(1_001 + 8 * 1_448);
  });

  it('acknowledges once what arrives together, where segments come joined', async () => {
    const writes = [3 * 1_448, 2 * 1_448, 2 * 1_448];
    expect((await acknowledged(writes, SUPER))[0]).toBe(1_001 + 7 * 1_448);
    expect((await acknowledged(writes, { joins: true }))[0]).toBe(1_001 + 7 * 1_448);
    // And each second segment where they come one by one (SHLD-19).
    expect((await acknowledged(writes, {})).slice(0, 3)).toEqual(
      [1, 3, 5].map((n) => 1_001 + (n + 1) * 1_448),
    );
  });
});

describe('a device around one that cuts segments up', () => {
  it('carries what a link carries: impairments see frames within the MTU, and verify damage', async () => {
    const losses: number[] = [];
    const all = ends(SUPER, {
      wrap: (device, clock) => {
        const faults = { corrupt: 2, loss: 1 };
        const bad = impair(device, { clock, random: seededRandom(9), in: faults, out: faults });
        bad.departures$.subscribe(({ frame }) => losses.push(frame.length));
        return bad;
      },
    });
    await exchange(all, 300_000);
    expect(
      all.crossed.every(({ segmentSize, checksum }) => segmentSize === 0 && checksum === 'complete'),
    ).toBe(true);
    expect(Math.max(...losses)).toBe(1_500);
    expect(all.server.counters['drop.tcp.checksum']).toBeGreaterThan(0);
  });

  it('at one end only gets super-segments of the other end in pieces', async () => {
    let first = true;
    const all = ends(SUPER, {
      wrap: (device, clock) => {
        const wrapped = first ? impair(device, { clock, random: seededRandom(9) }) : device;
        first = false;
        return wrapped;
      },
    });
    await exchange(all, 300_000);
    expect(all.crossed.some(({ segmentSize }) => segmentSize > 0)).toBe(true);
    expect(all.client.counters['frames.in']).toBeGreaterThan(200);
    expect(all.server.counters['frames.out']).toBeLessThan(all.client.counters['frames.in']!);
  });
});

describe('a write', () => {
  it.each([
    ['copies its bytes: the caller may use its buffer again', undefined, 1],
    ['that lends its bytes sends what is in them by then', { copy: false }, 2],
  ])('%s', async (_, options, expected) => {
    const all = ends(SUPER);
    const listener = all.server.listen({ port: 7 });
    const accepting = listener.accept();
    const connection = all.client.open({ host: all.serverAddress, port: 7 });
    await all.clock.run({ untilMs: 1 });
    const reading = readAll((await accepting)!);
    const bytes = new Uint8Array(500_000).fill(1);
    // Far more than the initial window: most of it is still queued.
    await connection.write(bytes, options);
    bytes.fill(2);
    void connection.shutdown();
    await all.clock.run({ untilMs: 500 });
    const received = await reading;
    expect(received).toHaveLength(500_000);
    expect(received.at(-1)).toBe(expected);
    for (const stack of [all.client, all.server]) for (const each of stack.connections) each.abort();
  });
});
