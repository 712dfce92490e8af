/**
 * System calls of a script, as the kernel takes them: which function, with which words, and how to read what it has filled in.
 */

import { type DrillConfig, wireVersion } from '../../drill/config.ts';
import type { Arguments } from '../../drill/sockets/arguments.ts';
import { done, failed, type Returned } from '../../drill/sockets/returned.ts';
import { AF } from '../../drill/sockets/symbols.ts';
import { MissingFeature } from '../../drill/source.ts';
import { AF_INET, AF_INET6 } from '../linux.ts';
import { Descriptors } from './descriptors.ts';
import { getOption, ioctl, setOption } from './kernel-options.ts';
import { epollControl, epollWait, poll } from './kernel-readiness.ts';
import { reading, readMessage, readVector, writeMessage, writeVector, writing } from './kernel-transfer.ts';
import { errnoText, type Libc, type LibcName, type Memory, type Word } from './libc.ts';
import { optionNumber } from './numbers.ts';
import { ADDRESS_LENGTH, portIn, writeSocketAddress } from './socket-address.ts';

/** A call that is ready to be made. */
export interface KernelCall {
  readonly name: LibcName;
  readonly words: readonly Word[];
  /** Whether it may have to wait: then a thread of its own makes it. */
  readonly waits?: boolean;
  /** What it gives back to the script, where that is not what it returned; called when it went well. */
  succeeded?(result: number): Returned;
  /** Given back when it is over. */
  readonly memory?: readonly Memory[];
}

/** What the calls of a script work on. */
export interface Kernel {
  readonly libc: Libc;
  readonly config: DrillConfig;
  readonly descriptors: Descriptors;
  /** What each new socket is told to use, where the namespace itself may not. */
  congestionControl: string | undefined;
}

export function kernel(libc: Libc, config: DrillConfig): Kernel {
  return { libc, config, descriptors: new Descriptors(), congestionControl: undefined };
}

type Handler = (kernel: Kernel, args: Arguments, expectedFd: number) => KernelCall;

/** @throws MissingFeature for calls, and for arguments, that are not supported */
export function prepareCall(kernel: Kernel, args: Arguments, expectedFd: number): KernelCall {
  const handler = HANDLERS[args.name];
  if (!handler) throw new MissingFeature(`the system call ${args.name}()`);
  return handler(kernel, args, expectedFd);
}

/** What a finished call gives back. */
export function returnedBy(kernel: Kernel, call: KernelCall, result: number): Returned {
  const returned = result < 0 ? failed(errnoText(-result)) : (call.succeeded?.(result) ?? done(result));
  for (const memory of call.memory ?? []) kernel.libc.free(memory);
  return returned;
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  socket,
  bind: ({ libc, config, descriptors }, args) => {
    const own = { address: config.localAddress, port: config.bindPort };
    const place = args.place(args.at(1), own);
    const anywhere = wireVersion(config) === 6 ? '::' : '0.0.0.0';
    return withAddress(libc, config, 'bind', descriptors.fdOf(args.number(0)), {
      address: place.address ?? anywhere,
      port: place.port,
    });
  },
  listen: ({ descriptors }, args) => ({
    name: 'listen',
    words: [descriptors.fdOf(args.number(0)), args.number(1)],
    succeeded(result) {
      descriptors.find(args.number(0))!.kind = 'listener';
      return done(result);
    },
  }),
  accept: (kernel, args, expectedFd) => accept(kernel, args, expectedFd, []),
  accept4: (kernel, args, expectedFd) => accept(kernel, args, expectedFd, [args.number(3)]),
  connect,

  read: (kernel, args) => reading(kernel, args, 'read', []),
  recv: (kernel, args) => reading(kernel, args, 'recv', [args.number(3)]),
  recvfrom: (kernel, args) => reading(kernel, args, 'recvfrom', [args.number(3), 0, 0]),
  readv: readVector,
  recvmsg: readMessage,
  write: (kernel, args) => writing(kernel, args, 'write', []),
  send: (kernel, args) => writing(kernel, args, 'send', [args.number(3)]),
  sendto: (kernel, args) => writing(kernel, args, 'sendto', [args.number(3), 0, 0]),
  writev: writeVector,
  sendmsg: writeMessage,

  fcntl: ({ descriptors }, args) => {
    const command = args.number(1);
    const value = args.has(2) ? args.number(2) : 0;
    return { name: 'fcntl', words: [descriptors.fdOf(args.number(0)), command, value] };
  },
  ioctl,
  shutdown: ({ descriptors }, args) => ({
    name: 'shutdown',
    words: [descriptors.fdOf(args.number(0)), args.number(1)],
  }),
  close: ({ descriptors }, args) => {
    const number = args.number(0);
    const fd = descriptors.fdOf(number);
    descriptors.remove(number);
    return { name: 'close', words: [fd], waits: true };
  },

  setsockopt: setOption,
  getsockopt: getOption,

  poll,
  epoll_create: ({ descriptors }, args, expectedFd) => ({
    name: 'epoll_create',
    words: [args.number(0)],
    succeeded: (fd) => done(descriptors.add({ fd, kind: 'epoll' }, expectedFd)),
  }),
  epoll_create1: ({ descriptors }, args, expectedFd) => ({
    name: 'epoll_create1',
    words: [args.number(0)],
    succeeded: (fd) => done(descriptors.add({ fd, kind: 'epoll' }, expectedFd)),
  }),
  epoll_ctl: epollControl,
  epoll_wait: epollWait,
};

