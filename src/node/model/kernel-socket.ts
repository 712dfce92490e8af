/** One TCP socket of the kernel, through koffi: what a session of the model calls on it, and what it can be asked. */

import type { Endpoint } from '../../model/index.ts';
import type { State } from '../../tcp/state.ts';
import { errnoText, type Libc, type Memory } from '../drill/libc.ts';
import { ADDRESS_LENGTH, writeSocketAddress } from '../drill/socket-address.ts';
import { AF_INET, errno, SOCK_CLOEXEC, SOCK_NONBLOCK } from '../linux.ts';

const SOCK_STREAM = 1;
const SOL_SOCKET = 1;
const IPPROTO_TCP = 6;
const SO = { reuseAddress: 2, error: 4, keepAlive: 9, linger: 13 } as const;
const TCP = { keepIdle: 4, keepInterval: 5, linger2: 8, info: 11, userTimeout: 18 } as const;
const SHUT_WR = 1;
const MSG_NOSIGNAL = 0x4000;
const ROOM = 4_096;

/** The kernel's numbers of the states, as in TCP_INFO and /proc/net/tcp. 12 is a request that has no socket yet. */
export const KERNEL_STATES: readonly (State | undefined)[] = [
  undefined,
  'ESTABLISHED',
  'SYN-SENT',
  'SYN-RECEIVED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECEIVED',
];

/** What `recv()` gives: text, the end of it, nothing yet, or an error by its name. */
export type Received = Uint8Array | 'end' | 'nothing' | { readonly error: string };

export class KernelSocket {
  readonly #libc: Libc;
  readonly #memory: Memory;
  #fd: number;

  private constructor(libc: Libc, fd: number) {
    this.#libc = libc;
    this.#fd = fd;
    this.#memory = libc.memory(ROOM);
  }

  /** Not bound yet. @throws Error with the errno's name, as every call here does that can only fail by a fault of ours */
  static open(libc: Libc): KernelSocket {
    const fd = libc.call('socket', AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    return new KernelSocket(libc, checked('socket', fd));
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  bind({ address, port }: Endpoint): void {
    this.setOption(SOL_SOCKET, SO.reuseAddress, 1);
    checked('bind', this.#withAddress('bind', address.toString(), port));
  }

  listen(): void {
    checked('listen', this.#libc.call('listen', this.#fd, 8));
  }

  /** Does not wait: the SYN is sent, and that is all. */
  connect({ address, port }: Endpoint): void {
    const result = this.#withAddress('connect', address.toString(), port);
    if (result !== -errno.EINPROGRESS) checked('connect', result);
  }

  /** The oldest connection that waits, if there is one. */
  accept(): KernelSocket | undefined {
    const fd = this.#libc.call('accept4', this.#fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return fd >= 0 ? new KernelSocket(this.#libc, fd) : undefined;
  }

  /** The errno's name, or undefined when it was taken. */
  send(bytes: Uint8Array): string | undefined {
    this.#memory.bytes.set(bytes);
    return named(this.#libc.call('send', this.#fd, this.#memory.address, bytes.length, MSG_NOSIGNAL));
  }

  receive(): Received {
    const count = this.#libc.call('recv', this.#fd, this.#memory.address, ROOM, 0);
    if (count > 0) return this.#memory.bytes.slice(0, count);
    if (count === 0) return 'end';
    return count === -errno.EAGAIN ? 'nothing' : { error: errnoText(-count) };
  }

  /** Closes the user's own direction. The errno's name, or undefined. */
  shutdown(): string | undefined {
    return named(this.#libc.call('shutdown', this.#fd, SHUT_WR));
  }

  close(): void {
    if (this.#fd < 0) return;
    this.#libc.call('close', this.#fd);
    this.#libc.free(this.#memory);
    this.#fd = -1;
  }

  /** Closes with a RST, where there is somebody to be told. */
  abort(): void {
    if (this.#fd < 0) return;
    this.#memory.view.setInt32(0, 1, true);
    this.#memory.view.setInt32(4, 0, true);
    this.#libc.call('setsockopt', this.#fd, SOL_SOCKET, SO.linger, this.#memory.address, 8);
    this.close();
  }

  keepAlive(seconds: number): void {
    this.setOption(SOL_SOCKET, SO.keepAlive, 1);
    this.setOption(IPPROTO_TCP, TCP.keepIdle, seconds);
    this.setOption(IPPROTO_TCP, TCP.keepInterval, seconds);
  }

  userTimeout(ms: number): void {
    this.setOption(IPPROTO_TCP, TCP.userTimeout, ms);
  }

  /** How long FIN-WAIT-2 lasts once nobody has the descriptor any more. */
  finWait2(seconds: number): void {
    this.setOption(IPPROTO_TCP, TCP.linger2, seconds);
  }

  setOption(level: number, option: number, value: number): void {
    this.#memory.view.setInt32(0, value, true);
    checked('setsockopt', this.#libc.call('setsockopt', this.#fd, level, option, this.#memory.address, 4));
  }

  /** By TCP_INFO. */
  state(): State | undefined {
    const { view, address } = this.#memory;
    view.setUint32(ROOM - 8, 1, true);
    const result = this.#libc.call(
      'getsockopt',
      this.#fd,
      IPPROTO_TCP,
      TCP.info,
      address,
      address + BigInt(ROOM - 8),
    );
    return result < 0 ? undefined : KERNEL_STATES[view.getUint8(0)];
  }

  /** Takes the error that waits, if one does: its name. */
  takeError(): string | undefined {
    const { view, address } = this.#memory;
    view.setUint32(ROOM - 8, 4, true);
    this.#libc.call('getsockopt', this.#fd, SOL_SOCKET, SO.error, address, address + BigInt(ROOM - 8));
    const error = view.getInt32(0, true);
    return error === 0 ? undefined : errnoText(error);
  }

  #withAddress(name: 'bind' | 'connect', address: string, port: number): number {
    const length = writeSocketAddress(this.#memory.view, { family: AF_INET, address, port });
    if (length > ADDRESS_LENGTH) throw new RangeError(`${address} is no address of IPv4`);
    return this.#libc.call(name, this.#fd, this.#memory.address, length);
  }
}

function named(result: number): string | undefined {
  return result < 0 ? errnoText(-result) : undefined;
}

function checked(name: string, result: number): number {
  if (result < 0) throw new Error(`${name}() failed: ${errnoText(-result)}`);
  return result;
}
