/** TUN devices with offload: the header before each packet, both doors of the device, and what the kernel is asked for. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { Frame, OffloadedFrame } from '../../../src/net/device.ts';
import {
  errno,
  type Linux,
  SIOCGIFMTU,
  TUNSETIFF,
  TUNSETOFFLOAD,
  TUNSETVNETHDRSZ,
} from '../../../src/node/linux.ts';
import { attach, openTunOn } from '../../../src/node/tun.ts';
import { TunDevice } from '../../../src/node/tun-device.ts';
import {
  checksum,
  decodeIp,
  decodeTcp,
  encodeTcp,
  FLAG,
  fold,
  NO_OPTIONS,
  PROTOCOL,
  parseAddress,
  pseudoHeaderSum,
  tcpFrameLength,
  writeIpHeader,
  writeTcp,
} from '../../../src/wire/index.ts';

const V4 = { src: parseAddress('198.18.0.1')!, dst: parseAddress('198.18.0.2')! };
const V6 = { src: parseAddress('fd00::1')!, dst: parseAddress('fd00::2')! };
const segment = (length: number) => ({
  srcPort: 1,
  dstPort: 2,
  seq: 5,
  ack: 6,
  flags: FLAG.ACK | FLAG.PSH,
  wnd: 7,
  up: 0,
  options: { ...NO_OPTIONS, timestamps: { value: 8, echo: 9 } },
  text: Uint8Array.from({ length }, (_, index) => index),
});

function partial(header: typeof V4, length: number): Frame {
  const frame = new Uint8Array(tcpFrameLength(header, segment(length)));
  writeTcp(frame, header, segment(length), 'partial');
  return frame;
}

/** `struct virtio_net_hdr`, spelled out by hand. */
function header(
  flags: number,
  gsoType: number,
  headerLength = 0,
  gsoSize = 0,
  start = 0,
  offset = 0,
): number[] {
  const words = [headerLength, gsoSize, start, offset];
  return [flags, gsoType, ...words.flatMap((word) => [word & 0xff, word >>> 8])];
}

class FakeLinux implements Linux {
  readonly inbox: Uint8Array[] = [];
  readonly outbox: Uint8Array[] = [];
  answers: number[] = [];
  turn: () => void = () => {};
  read(_fd: number, buffer: Uint8Array): number {
    const next = this.inbox.shift();
    if (next === undefined) return -errno.EAGAIN;
    buffer.set(next.subarray(0, buffer.length));
    return Math.min(next.length, buffer.length);
  }
  write(_fd: number, bytes: Uint8Array): number {
    const answer = this.answers.shift() ?? bytes.length;
    if (answer >= 0) this.outbox.push(bytes.slice());
    return answer;
  }
  watch(_fd: number, look: () => void) {
    this.turn = look;
    return { want() {}, ref() {}, unref() {}, close() {} };
  }
  close(): void {}
  open = (): number => 9;
  socket = (): number => -errno.EPERM;
  timer = (): number => -errno.ENOSYS;
  setTimer = (): number => -errno.EBADF;
  ioctl = (_fd: number, _request: number, _argument: Uint8Array | number): number => 0;
}

let linux: FakeLinux;
let device: TunDevice;
beforeEach(() => {
  linux = new FakeLinux();
  device = new TunDevice(linux, 9, { name: 'tun7', mtu: 1500, offload: true });
});

const withHeader = (head: number[], frame: Frame): Uint8Array => Uint8Array.from([...head, ...frame]);
const offloaded = (frame: Frame, segmentSize = 0, state: OffloadedFrame['checksum'] = 'partial') => ({
  frame,
  segmentSize,
  checksum: state,
});

