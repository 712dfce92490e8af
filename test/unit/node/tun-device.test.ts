import { beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../../src/net/device.ts';
import { errno, type Linux } from '../../../src/node/linux.ts';
import { TunDevice } from '../../../src/node/tun-device.ts';

/** A kernel that reads from `inbox` and answers writes as `answers` says. */
class FakeLinux implements Linux {
  readonly inbox: (Frame | number)[] = [];
  readonly outbox: Frame[] = [];
  /** What the next writes return; a write that finds none here succeeds. */
  readonly answers: number[] = [];
  readonly calls: string[] = [];
  wanted = { readable: false, writable: false };
  turn: () => void = () => {};

  read(_fd: number, buffer: Uint8Array): number {
    const next = this.inbox.shift() ?? -errno.EAGAIN;
    if (typeof next === 'number') return next;
    buffer.set(next);
    return next.length;
  }
  write(_fd: number, frame: Uint8Array): number {
    const answer = this.answers.shift() ?? frame.length;
    if (answer >= 0) this.outbox.push(frame);
    return answer;
  }
  watch(_fd: number, look: () => void) {
    this.turn = look;
    return {
      want: (wanted: { readable: boolean; writable: boolean }) => {
        this.wanted = { ...wanted };
      },
      ref: () => this.calls.push('ref'),
      unref: () => this.calls.push('unref'),
      close: () => this.calls.push('unwatch'),
    };
  }
  close(fd: number): void {
    this.calls.push(`close ${fd}`);
  }
  open = (): number => -errno.ENOENT;
  socket = (): number => -errno.EPERM;
  timer = (): number => -errno.ENOSYS;
  setTimer = (): number => -errno.EBADF;
  ioctl(fd: number): number {
    this.calls.push(`ioctl ${fd}`);
    return this.answers.shift() ?? 0;
  }
}

let linux: FakeLinux;
let device: TunDevice;
let batches: (readonly Frame[])[];
let happened: string[];
beforeEach(() => {
  linux = new FakeLinux();
  device = new TunDevice(linux, 9, { name: 'tun7', mtu: 1500 });
  batches = [];
  happened = [];
});

const listen = () =>
  device.frames$.subscribe({
    next: (frames) => batches.push(frames),
    error: () => happened.push('error'),
    complete: () => happened.push('complete'),
  });
const frame = (first: number, length = 20): Frame => new Uint8Array(length).fill(first);

describe('a TUN device', () => {
  it('hands on all that had arrived as one batch, in order', () => {
    listen();
    linux.inbox.push(frame(1), frame(2, 1500), frame(3));
    linux.turn();
    expect(batches).toEqual([[frame(1), frame(2, 1500), frame(3)]]);
    expect(device.stats).toMatchObject({ framesIn: 3, bytesIn: 1540 });
  });

  it('hands out frames that share no octet, and that keep little more than themselves alive', () => {
    listen();
    linux.inbox.push(frame(1), frame(2));
    linux.turn();
    const [first, second] = batches[0]!;
    expect(first!.buffer.byteLength).toBeLessThanOrEqual(16_384);
    second!.fill(0);
    expect(first).toEqual(frame(1));
  });

  it('lets the event loop have its turn after 256 frames', () => {
    listen();
    linux.inbox.push(...Array.from({ length: 300 }, (_, nth) => frame(nth & 0xff)));
    linux.turn();
    linux.turn();
    expect(batches.map((batch) => batch.length)).toEqual([256, 44]);
  });

  it('emits no empty batch', () => {
    listen();
    linux.turn();
    expect(batches).toEqual([]);
  });

  it('reads on after a signal', () => {
    listen();
    linux.inbox.push(-errno.EINTR, frame(1));
    linux.turn();
    expect(batches).toEqual([[frame(1)]]);
  });

  it('reads nothing while nobody subscribes', () => {
    const subscription = listen();
    expect(linux.wanted).toEqual({ readable: true, writable: false });
    subscription.unsubscribe();
    expect(linux.wanted).toEqual({ readable: false, writable: false });
    linux.inbox.push(frame(1));
    linux.turn();
    expect(linux.inbox).toHaveLength(1);
  });

  it('finds out that the interface is gone while nobody subscribes', () => {
    linux.turn();
    expect(device.endReason).toBeUndefined();
    linux.answers.push(-errno.EBADFD);
    linux.turn();
    expect(device.endReason).toBe('the interface tun7 was deleted');
  });

  it('keeps on reading for the second subscriber when the first leaves', () => {
    const first = listen();
    listen();
    first.unsubscribe();
    expect(linux.wanted.readable).toBe(true);
  });

  it('gives what it had read before it says that the interface is gone', () => {
    listen();
    linux.inbox.push(frame(1), -errno.EBADFD);
    linux.turn();
    expect(batches).toEqual([[frame(1)]]);
    expect(happened).toEqual(['complete']);
    expect(device.endReason).toBe('the interface tun7 was deleted');
    expect(linux.calls).toEqual(['unwatch', 'close 9']);
  });

  it('completes with the errno as its reason when reading fails in another way', () => {
    listen();
    linux.inbox.push(-errno.EFAULT);
    linux.turn();
    expect(happened).toEqual(['complete']);
    expect(device.endReason).toContain(String(errno.EFAULT));
  });

  it('may be closed from within a batch', () => {
    device.frames$.subscribe(() => device.close());
    linux.inbox.push(frame(1));
    linux.turn();
    expect(device.endReason).toBe('closed');
  });
});

describe('a TUN device that is written to', () => {
  it('says that there is room while the kernel takes the frames', () => {
    expect(device.write(frame(1))).toBe(true);
    expect(linux.outbox).toEqual([frame(1)]);
    expect(device.stats).toMatchObject({ framesOut: 1, bytesOut: 20, queued: 0 });
  });

  it.each([['EAGAIN'], ['ENOBUFS']] as const)(
    'queues on %s, in order, and says when it has drained',
    (name) => {
      const drained: string[] = [];
      device.drained$.subscribe({
        next: () => drained.push('drained'),
        complete: () => drained.push('complete'),
      });
      linux.answers.push(-errno[name]);
      expect(device.write(frame(1))).toBe(false);
      expect(device.write(frame(2))).toBe(false);
      expect(linux.outbox).toEqual([]);
      expect(linux.wanted.writable).toBe(true);

      linux.answers.push(20, -errno[name]);
      linux.turn();
      expect(drained).toEqual([]);
      linux.turn();
      expect(linux.outbox).toEqual([frame(1), frame(2)]);
      expect(drained).toEqual(['drained']);
      expect(linux.wanted.writable).toBe(false);
      expect(device.write(frame(3))).toBe(true);
    },
  );

  it('queues 500 frames and drops the 501st, counted', () => {
    linux.answers.push(-errno.EAGAIN);
    for (let nth = 0; nth < 501; nth++) expect(device.write(frame(nth & 0xff))).toBe(false);
    expect(device.stats).toMatchObject({ queued: 500, dropped: { 'queue-full': 1 } });
    linux.turn();
    expect(linux.outbox).toHaveLength(500);
  });

  it('can be written to from within drained$', () => {
    linux.answers.push(-errno.EAGAIN);
    device.write(frame(1));
    device.drained$.subscribe(() => device.write(frame(2)));
    linux.turn();
    expect(linux.outbox).toEqual([frame(1), frame(2)]);
  });

  it.each([
    ['EIO', 'interface-down'],
    ['EINVAL', 'malformed'],
    ['EFAULT', 'refused'],
  ] as const)('counts a frame refused with %s as %s and does not try it again', (name, reason) => {
    linux.answers.push(-errno[name]);
    expect(device.write(frame(1))).toBe(true);
    expect(device.stats).toMatchObject({ framesOut: 0, queued: 0, dropped: { [reason]: 1 } });
  });

  it('writes a frame again that a signal interrupted', () => {
    linux.answers.push(-errno.EINTR);
    expect(device.write(frame(1))).toBe(true);
    expect(linux.outbox).toEqual([frame(1)]);
  });

  it('takes a frame of the size of the MTU and drops one that is longer', () => {
    expect(device.write(frame(1, 1500))).toBe(true);
    expect(device.write(frame(1, 1501))).toBe(true);
    expect(device.stats).toMatchObject({ framesOut: 1, dropped: { 'too-long': 1 } });
  });

  it('completes and counts each frame once when the interface goes while frames are queued', () => {
    listen();
    linux.answers.push(-errno.EAGAIN);
    for (let nth = 0; nth < 3; nth++) device.write(frame(nth));
    linux.answers.push(20, -errno.EBADFD);
    linux.turn();
    expect(happened).toEqual(['complete']);
    expect(device.stats).toMatchObject({ framesOut: 1, queued: 0, dropped: { closed: 2 } });
  });

  it('completes when a write finds that the interface is gone', () => {
    listen();
    linux.answers.push(-errno.EBADFD);
    expect(device.write(frame(1))).toBe(true);
    expect(happened).toEqual(['complete']);
    expect(device.stats).toMatchObject({ dropped: { closed: 1 } });
  });
});

describe('a TUN device that is closed', () => {
  it('closes its descriptor once, however often close is called', () => {
    device.close();
    device.close();
    expect(linux.calls).toEqual(['unwatch', 'close 9']);
  });

  it('completes frames$ and drained$, also for those who come later', () => {
    device.drained$.subscribe({ complete: () => happened.push('drained$ complete') });
    device.close();
    listen();
    expect(happened).toEqual(['drained$ complete', 'complete']);
  });

  it('counts what is written and what was queued as dropped, and asks nobody to wait', () => {
    linux.answers.push(-errno.EAGAIN);
    device.write(frame(1));
    device.close();
    expect(device.write(frame(2))).toBe(true);
    expect(device.stats).toMatchObject({ queued: 0, dropped: { closed: 2 } });
  });

  it('lets ref and unref pass', () => {
    device.unref().ref();
    device.close();
    device.unref().ref();
    expect(linux.calls).toEqual(['unref', 'ref', 'unwatch', 'close 9']);
  });
});
