import { closeSync, constants as fileConstants, openSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import process from 'node:process';
import { StackError } from '../errors.ts';

/**
 * The system calls that a TUN device needs, and a link between two. Each returns what the kernel returns: a count or a
 * descriptor, or minus the errno. None of them waits.
 */
export interface Linux {
  open(path: string): number;
  close(fd: number): void;
  socket(domain: number, type: number, protocol: number): number;
  /** A few requests take a number in place of a structure. */
  ioctl(fd: number, request: number, argument: Uint8Array | number): number;
  read(fd: number, buffer: Uint8Array): number;
  write(fd: number, bytes: Uint8Array): number;
  /** A descriptor that gets readable when a time is over, finer than Node's own timers: timerfd_create(2). */
  timer(): number;
  /** Has it get readable once, so many nanoseconds from now. */
  setTimer(fd: number, delayNs: bigint): number;
  /** Calls `look` from the event loop, once a turn, for as long as the descriptor is ready or in error. */
  watch(fd: number, look: () => void): Watch;
}

/** A descriptor in the event loop. It keeps the process alive until it is closed or unref'ed. */
export interface Watch {
  /** What to wait for. Who waits to read is woken by an error of the descriptor as well. */
  want(readiness: { readonly readable: boolean; readonly writable: boolean }): void;
  ref(): void;
  unref(): void;
  close(): void;
}

/** From `<errno.h>`: os.constants has the others. */
const EBADFD = 77;
export const errno = { ...osConstants.errno, EBADFD } as const;

// <linux/if_tun.h>, <linux/sockios.h>, <linux/if.h>, <sys/socket.h>: the numbers of the architectures in ARCHITECTURES.
export const TUNSETIFF = 0x400454ca;
export const TUNGETIFF = 0x800454d2;
export const TUNSETOFFLOAD = 0x400454d0;
export const TUNSETVNETHDRSZ = 0x400454d8;
export const TUN_F_CSUM = 0x01;
export const TUN_F_TSO4 = 0x02;
export const TUN_F_TSO6 = 0x04;
export const IFF_TUN = 0x0001;
export const IFF_TAP = 0x0002;
export const IFF_MULTI_QUEUE = 0x0100;
export const IFF_VNET_HDR = 0x4000;
export const IFF_PERSIST = 0x0800;
export const IFF_NO_PI = 0x1000;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCGIFMTU = 0x8921;
export const SIOCSIFMTU = 0x8922;
export const SIOCGIFTXQLEN = 0x8942;
export const SIOCSIFTXQLEN = 0x8943;
export const SIOCGIFINDEX = 0x8933;
export const IFF_UP = 0x0001;
export const IFNAMSIZ = 16;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0x800;
export const SOCK_CLOEXEC = 0x80000;
// <sys/timerfd.h>, <time.h>
const TFD_NONBLOCK = SOCK_NONBLOCK;
const TFD_CLOEXEC = SOCK_CLOEXEC;
const CLOCK_MONOTONIC = 1;
const NS_PER_S = 1_000_000_000n;

/** Those that take their ioctl numbers from <asm-generic/ioctl.h>, and are little-endian in Node. */
const ARCHITECTURES: readonly string[] = ['arm', 'arm64', 'ia32', 'loong64', 'riscv64', 'x64'];

/** The smallest and largest frame that an IP interface of Linux may be set to. */
export const MINIMUM_MTU = 68;
export const MAXIMUM_MTU = 65_535;

let loaded: Promise<Linux> | undefined;

/**
 * The system calls of this machine, through the optional package koffi, which is loaded on the first call.
 *
 * @throws StackError ENODEV where there is no Linux, or no koffi.
 */
export function loadLinux(): Promise<Linux> {
  loaded ??= linuxThrough(() => import('koffi'));
  return loaded;
}

type Koffi = typeof import('koffi');

/** As {@link loadLinux}, with the import in the caller's hand, and the machine that it is done for. */
export async function linuxThrough(
  importKoffi: () => Promise<unknown>,
  machine: { readonly platform: string; readonly arch: string } = process,
): Promise<Linux> {
  if (machine.platform !== 'linux') {
    throw new StackError(
      'ENODEV',
      `A TUN device can be opened on Linux only, and this is ${machine.platform}. ` +
        'Use a Linux virtual machine or container, or the virtual network, which runs everywhere.',
    );
  }
  if (!ARCHITECTURES.includes(machine.arch)) {
    throw new StackError(
      'ENODEV',
      `The ioctl numbers of Linux on ${machine.arch} are not known here: TUN devices can be opened on ${ARCHITECTURES.join(', ')}.`,
    );
  }
  let koffi: Koffi;
  try {
    koffi = (await importKoffi()) as Koffi;
  } catch (cause) {
    throw new StackError(
      'ENODEV',
      'A TUN device is opened through the optional package koffi, which could not be loaded. Run `npm install koffi`.',
      { cause },
    );
  }
  if (typeof koffi.node?.poll !== 'function') {
    throw new StackError(
      'ENODEV',
      `koffi ${koffi.version} has no node.poll. Run \`npm install koffi@^3.3.4\`.`,
    );
  }
  return systemCalls(koffi);
}

function systemCalls(koffi: Koffi): Linux {
  // The running program's own symbols: glibc or musl, whichever Node was linked with.
  const library = koffi.load(null);
  const socket = library.func('int socket(int domain, int type, int protocol)');
  const ioctl = library.func('int ioctl(int fd, unsigned long request, void *argument)');
  const ioctlNumber = library.func('int ioctl(int fd, unsigned long request, unsigned long argument)');
  const read = library.func('intptr_t read(int fd, void *buffer, size_t count)');
  const write = library.func('intptr_t write(int fd, void *buffer, size_t count)');
  const timerCreate = library.func('int timerfd_create(int clock, int flags)');
  const timerSet = library.func('int timerfd_settime(int fd, int flags, void *value, void *old)');
  // struct itimerspec, where a long has 64 bits: the interval in seconds and nanoseconds, then the value.
  const timerValue = new BigInt64Array(4);

  const retried = (call: () => number): number => {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const error = koffi.errno();
      if (error !== errno.EINTR) return -error;
    }
  };

  return {
    open(path) {
      try {
        // libuv adds O_CLOEXEC: a device that a child process held open would not vanish with this process.
        return openSync(path, fileConstants.O_RDWR | fileConstants.O_NONBLOCK);
      } catch (error) {
        return (error as NodeJS.ErrnoException).errno ?? -errno.EIO;
      }
    },
    close: closeSync,
    socket: (domain, type, protocol) => retried(() => socket(domain, type | SOCK_CLOEXEC, protocol)),
    ioctl: (fd, request, argument) =>
      retried(() =>
        typeof argument === 'number' ? ioctlNumber(fd, request, argument) : ioctl(fd, request, argument),
      ),
    // Once a packet: no closure.
    read(fd, buffer) {
      const count: number = read(fd, buffer, buffer.length);
      return count >= 0 ? count : -koffi.errno();
    },
    write(fd, bytes) {
      const count: number = write(fd, bytes, bytes.length);
      return count >= 0 ? count : -koffi.errno();
    },
    timer() {
      if (koffi.sizeof('long') !== 8) return -errno.ENOSYS;
      return retried(() => timerCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    },
    setTimer(fd, delayNs) {
      timerValue[2] = delayNs / NS_PER_S;
      timerValue[3] = delayNs % NS_PER_S;
      return retried(() => timerSet(fd, 0, timerValue, null));
    },
    watch: (fd, look) => watch(koffi, fd, look),
  };
}

/** Those that are not closed. koffi aborts the process when a descriptor gets ready while Node takes itself down. */
const watches = new Set<Watch>();
const closeWatches = () => {
  for (const watch of watches) watch.close();
};

/**
 * libuv's uv_poll, through koffi. It calls back from the bare loop, where neither promises nor `nextTick` would run
 * afterwards, so the look is taken in the `setImmediate` of the same turn.
 */
function watch(koffi: Koffi, fd: number, look: () => void): Watch {
  let wanted = { readable: false, writable: false };
  let scheduled = false;
  let stopped = false;
  let closed = false;
  const arm = () => {
    stopped = false;
    handle.start({ ...wanted, disconnect: true }, onReady);
  };
  const onReady = (...report: readonly unknown[]) => {
    // On an error libuv stops watching, and the look may come too early to see it: tun_detach_all() of the kernel wakes
    // first and detaches then.
    if (!report.some(isReadiness)) stopped = true;
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (!closed) look();
      if (stopped && !closed) arm();
    });
  };
  const handle = koffi.node.poll(fd, { disconnect: true }, onReady);
  const watch: Watch = {
    want(readiness) {
      if (closed) return;
      wanted = { ...readiness };
      arm();
    },
    // koffi passes a null pointer on when it is asked anything about a closed handle.
    ref() {
      if (!closed) handle.ref();
    },
    unref() {
      if (!closed) handle.unref();
    },
    close() {
      if (closed) return;
      closed = true;
      handle.close();
      watches.delete(watch);
      if (watches.size === 0) process.removeListener('exit', closeWatches);
    },
  };
  if (watches.size === 0) process.once('exit', closeWatches);
  watches.add(watch);
  return watch;
}

/** Which of the callback's arguments it is differs between koffi and koffi's types. */
function isReadiness(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  const { readable, writable } = argument as { readable?: unknown; writable?: unknown };
  return readable === true || writable === true;
}

/** `struct ifreq` of <linux/if.h>: the name in 16 bytes, then a union in 24. */
export class InterfaceRequest {
  readonly bytes = new Uint8Array(IFNAMSIZ + 24);
  readonly #view = new DataView(this.bytes.buffer);

  constructor(name: string) {
    new TextEncoder().encodeInto(name, this.bytes.subarray(0, IFNAMSIZ - 1));
  }

  get name(): string {
    const end = this.bytes.indexOf(0);
    return new TextDecoder().decode(this.bytes.subarray(0, end));
  }

  get flags(): number {
    return this.#view.getUint16(IFNAMSIZ, true);
  }
  set flags(value: number) {
    this.#view.setUint16(IFNAMSIZ, value, true);
  }

  /** The union as an int: MTU, index. */
  get integer(): number {
    return this.#view.getInt32(IFNAMSIZ, true);
  }
  set integer(value: number) {
    this.#view.setInt32(IFNAMSIZ, value, true);
  }
}
