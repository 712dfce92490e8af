/**
 * System calls by name. Each handler reads its arguments and gives an attempt: what is tried at once, and again as long as
 * the call has to wait.
 */

import type { Expression } from '../ast.ts';
import { MissingFeature } from '../source.ts';
import type { Arguments } from './arguments.ts';
import { getOption, setOption } from './options.ts';
import { Epoll, poll } from './readiness.ts';
import { type Attempt, done, failed, type Pending, type Returned } from './returned.ts';
import { DrillSocket } from './socket.ts';
import { MSG, O_NONBLOCK, SOCK_NONBLOCK } from './symbols.ts';
import type { SocketTable } from './table.ts';
import { reading, writing } from './transfer.ts';

/** `expectedFd`: the number that the script expects of a call that makes a descriptor. */
type Handler = (table: SocketTable, args: Arguments, expectedFd: number) => Attempt | Pending | Returned;

/** Calls whose result is a new descriptor: any number will do, and the script's becomes its name. */
export const MAKES_DESCRIPTOR: ReadonlySet<string> = new Set([
  'socket',
  'accept',
  'accept4',
  'epoll_create',
  'epoll_create1',
]);

/** @throws MissingFeature for calls, and for arguments, that are not supported */
export function beginCall(table: SocketTable, args: Arguments, expectedFd: number): Pending {
  const handler = HANDLERS[args.name];
  if (!handler) throw new MissingFeature(`the system call ${args.name}()`);
  const begun = handler(table, args, expectedFd);
  if (typeof begun === 'function') return { attempt: begun };
  return 'attempt' in begun ? begun : { attempt: () => begun };
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  socket(table, args, expectedFd) {
    const type = args.numberOr(1, 1);
    if ((type & 0xf) !== 1) throw new MissingFeature('sockets other than SOCK_STREAM');
    const protocol = args.has(2) ? args.numberOr(2, 0) : 0;
    if (protocol !== 0 && protocol !== 6) throw new MissingFeature(`sockets of protocol ${protocol}`);
    return done(table.add(new DrillSocket(table.host, (type & SOCK_NONBLOCK) !== 0), expectedFd));
  },

  bind: (table, args) => onSocket(table, args, (socket) => bind(table, args, socket)),
  listen: (table, args) => onSocket(table, args, (socket) => socket.listen(args.number(1))),
  accept: (table, args, expectedFd) => accept(table, args, expectedFd, 0),
  accept4: (table, args, expectedFd) => accept(table, args, expectedFd, args.number(3)),
  connect: (table, args) => waitingOn(table, args, (socket) => connecting(table, args, socket)),

  read: (table, args) => waitingOn(table, args, (socket) => reading(socket, args.number(2), 0)),
  recv: (table, args) => waitingOn(table, args, (socket) => reading(socket, args.number(2), args.number(3))),
  recvfrom: (table, args) =>
    waitingOn(table, args, (socket) => reading(socket, args.number(2), args.number(3))),
  readv: (table, args) =>
    waitingOn(table, args, (socket) => reading(socket, vectorLength(args, args.at(1)), 0)),
  recvmsg: (table, args) => waitingOn(table, args, (socket) => receiveMessage(args, socket)),

  write: (table, args) => waitingOn(table, args, (socket) => writing(socket, args.number(2), 0)),
  send: (table, args) => waitingOn(table, args, (socket) => writing(socket, args.number(2), args.number(3))),
  sendto: (table, args) =>
    waitingOn(table, args, (socket) => writing(socket, args.number(2), args.number(3))),
  writev: (table, args) =>
    waitingOn(table, args, (socket) => writing(socket, vectorLength(args, args.at(1)), 0)),
  sendmsg: (table, args) =>
    waitingOn(table, args, (socket) => writing(socket, messageLength(args), args.number(2))),

  fcntl: (table, args) => onSocket(table, args, (socket) => control(args, socket)),
  ioctl: (table, args) => onSocket(table, args, (socket) => ioctl(args, socket)),
  shutdown: (table, args) => onSocket(table, args, (socket) => socket.shutdown(args.number(1))),
  close,

  setsockopt: (table, args) => onSocket(table, args, (socket) => setsockopt(args, socket)),
  getsockopt: (table, args) => onSocket(table, args, (socket) => getsockopt(args, socket)),

  poll,
  epoll_create: (table, _args, expectedFd) => done(table.add(new Epoll(), expectedFd)),
  epoll_create1: (table, _args, expectedFd) => done(table.add(new Epoll(), expectedFd)),
  epoll_ctl: (table, args) => onEpoll(table, args, (epoll) => epoll.control(table, args)),
  epoll_wait: (table, args) => onEpoll(table, args, (epoll) => epoll.wait(table, args)),
};

function onSocket(table: SocketTable, args: Arguments, call: (socket: DrillSocket) => Returned): Returned {
  const socket = table.find(args.number(0));
  if (!socket) return failed('EBADF');
  return socket instanceof DrillSocket ? call(socket) : failed('ENOTSOCK');
}