function familyOf({ ipVersion }: DrillConfig): typeof AF_INET | typeof AF_INET6 {
  return ipVersion === 'ipv4' ? AF_INET : AF_INET6;
}

function socket(kernel: Kernel, args: Arguments, expectedFd: number): KernelCall {
  const { config, descriptors } = kernel;
  const type = args.numberOr(1, 1);
  if ((type & 0xf) !== 1) throw new MissingFeature('sockets other than SOCK_STREAM');
  return {
    name: 'socket',
    words: [args.numberOr(0, familyOf(config)), type, args.has(2) ? args.numberOr(2, 0) : 0],
    succeeded(fd) {
      const returned = done(descriptors.add({ fd, kind: 'socket' }, expectedFd));
      // Afterwards: should it fail, the socket is closed with the others.
      chooseCongestionControl(kernel, fd);
      return returned;
    },
  };
}

const IPPROTO_TCP = 6;

/** @throws MissingFeature for one that the kernel does not have */
function chooseCongestionControl({ libc, congestionControl }: Kernel, fd: number): void {
  if (congestionControl === undefined) return;
  const name = new TextEncoder().encode(congestionControl);
  const memory = libc.memory(name.length);
  memory.bytes.set(name);
  const option = optionNumber('TCP_CONGESTION') as number;
  const failed = libc.call('setsockopt', fd, IPPROTO_TCP, option, memory.address, name.length) < 0;
  libc.free(memory);
  if (failed) throw new MissingFeature(`the congestion control ${congestionControl}`);
}

function withAddress(
  libc: Libc,
  config: DrillConfig,
  name: 'bind' | 'connect',
  fd: number,
  place: { readonly address: string; readonly port: number },
): KernelCall {
  const memory = libc.memory(ADDRESS_LENGTH);
  const length = writeSocketAddress(memory.view, { family: familyOf(config), ...place });
  return { name, words: [fd, memory.address, length], memory: [memory] };
}

function connect({ libc, config, descriptors }: Kernel, args: Arguments): KernelCall {
  const descriptor = descriptors.find(args.number(0));
  const fd = descriptor?.fd ?? -1;
  const address = args.at(1);
  if (args.isUnspecified(address)) {
    const memory = libc.memory(ADDRESS_LENGTH);
    memory.view.setUint16(0, AF.UNSPEC, true);
    return {
      name: 'connect',
      words: [fd, memory.address, ADDRESS_LENGTH],
      memory: [memory],
      succeeded(result) {
        descriptor!.kind = 'socket';
        return done(result);
      },
    };
  }
  const { remoteAddress, connectPort } = config;
  const place = args.place(address, { address: remoteAddress, port: connectPort });
  if (descriptor?.kind === 'socket') {
    descriptor.kind = 'connection';
    descriptor.remotePort = place.port;
  }
  const to = { address: place.address ?? remoteAddress, port: place.port };
  return { ...withAddress(libc, config, 'connect', fd, to), waits: true };
}

function accept(
  { libc, descriptors }: Kernel,
  args: Arguments,
  expectedFd: number,
  flags: readonly number[],
): KernelCall {
  const memory = libc.memory(ADDRESS_LENGTH + 4);
  memory.view.setUint32(ADDRESS_LENGTH, ADDRESS_LENGTH, true);
  const words = [
    descriptors.fdOf(args.number(0)),
    memory.address,
    memory.address + BigInt(ADDRESS_LENGTH),
    ...flags,
  ];
  return {
    name: flags.length === 0 ? 'accept' : 'accept4',
    words,
    waits: true,
    memory: [memory],
    succeeded(fd) {
      const remotePort = portIn(memory.view);
      return done(descriptors.add({ fd, kind: 'connection', remotePort }, expectedFd));
    },
  };
}
