import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createStack, pair } from '../../../src/index.ts';
import { type Impairments, impair } from '../../../src/net/impairments.ts';
import { startCapture } from '../../../src/node/capture.ts';
import { seededRandom, virtualClock } from '../../../src/sim/index.ts';
import type { Stack } from '../../../src/stack/api.ts';

interface Packet {
  readonly direction: 'in' | 'out';
  readonly comment: string;
  readonly timeNs: bigint;
  readonly bytes: Buffer;
}

/** Two stacks of which the left one is captured, through a bad network if one is given. */
function world({ bad, sink, limit }: { bad?: Impairments; sink?: Writable; limit?: number } = {}) {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 10 });
  const impaired = bad && impair(left, { clock, random: seededRandom(3), out: bad });
  const a = createStack({
    device: impaired ?? left,
    addresses: ['198.18.0.1'],
    clock,
    random: seededRandom(1),
  });
  const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const collected = new PassThrough({ highWaterMark: 2 ** 24 });
  const capture = startCapture(a, sink ?? collected, {
    ...(impaired && { impaired }),
    ...(limit !== undefined && { limit }),
  });
  return {
    clock,
    a,
    b,
    impaired,
    capture,
    packets: async () => packetsOf(Buffer.concat(await collected.toArray())),
  };
}

/** What an echo of one byte puts on the wire. */
async function talk(clock: ReturnType<typeof virtualClock>, a: Stack, b: Stack): Promise<void> {
  const listener = b.listen({ port: 7 });
  void listener.accept().then(async (connection) => {
    const bytes = await connection!.read();
    await connection!.write(bytes!);
  });
  const done = a.connect({ host: '198.18.0.2', port: 7 }).then(async (connection) => {
    await connection.write(Uint8Array.of(1));
    await connection.read();
  });
  await clock.run({ untilMs: 5_000 });
  await done;
}

/** Reads back what `pcapngPacket` wrote: tshark does so in test/interop. */
function packetsOf(file: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    if (file.readUInt32LE(at) !== 6) continue;
    const timeNs = (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16));
    const length = file.readUInt32LE(at + 20);
    const bytes = file.subarray(at + 28, at + 28 + length);
    let option = at + 28 + Math.ceil(length / 4) * 4;
    const options = new Map<number, Buffer>();
    for (let code = file.readUInt16LE(option); code !== 0; code = file.readUInt16LE(option)) {
      const size = file.readUInt16LE(option + 2);
      options.set(code, file.subarray(option + 4, option + 4 + size));
      option += 4 + Math.ceil(size / 4) * 4;
    }
    const direction = options.get(2)![0] === 1 ? 'in' : 'out';
    packets.push({ direction, comment: options.get(1)!.toString(), timeNs, bytes });
  }
  return packets;
}

const told = (packets: readonly Packet[]) =>
  packets.map(({ direction, comment }) => `${direction} ${comment}`);

describe('a capture', () => {
  it('has every frame in the order in which it came and went, with states and reasons', async () => {
    const { clock, a, b, capture, packets } = world();
    await talk(clock, a, b);
    await capture.close();
    const all = await packets();
    expect(told(all).slice(0, 4)).toEqual([
      'out SYN-SENT: OPEN: our SYN (3.10.1)',
      expect.stringMatching(/^in SYN-SENT → ESTABLISHED: .*rcv\.SYN/),
      expect.stringMatching(/^out SYN-SENT → ESTABLISHED: acknowledgment/),
      'out ESTABLISHED: text, all that was queued (3.10.2)',
    ]);
    expect(capture.packets).toBe(all.length);
    const times = all.map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((x, y) => Number(x - y)));
  });

  it('has the real time, from the start of the capture on', async () => {
    const { clock, a, b, capture, packets } = world();
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    await talk(clock, a, b);
    await capture.close();
    const [first, second] = await packets();
    const aSecond = 1_000_000_000n;
    expect(first!.timeNs).toBeGreaterThan(nowNs - aSecond);
    expect(first!.timeNs).toBeLessThan(nowNs + aSecond);
    // There and back over 10 ms each way.
    expect(second!.timeNs - first!.timeNs).toBe(20_000_000n);
  });

  it('ends when it is closed, and so does its stream', async () => {
    const { clock, a, b, capture, packets } = world();
    await capture.close();
    await capture.close();
    await talk(clock, a, b);
    expect(await packets()).toEqual([]);
  });
});

describe('a capture through a bad network', () => {
  it('tells of corrupted frames how, and keeps the reason that they were sent for', async () => {
    const { clock, a, b, impaired, capture, packets } = world({ bad: { corrupt: 100 } });
    const listener = b.listen({ port: 7 });
    const connection = a.open({ host: '198.18.0.2', port: 7 });
    await clock.run({ untilMs: 500 });
    impaired!.set('out', {});
    await clock.run({ untilMs: 5_000 });
    expect(connection.state).toBe('ESTABLISHED');
    await capture.close();
    await listener.close();
    const [syn, again] = (await packets()).filter(({ direction }) => direction === 'out');
    expect(syn!.comment).toMatch(/^SYN-SENT: OPEN: our SYN \(3\.10\.1\); corrupted \(bit \d+\)$/);
    expect(again!.comment).toMatch(/^SYN-SENT: retransmission/);
    expect(syn!.bytes.equals(again!.bytes)).toBe(false);
  });

  it('leaves out what was lost, and has copies twice', async () => {
    const { clock, a, b, impaired, capture, packets } = world({ bad: { duplicate: 100 } });
    const drop = impaired!.dropNext('out', () => true);
    await talk(clock, a, b);
    drop();
    await capture.close();
    const out = (await packets()).filter(({ direction }) => direction === 'out');
    // The first SYN is lost; what comes first is its retransmission, and then that one's copy.
    expect(told(out).slice(0, 2)).toEqual([
      expect.stringMatching(/^out SYN-SENT: retransmission: [^;]*$/),
      expect.stringMatching(/^out SYN-SENT: retransmission: .*; duplicated$/),
    ]);
    expect(out[0]!.bytes.equals(out[1]!.bytes)).toBe(true);
  });

  it('has delayed frames at the time at which they left', async () => {
    const { clock, a, b, capture, packets } = world({ bad: { delayMs: 300 } });
    await talk(clock, a, b);
    await capture.close();
    const [syn, synAck] = await packets();
    expect(synAck!.timeNs - syn!.timeNs).toBe(20_000_000n);
    expect(synAck!.direction).toBe('in');
  });
});

describe('a capture on a stream that takes nothing', () => {
  it('keeps no more than the limit, and counts what it left out', async () => {
    const stuck = new Writable({ write() {} });
    const { clock, a, b, capture } = world({ sink: stuck, limit: 500 });
    await talk(clock, a, b);
    expect(stuck.writableLength).toBeLessThan(500 + 300);
    expect(capture.packets).toBeGreaterThan(0);
    expect(capture.leftOut).toBeGreaterThan(0);
  });

  it('leaves the stack alone when the stream breaks', async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    const errors: string[] = [];
    broken.on('error', (error) => errors.push(error.message));
    const { clock, a, b, capture } = world({ sink: broken });
    await talk(clock, a, b);
    await capture.close();
    expect(errors).toEqual(['disk full']);
    expect([...a.connections].map(({ state }) => state)).toEqual(['ESTABLISHED']);
  });
});