function waitingOn(
  table: SocketTable,
  args: Arguments,
  call: (socket: DrillSocket) => Attempt | Pending,
): Attempt | Pending | Returned {
  const socket = table.find(args.number(0));
  if (!socket) return failed('EBADF');
  return socket instanceof DrillSocket ? withTimeout(table, args, socket, call(socket)) : failed('ENOTSOCK');
}

/** SO_RCVTIMEO and SO_SNDTIMEO: a call gives up waiting. */
function withTimeout(
  table: SocketTable,
  args: Arguments,
  socket: DrillSocket,
  call: Attempt | Pending,
): Attempt | Pending {
  const option = /^(read|recv|accept)/.test(args.name) ? 'SO_RCVTIMEO' : 'SO_SNDTIMEO';
  const timeoutMs = socket.value(option);
  if (timeoutMs === 0 || typeof call !== 'function') return call;
  const errno = args.name === 'connect' ? 'EINPROGRESS' : 'EAGAIN';
  return { attempt: call, timeout: { atMs: table.clock.now() + timeoutMs, returned: failed(errno) } };
}

function onEpoll(
  table: SocketTable,
  args: Arguments,
  call: (epoll: Epoll) => Returned | Pending,
): Returned | Pending {
  const epoll = table.find(args.number(0));
  return epoll instanceof Epoll ? call(epoll) : failed(epoll ? 'EINVAL' : 'EBADF');
}

function bind(table: SocketTable, args: Arguments, socket: DrillSocket): Returned {
  const place = args.place(args.at(1), { address: undefined, port: table.config.bindPort });
  const address = place.address === '0.0.0.0' || place.address === '::' ? undefined : place.address;
  const other = table.sockets.find(
    (one) => one !== socket && one.bound?.port === place.port && place.port !== 0,
  );
  const shared =
    other && (socket.value('SO_REUSEADDR') & other.value('SO_REUSEADDR')) !== 0 && !other.listener;
  const sharesPort = other && (socket.value('SO_REUSEPORT') & other.value('SO_REUSEPORT')) !== 0;
  if (other && !shared && !sharesPort) return failed('EADDRINUSE');
  return socket.bind({ address, port: place.port });
}

function accept(
  table: SocketTable,
  args: Arguments,
  expectedFd: number,
  flags: number,
): Attempt | Pending | Returned {
  return waitingOn(table, args, (socket) => () => {
    if (!socket.listener) return failed('EINVAL');
    const connection = socket.accept();
    if (!connection) return socket.nonBlocking ? failed('EAGAIN') : undefined;
    const inherits = table.host.profile.acceptInheritsNonBlocking && socket.nonBlocking;
    const accepted = new DrillSocket(table.host, inherits || (flags & SOCK_NONBLOCK) !== 0, connection);
    accepted.options = socket.options;
    for (const [name, value] of socket.values) accepted.values.set(name, value);
    accepted.values.delete('TCP_DEFER_ACCEPT');
    accepted.linger = socket.linger;
    return done(table.add(accepted, expectedFd));
  });
}

function connecting(table: SocketTable, args: Arguments, socket: DrillSocket): Attempt {
  const address = args.at(1);
  if (args.isUnspecified(address)) return () => socket.disconnect();
  const { remoteAddress, connectPort } = table.config;
  const place = args.place(address, { address: remoteAddress, port: connectPort });
  const remote = { address: place.address ?? remoteAddress, port: place.port };
  let begun = false;
  return () => {
    if (!begun) {
      begun = true;
      const first = socket.connect(remote);
      if (socket.nonBlocking || first.errno !== 'EINPROGRESS') return first;
    }
    const returned = socket.connected();
    if (returned === undefined) return undefined;
    socket.connectReturned();
    return returned.errno === 'EISCONN' ? done() : returned;
  };
}

function vectorLength(args: Arguments, vector: Expression): number {
  return args.vectorLengths(vector).reduce((sum, length) => sum + length, 0);
}

function messageLength(args: Arguments): number {
  const message = args.at(1);
  const vector = args.field(message, 'msg_iov', 1);
  return vector ? vectorLength(args, vector) : args.fail('msg_iov is missing', message);
}

/** recvmsg(), with the one control message that there is: how much is left to read (TCP_CM_INQ). */
function receiveMessage(args: Arguments, socket: DrillSocket): Attempt {
  const read = reading(socket, messageLength(args), args.number(2));
  const controls = args.field(args.at(1), 'msg_control', -1);
  const flags = args.field(args.at(1), 'msg_flags', -1);
  return () => {
    const returned = read();
    if (!returned || returned.value < 0) return returned;
    const urgent = (args.number(2) & MSG.OOB) !== 0 ? MSG.OOB : 0;
    const differs = args.compared(flags, urgent, 'msg_flags');
    if (controls?.kind !== 'list') return done(returned.value, differs);
    const { connection } = socket;
    // One more for the end of the stream.
    const left = (connection?.info().rcv.queued ?? 0) || (socket.atEnd ? 1 : 0);
    const mismatches = controls.items.flatMap((message) => {
      const type = args.field(message, 'cmsg_type', 1);
      if (type?.kind !== 'symbol' || type.name !== 'TCP_CM_INQ' || socket.value('TCP_INQ') === 0) {
        throw new MissingFeature('control messages other than TCP_CM_INQ');
      }
      return args.compared(args.field(message, 'cmsg_data', 2), left, 'TCP_CM_INQ');
    });
    return done(returned.value, [...differs, ...mismatches]);
  };
}