describe('a frame for a TUN device with offload', () => {
  it.each([
    ['IPv4', V4, 1, 20],
    ['IPv6', V6, 4, 40],
  ])(
    'tells how a super-segment over %s is to be cut, and where its checksum goes',
    (_, addresses, gso, start) => {
      const frame = partial(addresses, 5_000);
      expect(device.offload.write(offloaded(frame, 1_448))).toBe(true);
      const head = header(1, gso, start + 32, 1_448, start, 16);
      expect(linux.outbox).toEqual([withHeader(head, frame)]);
      expect(device.stats).toMatchObject({
        framesOut: 1,
        bytesOut: frame.length,
        superSegmentsOut: 1,
        superSegmentsIn: 0,
      });
    },
  );

  it('tells of a checksum alone where there is nothing to cut, and of nothing where that is complete', () => {
    const [one, two] = [partial(V4, 100), encodeTcp(V4, segment(100))];
    device.offload.write(offloaded(one));
    device.offload.write(offloaded(two, 0, 'complete'));
    device.write(two);
    expect(linux.outbox).toEqual([
      withHeader(header(1, 0, 0, 0, 20, 16), one),
      withHeader(header(0, 0), two),
      withHeader(header(0, 0), two),
    ]);
    expect(device.stats.superSegmentsOut).toBe(0);
  });

  it('is cut before it is written where its checksum is complete: the kernel would cut wrong ones', () => {
    const frame = encodeTcp(V4, segment(2_000));
    device.offload.write(offloaded(frame, 1_448, 'complete'));
    expect(linux.outbox.map((bytes) => bytes.length)).toEqual([10 + 1_500, 10 + 52 + 552]);
    for (const bytes of linux.outbox) {
      const packet = decodeIp(bytes.subarray(10));
      expect(packet.kind === 'ip' && decodeTcp(packet).kind).toBe('tcp');
    }
  });

  it('may be made in the room that the device has, and waits there as long as the kernel takes none', () => {
    linux.answers = [-errno.EAGAIN];
    const frames = [partial(V4, 3_000), partial(V4, 40)];
    for (const frame of frames) {
      const room = device.offload.room(frame.length);
      room.set(frame);
      device.offload.write(offloaded(room, frame.length > 1_500 ? 1_448 : 0));
    }
    expect(linux.outbox).toEqual([]);
    linux.turn();
    expect(linux.outbox.map((bytes) => bytes.subarray(10))).toEqual(frames);
    expect(device.stats).toMatchObject({ framesOut: 2, superSegmentsOut: 1, queued: 0 });
  });

  it('is dropped where it is above the MTU and no super-segment, or above what any packet can be', () => {
    device.offload.write(offloaded(partial(V4, 1_449)));
    device.offload.write(offloaded(new Uint8Array(65_536).fill(0x45), 1_448));
    device.write(new Uint8Array(1_501));
    expect(linux.outbox).toEqual([]);
    expect(device.stats.dropped['too-long']).toBe(3);
  });
});

describe('what a TUN device with offload brings', () => {
  let second: OffloadedFrame[];
  let first: Frame[];
  beforeEach(() => {
    second = [];
    first = [];
    device.offload.frames$.subscribe((frames) => second.push(...frames));
    device.frames$.subscribe((frames) => first.push(...frames));
  });

  it.each([
    ['IPv4', V4, 1],
    ['IPv6', V6, 4],
    // With ECN's bit beside the type.
    ['IPv4, with CWR', V4, 0x81],
  ])('is a super-segment by the second door and its segments by the first: %s', (_, addresses, gso) => {
    const frame = partial(addresses, 3_000);
    linux.inbox.push(withHeader(header(1, gso, 52, 1_400, 20, 16), frame));
    linux.turn();
    expect(second).toEqual([offloaded(frame, 1_400)]);
    const texts = first.map((plain) => {
      const packet = decodeIp(plain);
      if (packet.kind !== 'ip') throw new Error(packet.reason);
      const found = decodeTcp(packet);
      if (found.kind !== 'tcp') throw new Error(found.reason);
      return found.text;
    });
    expect(texts.map(({ length }) => length)).toEqual([1_400, 1_400, 200]);
    expect(device.stats).toMatchObject({ framesIn: 1, bytesIn: frame.length, superSegmentsIn: 1 });
  });

  it('says which checksums are to be verified: those that the kernel does not vouch for', () => {
    const frame = encodeTcp(V4, segment(10));
    linux.inbox.push(withHeader(header(0, 0), frame), withHeader(header(2, 0), frame));
    linux.turn();
    expect(second.map((each) => each.checksum)).toEqual(['complete', 'verified']);
    expect(first).toEqual([frame, frame]);
  });

  it('is complete where it is not TCP: UDP gets its checksum', () => {
    const frame = new Uint8Array(31);
    writeIpHeader(frame, { ...V4, protocol: PROTOCOL.udp }, 11);
    frame.set([0, 1, 0, 2, 0, 11, 0, 0, 1, 2, 3], 20);
    const pseudo = fold(pseudoHeaderSum(V4.src, V4.dst, PROTOCOL.udp, 11));
    const right = frame.slice();
    right.set([checksum(frame, 20, 31, pseudo) >>> 8, checksum(frame, 20, 31, pseudo) & 0xff], 26);
    frame.set([pseudo >>> 8, pseudo & 0xff], 26);
    linux.inbox.push(withHeader(header(1, 0, 0, 0, 20, 6), frame));
    linux.turn();
    expect(second).toEqual([offloaded(right, 0, 'verified')]);
  });

  it("is its receiver's, however many large ones share a block", () => {
    const frames = Array.from({ length: 12 }, (_, index) => partial(V4, 40_000 + index));
    linux.inbox.push(...frames.map((frame) => withHeader(header(1, 1, 52, 1_448, 20, 16), frame)));
    linux.turn();
    const equal = second.map(({ frame }, index) => Buffer.compare(frame, frames[index]!));
    expect(equal).toEqual(frames.map(() => 0));
    second[0]!.frame.fill(0);
    expect(Buffer.compare(second[1]!.frame, frames[1]!)).toBe(0);
  });

  it('ends the batch after half a mebibyte', () => {
    const frame = withHeader(header(1, 1, 52, 1_448, 20, 16), partial(V4, 60_000));
    linux.inbox.push(...Array.from({ length: 40 }, () => frame));
    linux.turn();
    expect(second).toHaveLength(9);
  });
});

