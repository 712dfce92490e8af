import { MessageChannel } from 'node:worker_threads';
import { NEVER, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device, Frame } from '../../../src/net/device.ts';
import { cryptoRandom } from '../../../src/node/crypto-random.ts';
import { Handover } from '../../../src/node/handover.ts';
import { hostClock } from '../../../src/node/host-clock.ts';
import { echo, serveConnections } from '../../../src/node/simple-services.ts';
import type { Connection } from '../../../src/stack/api.ts';
import { TcpStack } from '../../../src/stack/stack.ts';
import {
  decodeIp,
  decodeTcp,
  encodePacketTooBig,
  encodeTcp,
  FLAG,
  fragmentDatagram,
  type IpPacket,
  NO_BYTES,
  NO_OPTIONS,
  parseAddress,
} from '../../../src/wire/index.ts';
import { octets } from '../../support/workload.ts';

const SERVER = '198.18.0.2';
const clock = hostClock();

class FakeDevice implements Device {
  readonly name = 'queue';
  readonly mtu = 1_500;
  readonly frames$ = new Subject<readonly Frame[]>();
  readonly drained$ = NEVER;
  readonly write: (frame: Frame) => boolean;
  constructor(write: (frame: Frame) => void) {
    this.write = (frame) => {
      write(frame);
      return true;
    };
  }
  close(): void {}
}

const aTurn = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('stacks of one address on the queues of one device', () => {
  const SIZE = 3;
  let queues: FakeDevice[];
  let stacks: TcpStack[];
  let rings: Handover[];
  let client: TcpStack;
  /** To which queues the client's next packets go, in turn. */
  let steering: number[];
  /** Resets that the stacks have sent; those of the test before, which are still being closed, count for themselves. */
  let sent: { resets: number };

  beforeEach(() => {
    const channels = Array.from({ length: SIZE }, () => new MessageChannel());
    steering = [0];
    const counted = { resets: 0 };
    sent = counted;
    let packets = 0;
    const toStacks = new FakeDevice((frame) => {
      own[steering[packets++ % steering.length]!]!.frames$.next([frame]);
    });
    // Those of this test, whatever the stacks of the one before still send.
    const own: readonly FakeDevice[] = Array.from(
      { length: SIZE },
      () =>
        new FakeDevice((frame) => {
          const packet = decodeIp(frame) as IpPacket;
          const segment = decodeTcp(packet);
          if (segment.kind === 'tcp' && (segment.flags & FLAG.RST) !== 0) counted.resets++;
          // A link's frames arrive later than they are sent.
          setImmediate(() => toStacks.frames$.next([frame]));
        }),
    );
    queues = [...own];
    rings = channels.map(
      ({ port1: next }, index) =>
        new Handover({ next, previous: channels[(index + SIZE - 1) % SIZE]!.port2, size: SIZE }),
    );
    stacks = queues.map((device, index) => {
      const ring = rings[index]!;
      const parts = { device, clock, random: cryptoRandom(), addresses: [SERVER] };
      const stack = new TcpStack(parts, { elsewhere: ring.elsewhere });
      ring.attach(stack);
      void serveConnections(stack.listen({ port: 7 }), echo);
      return stack;
    });
    const parts = { device: toStacks, clock, random: cryptoRandom(), addresses: ['198.18.0.1'] };
    client = new TcpStack({ ...parts, noDelay: true }, {});
  });
  afterEach(() => {
    client.closeInterface();
    for (const stack of stacks) stack.closeInterface();
    for (const ring of rings) ring.close();
  });

  const connected = (): Promise<Connection> => client.connect({ host: SERVER, port: 7 });

  async function echoed(connection: Connection, bytes: Uint8Array): Promise<void> {
    await connection.write(bytes);
    const parts: Uint8Array[] = [];
    for (let missing = bytes.length; missing > 0; ) {
      const part = (await connection.read())!;
      parts.push(part);
      missing -= part.length;
    }
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
  }

  it('serve a connection whose segments come to any queue, from where it began', async () => {
    const connection = await connected();
    for (const queue of [0, 1, 2]) {
      steering = [queue];
      await echoed(connection, octets(queue, 10_000));
    }
    expect(stacks.map((stack) => stack.connections.size)).toEqual([1, 0, 0]);
    expect(stacks[1]!.counters['frames.handed-over']).toBeGreaterThan(0);
    expect(stacks[2]!.counters['frames.handed-over']).toBeGreaterThan(0);
    expect(sent.resets).toBe(0);
  });

  it('serve connections that begin at each of them while packets come to all in turn', async () => {
    const connections: Connection[] = [];
    for (const queue of [0, 1, 2]) {
      steering = [queue];
      connections.push(await connected());
    }
    await aTurn();
    expect(stacks.map((stack) => stack.connections.size)).toEqual([1, 1, 1]);
    steering = [0, 1, 2, 2, 1];
    await Promise.all(connections.map((connection, index) => echoed(connection, octets(index, 30_000))));
    expect(sent.resets).toBe(0);
  });

  it('answer what belongs to none of them with one reset', async () => {
    const frame = encodeTcp(
      { src: parseAddress('198.18.0.1')!, dst: parseAddress(SERVER)!, hopLimit: 64, dontFragment: true },
      {
        ...{ srcPort: 5_000, dstPort: 7, seq: 1, ack: 2, flags: FLAG.ACK, wnd: 100, up: 0 },
        options: NO_OPTIONS,
        text: NO_BYTES,
      },
    );
    queues[1]!.frames$.next([frame]);
    for (let turn = 0; turn < 20; turn++) await aTurn();
    expect(sent.resets).toBe(1);
  });

  it('put together what came in fragments to another queue', async () => {
    const connection = await connected();
    const [frame] = lastFrames(() => void connection.write(octets(1, 1_400)));
    for (const fragment of fragmentDatagram(frame!, 600, 7)) queues[2]!.frames$.next([fragment]);
    expect((await connection.read())!.length).toBe(1_400);
    expect(stacks[2]!.counters['ip.reassembled']).toBe(1);
  });

  it('hear of a narrow path from an ICMP message that came to another queue', async () => {
    const connection = await connected();
    await echoed(connection, octets(1, 100));
    const server = [...stacks[0]!.connections][0]!;
    server.set({ noDelay: true });
    const before = server.info().snd.mss;
    const frames: Frame[] = [];
    const { write } = queues[0]!;
    Object.assign(queues[0]!, { write: (frame: Frame) => frames.push(frame) && true });
    await server.write(octets(2, 1_400));
    Object.assign(queues[0]!, { write });
    const router = parseAddress('198.18.0.9')!;
    const message = encodePacketTooBig(decodeIp(frames[0]!) as IpPacket, 700, router);
    queues[1]!.frames$.next([message]);
    for (let turn = 0; turn < 10; turn++) await aTurn();
    expect(server.info().snd.mss).toBeLessThan(before);
    expect(server.info().snd.mss).toBeLessThanOrEqual(660);
  });

  /** What the client sends, which is kept from the queues. */
  function lastFrames(send: () => void): Frame[] {
    const frames: Frame[] = [];
    const device = client.device as FakeDevice;
    const { write } = device;
    Object.assign(device, { write: (frame: Frame) => frames.push(frame) && true });
    send();
    Object.assign(device, { write });
    return frames;
  }
});