function control(args: Arguments, socket: DrillSocket): Returned {
  const command = args.symbol(1);
  if (command === 'F_GETFL') return done(2 | (socket.nonBlocking ? O_NONBLOCK : 0));
  if (command === 'F_SETFL') socket.nonBlocking = (args.number(2) & O_NONBLOCK) !== 0;
  else if (command !== 'F_SETFD' && command !== 'F_GETFD') throw new MissingFeature(`fcntl(${command})`);
  return done();
}

function ioctl(args: Arguments, socket: DrillSocket): Returned {
  const request = args.symbol(1);
  if (request === 'FIONBIO') {
    socket.nonBlocking = args.number(2) !== 0;
    return done();
  }
  const { connection, listener } = socket;
  if (listener) return failed('EINVAL');
  const got = connection ? countOf(request, socket) : 0;
  if (got === undefined) throw new MissingFeature(`ioctl(${request})`);
  return done(0, args.compared(args.at(2), got, request));
}

function countOf(request: string, { connection }: DrillSocket): number | undefined {
  const { snd, rcv, urgentBytes } = connection!.info();
  switch (request) {
    case 'SIOCINQ':
    case 'FIONREAD':
      return rcv.queued;
    case 'SIOCOUTQ':
    case 'TIOCOUTQ':
    case 'FIONWRITE':
      return snd.queued;
    case 'SIOCOUTQNSD':
      return Math.max(0, snd.queued - ((snd.nxt - snd.una) >>> 0));
    case 'FIONSPACE':
      return snd.buffer - snd.queued;
    case 'SIOCATMARK':
      return urgentBytes === 1 ? 1 : 0;
    default:
      return undefined;
  }
}

function close(table: SocketTable, args: Arguments): Attempt | Pending | Returned {
  const fd = args.number(0);
  const descriptor = table.find(fd);
  if (!descriptor) return failed('EBADF');
  table.remove(fd);
  if (!(descriptor instanceof DrillSocket)) return done();
  descriptor.close();
  const { on, seconds } = descriptor.linger;
  if (!on || seconds === 0 || descriptor.nonBlocking) return done();
  return {
    attempt: () => (descriptor.lingers ? undefined : done()),
    timeout: { atMs: table.clock.now() + seconds * 1_000, returned: done() },
  };
}

function setsockopt(args: Arguments, socket: DrillSocket): Returned {
  const [level, name, value] = [args.number(1), args.symbol(2), args.at(3)];
  if (name === 'SO_LINGER') {
    const seconds = args.fieldNumber(value, 'linger', 1, 0);
    socket.linger = { on: args.fieldNumber(value, 'onoff', 0, 0) !== 0, seconds };
    return done();
  }
  if (name === 'SO_RCVTIMEO' || name === 'SO_SNDTIMEO') {
    const ms =
      args.fieldNumber(value, 'tv_sec', 0, 0) * 1_000 + args.fieldNumber(value, 'tv_usec', 1, 0) / 1_000;
    socket.values.set(name, ms);
    return done();
  }
  const errno = setOption(socket, level, name, value.kind === 'string' ? value.value : args.numberOf(value));
  return errno === undefined ? done() : failed(errno);
}

function lengthOf(args: Arguments): Expression | undefined {
  return args.has(4) ? args.at(4) : undefined;
}

function getsockopt(args: Arguments, socket: DrillSocket): Returned {
  const [level, name, value] = [args.number(1), args.symbol(2), args.at(3)];
  if (name === 'SO_LINGER') {
    const mismatches = [
      ...args.compared(args.field(value, 'onoff', 0), socket.linger.on ? 1 : 0, 'onoff'),
      ...args.compared(args.field(value, 'linger', 1), socket.linger.seconds, 'linger'),
      ...args.comparedLength(lengthOf(args), 8),
    ];
    return done(0, mismatches);
  }
  // tcp_info is read by code blocks; a call for it only has to come back.
  if (name === 'TCP_INFO' || name === 'TCP_CC_INFO') return done();
  const got = getOption(socket, level, name);
  if (got === undefined) return failed('ENOPROTOOPT');
  const length = typeof got === 'number' ? args.comparedLength(lengthOf(args), 4) : [];
  return done(0, [...args.compared(value, got, name), ...length]);
}