describe('the kernel', () => {
  /** Asked for an interface: the requests in order, and with what. TUNSETIFF by its flags. */
  function asking(refuses: (request: number, argument: number) => boolean) {
    const asked: [number, number][] = [];
    const fake = new FakeLinux();
    fake.ioctl = (_fd, request, argument) => {
      const value =
        typeof argument === 'number'
          ? argument
          : new DataView(argument.buffer).getUint16(argument.length > 4 ? 16 : 0, true);
      asked.push([request, value]);
      return refuses(request, value) ? -errno.EINVAL : 0;
    };
    return { asked, fake };
  }

  it('is asked for the header, its length and all three offloads', () => {
    const { asked, fake } = asking(() => false);
    expect(attach(fake, 'tun7', '/dev/net/tun', true)).toEqual({ fd: 9, name: 'tun7', offload: true });
    expect(asked).toEqual([
      [TUNSETIFF, 0x5001],
      [TUNSETVNETHDRSZ, 10],
      [TUNSETOFFLOAD, 7],
    ]);
  });

  it('is asked to offload nothing where that is not wanted: the last owner may have', () => {
    const { asked, fake } = asking(() => false);
    expect(attach(fake, 'tun7', '/dev/net/tun', false)).toMatchObject({ offload: false });
    expect(asked).toEqual([
      [TUNSETIFF, 0x1001],
      [TUNSETOFFLOAD, 0],
    ]);
  });

  it.each([
    ['the header', (request: number, value: number) => request === TUNSETIFF && value === 0x5001],
    ['its length', (request: number) => request === TUNSETVNETHDRSZ],
    ['the offloads', (request: number, value: number) => request === TUNSETOFFLOAD && value === 7],
  ])('that refuses %s gives the device without', (_, refuses) => {
    const { asked, fake } = asking(refuses);
    expect(attach(fake, 'tun7', '/dev/net/tun', true)).toMatchObject({ offload: false });
    expect(asked.slice(-2)).toEqual([
      [TUNSETIFF, 0x1001],
      [TUNSETOFFLOAD, 0],
    ]);
  });

  it('is asked for it by openTun unless that is told not to', () => {
    for (const offload of [undefined, true, false]) {
      const { asked, fake } = asking(() => false);
      fake.socket = () => 8;
      const inner = fake.ioctl;
      fake.ioctl = (fd, request, argument) => {
        if (request === SIOCGIFMTU) new DataView((argument as Uint8Array).buffer).setInt32(16, 1_500, true);
        return inner(fd, request, argument);
      };
      const opened = openTunOn(fake, {
        name: 'tun7',
        up: false,
        ...(offload === undefined ? {} : { offload }),
      });
      expect(opened.kernelOffloads).toBe(offload !== false);
      expect(asked[0]![1] & 0x4000).toBe(offload === false ? 0 : 0x4000);
      expect(opened.mtu).toBe(1_500);
    }
  });
});
