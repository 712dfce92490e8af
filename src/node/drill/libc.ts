/**
 * The system calls that a script makes, through koffi: one function each, whose arguments are numbers and addresses. Memory
 * is the C library's own, so that a thread may be handed an address and another one reads what is there.
 */

import { MissingFeature } from '../../drill/source.ts';
import { StackError } from '../../errors.ts';
import { errno } from '../linux.ts';

/** `word` stands for whatever is as wide as a pointer. */
const PROTOTYPES = {
  accept: 'int accept(int, word, word)',
  accept4: 'int accept4(int, word, word, int)',
  bind: 'int bind(int, word, unsigned int)',
  calloc: 'word calloc(word, word)',
  close: 'int close(int)',
  connect: 'int connect(int, word, unsigned int)',
  epoll_create: 'int epoll_create(int)',
  epoll_create1: 'int epoll_create1(int)',
  epoll_ctl: 'int epoll_ctl(int, int, int, word)',
  epoll_wait: 'int epoll_wait(int, word, int, int)',
  eventfd: 'int eventfd(unsigned int, int)',
  fcntl: 'int fcntl(int, int, word)',
  free: 'void free(word)',
  getsockname: 'int getsockname(int, word, word)',
  getsockopt: 'int getsockopt(int, int, int, word, word)',
  gettid: 'int gettid()',
  ioctl: 'int ioctl(int, unsigned long, word)',
  listen: 'int listen(int, int)',
  poll: 'int poll(word, unsigned long, int)',
  ppoll: 'int ppoll(word, unsigned long, word, word)',
  prctl: 'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
  read: 'word read(int, word, word)',
  readv: 'word readv(int, word, int)',
  recv: 'word recv(int, word, word, int)',
  recvfrom: 'word recvfrom(int, word, word, int, word, word)',
  recvmsg: 'word recvmsg(int, word, int)',
  sched_setscheduler: 'int sched_setscheduler(int, int, word)',
  send: 'word send(int, word, word, int)',
  sendmsg: 'word sendmsg(int, word, int)',
  sendto: 'word sendto(int, word, word, int, word, unsigned int)',
  setsockopt: 'int setsockopt(int, int, int, word, unsigned int)',
  shutdown: 'int shutdown(int, int)',
  socket: 'int socket(int, int, int)',
  unshare: 'int unshare(int)',
  write: 'word write(int, word, word)',
  writev: 'word writev(int, word, int)',
} as const;

export type LibcName = keyof typeof PROTOTYPES;

/** In a fixed order, so that a thread can be told a function by its number. */
export const LIBC_NAMES = Object.keys(PROTOTYPES) as readonly LibcName[];

/** A number, or the address of memory; 0 is NULL. */
export type Word = number | bigint;

/** Zeros to begin with. */
export interface Memory {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export interface Libc {
  /** Makes a call. Gives what it returns, or minus the errno. */
  call(name: LibcName, ...words: readonly Word[]): number;
  /** @throws MissingFeature for more than can be had */
  memory(length: number): Memory;
  free(memory: Memory): void;
}

/** Those whose structs are laid out as in the files of this folder: 64 bits, and the numbers of asm-generic/socket.h. */
const ARCHITECTURES: readonly string[] = ['arm64', 'loong64', 'riscv64', 'x64'];

/** @throws StackError ENODEV on other machines, and without koffi */
export async function loadLibc(): Promise<Libc> {
  if (process.platform !== 'linux' || !ARCHITECTURES.includes(process.arch)) {
    throw new StackError(
      'ENODEV',
      `Scripts can be played against the kernel of Linux on ${ARCHITECTURES.join(', ')}; this is ${process.platform} on ${process.arch}.`,
    );
  }
  const koffi = await import('koffi').catch((cause: unknown) => {
    throw new StackError(
      'ENODEV',
      'System calls are made through the optional package koffi, which could not be loaded. Run `npm install koffi`.',
      { cause },
    );
  });
  const library = koffi.load(null);
  const functions: Record<string, (...words: readonly Word[]) => number | bigint> = Object.fromEntries(
    LIBC_NAMES.map((name) => [name, library.func(PROTOTYPES[name].replaceAll('word', 'intptr_t'))]),
  );
  return {
    call(name, ...words) {
      const result = Number(functions[name]!(...words.map(whole)));
      return result >= 0 ? result : -koffi.errno();
    },
    memory(size) {
      const length = Math.max(1, Math.trunc(size));
      const address = length <= MOST_MEMORY ? BigInt(functions.calloc!(1, length)) : 0n;
      if (address === 0n) throw new MissingFeature(`a buffer of ${length} bytes`);
      const buffer = koffi.view(address, length);
      return { address, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
    },
    free: ({ address }) => void functions.free!(address),
  };
}

/** Scripts may write fractions anywhere. */
function whole(word: Word): Word {
  return typeof word === 'number' ? Math.trunc(word) : word;
}

/** Of one buffer. Scripts of real use stay far below. */
const MOST_MEMORY = 2 ** 30;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(errno)
    .filter(([name]) => name !== 'EWOULDBLOCK')
    .map(([name, number]) => [number, name]),
);

/** `EAGAIN` … */
export function errnoText(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`;
}
