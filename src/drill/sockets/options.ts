/**
 * getsockopt() and setsockopt(): what each option does to the stack, and what reads back.
 */

import type { ConnectionInfo } from '../../stack/api.ts';
import { sizeAtFirst } from '../../stack/settings.ts';
import { isController } from '../../tcp/index.ts';
import { MissingFeature } from '../source.ts';
import type { DrillSocket } from './socket.ts';
import { AF, errnoNumber, LEVEL } from './symbols.ts';

interface SocketOption {
  readonly level: 'socket' | 'tcp' | 'ip' | 'ipv6';
  /** Before it was set. */
  readonly initial?: number | string;
  /** What setting it does, beside being remembered; an errno if it can't be. */
  set?(socket: DrillSocket, value: number): string | undefined | void;
  /** What it reads, where that is not what was set. */
  get?(socket: DrillSocket): number;
  readonly readOnly?: true;
  /** Not supported, unless it is turned off. */
  readonly missing?: string;
}

const FOR_EVER = 2 ** 31;

const on = (value: number): boolean => value !== 0;
const infoOf = (socket: DrillSocket): ConnectionInfo | undefined => socket.connection?.info();

/** SO_KEEPALIVE turns it on, TCP_KEEPIDLE says how long: either may come first. */
function setKeepAlive(socket: DrillSocket): void {
  const idleSeconds = socket.value('TCP_KEEPIDLE', 7_200);
  socket.set({ keepAliveMs: socket.value('SO_KEEPALIVE') !== 0 ? idleSeconds * 1_000 : false });
}

/** Turned on, it also sends what waits, cork or not. */
function setNoDelay(socket: DrillSocket, value: number): void {
  const corked = socket.options.cork === true;
  if (on(value) && corked) socket.set({ noDelay: true, cork: false });
  socket.set({ noDelay: on(value), ...(corked ? { cork: true } : {}) });
}

const seconds = (value: number): string | undefined => (value < 1 || value > 32_767 ? 'EINVAL' : undefined);

const OPTIONS: Readonly<Record<string, SocketOption>> = {
  SO_REUSEADDR: { level: 'socket' },
  SO_REUSEPORT: { level: 'socket' },
  SO_PRIORITY: { level: 'socket' },
  SO_MARK: { level: 'socket' },
  SO_NOSIGPIPE: { level: 'socket' },
  SO_BUSY_POLL: { level: 'socket' },
  SO_DEBUG: { level: 'socket' },
  SO_KEEPALIVE: { level: 'socket', set: setKeepAlive },
  SO_OOBINLINE: { level: 'socket', set: (socket, value) => socket.set({ oobInline: on(value) }) },
  SO_SNDBUF: {
    level: 'socket',
    set: (socket, value) => socket.set({ sendBuffer: Math.max(1, value) }),
    get: (socket) => bufferSize(socket, 'SO_SNDBUF', 'sendBuffer', 262_144),
  },
  SO_RCVBUF: {
    level: 'socket',
    set: (socket, value) => socket.setReceiveBuffer(value),
    get: (socket) => bufferSize(socket, 'SO_RCVBUF', 'receiveBuffer', 1_048_576),
  },
  SO_RCVLOWAT: { level: 'socket', initial: 1 },
  SO_SNDLOWAT: { level: 'socket', initial: 1 },
  SO_ERROR: { level: 'socket', readOnly: true, get: (socket) => errnoNumber(socket.takeError() ?? '') },
  SO_TYPE: { level: 'socket', readOnly: true, initial: 1 },
  SO_PROTOCOL: { level: 'socket', readOnly: true, initial: 6 },
  SO_DOMAIN: {
    level: 'socket',
    readOnly: true,
    get: (socket) => (socket.host.stack.addresses[0]?.includes(':') ? AF.INET6 : AF.INET),
  },
  SO_ACCEPTCONN: { level: 'socket', readOnly: true, get: (socket) => (socket.listener ? 1 : 0) },
  SO_ZEROCOPY: { level: 'socket', missing: 'MSG_ZEROCOPY' },
  SO_TIMESTAMPING: { level: 'socket', missing: 'SO_TIMESTAMPING' },
  SO_TIMESTAMP: { level: 'socket', missing: 'SO_TIMESTAMP' },
  SO_MAX_PACING_RATE: { level: 'socket', missing: 'pacing (SO_MAX_PACING_RATE)' },

  TCP_NODELAY: { level: 'tcp', set: setNoDelay },
  TCP_CORK: { level: 'tcp', set: (socket, value) => socket.set({ cork: on(value) }) },
  TCP_NOPUSH: { level: 'tcp', set: (socket, value) => socket.set({ cork: on(value) }) },
  TCP_QUICKACK: {
    level: 'tcp',
    initial: 1,
    set: (socket, value) =>
      socket.set({
        quickAcks: on(value) ? FOR_EVER : 0,
        delayedAckMs: on(value) ? 0 : (socket.host.defaults.delayedAckMs ?? 40) || 40,
      }),
  },
  TCP_MAXSEG: {
    level: 'tcp',
    initial: 536,
    set: (socket, value) => {
      if (value < 88 || value > 32_767) return 'EINVAL';
      socket.options = { ...socket.options, mss: value };
    },
    get: (socket) => infoOf(socket)?.snd.mss ?? socket.options.mss ?? 536,
  },
  TCP_USER_TIMEOUT: {
    level: 'tcp',
    set: (socket, value) => socket.set({ userTimeoutMs: value === 0 ? 300_000 : value }),
  },
  TCP_KEEPIDLE: {
    level: 'tcp',
    initial: 7_200,
    set: (socket, value) => seconds(value) ?? setKeepAlive(socket),
  },
  TCP_KEEPINTVL: {
    level: 'tcp',
    initial: 75,
    set: (socket, value) => seconds(value) ?? socket.set({ keepAliveIntervalMs: value * 1_000 }),
  },
  TCP_KEEPCNT: {
    level: 'tcp',
    initial: 9,
    set: (socket, value) => (value < 1 || value > 127 ? 'EINVAL' : socket.set({ keepAliveProbes: value })),
  },
  TCP_DEFER_ACCEPT: { level: 'tcp' },
  TCP_LINGER2: {
    level: 'tcp',
    initial: 60,
    set: (socket, value) => {
      socket.options = { ...socket.options, finWait2Ms: Math.max(0, value) * 1_000 };
    },
  },
  TCP_WINDOW_CLAMP: {
    level: 'tcp',
    set: (socket, value) => socket.setReceiveBuffer(value),
  },
  TCP_CONGESTION: { level: 'tcp' },
  TCP_FUNCTION_BLK: { level: 'tcp' },
  TCP_NOTSENT_LOWAT: { level: 'tcp', initial: 0xffff_ffff },
  TCP_SYNCNT: { level: 'tcp', missing: 'TCP_SYNCNT' },
  TCP_FASTOPEN: { level: 'tcp', missing: 'TCP Fast Open' },
  TCP_FASTOPEN_CONNECT: { level: 'tcp', missing: 'TCP Fast Open' },
  TCP_MD5SIG: { level: 'tcp', missing: 'TCP MD5 signatures' },
  TCP_NOOPT: { level: 'tcp', missing: 'TCP_NOOPT' },

  IP_TOS: { level: 'ip', set: setTrafficClass },
  IP_TTL: { level: 'ip', initial: 64, set: setHopLimit },
  TCP_INQ: { level: 'tcp' },
  TCP_KEEPINIT: { level: 'tcp', initial: 75 },
  IP_RECVERR: { level: 'ip', missing: 'IP_RECVERR' },
  IP_MTU_DISCOVER: { level: 'ip', initial: 1 },
  IP_BIND_ADDRESS_NO_PORT: { level: 'ip' },
  IPV6_TCLASS: { level: 'ipv6', set: setTrafficClass },
  IPV6_UNICAST_HOPS: { level: 'ipv6', initial: 64, set: setHopLimit },
  IPV6_V6ONLY: { level: 'ipv6' },
  IPV6_RECVERR: { level: 'ipv6', missing: 'IPV6_RECVERR' },
};

const LEVELS: Readonly<Record<SocketOption['level'], number>> = {
  socket: LEVEL.SOCKET,
  tcp: LEVEL.TCP,
  ip: LEVEL.IP,
  ipv6: LEVEL.IPV6,
};

function setTrafficClass(socket: DrillSocket, value: number): string | undefined {
  if (value < 0 || value > 255) return 'EINVAL';
  socket.set({ trafficClass: value });
  return undefined;
}

function setHopLimit(socket: DrillSocket, value: number): string | undefined {
  if (value < 1 || value > 255) return 'EINVAL';
  socket.set({ hopLimit: value });
  return undefined;
}

function bufferSize(
  socket: DrillSocket,
  option: string,
  name: 'sendBuffer' | 'receiveBuffer',
  fallback: number,
): number {
  const set = socket.values.get(option);
  if (set !== undefined) return Number(set) * (socket.host.profile.doublesBuffers ? 2 : 1);
  return sizeAtFirst(socket.host.defaults[name]) ?? fallback;
}

function optionOf(level: number, name: string): SocketOption | undefined {
  const option = OPTIONS[name];
  // A name that is not known may be one that this stack lacks; at a wrong level it is none in any system.
  if (!option) throw new MissingFeature(`the socket option ${name}`);
  return LEVELS[option.level] === level ? option : undefined;
}

/** Sets an option. Gives the errno, or undefined when all is well. */
export function setOption(
  socket: DrillSocket,
  level: number,
  name: string,
  value: number | string,
): string | undefined {
  const option = optionOf(level, name);
  if (!option || option.readOnly) return 'ENOPROTOOPT';
  if (option.missing !== undefined && value !== 0) throw new MissingFeature(option.missing);
  if (name === 'TCP_CONGESTION') {
    // As FreeBSD calls it.
    const congestionControl = value === 'newreno' ? 'reno' : String(value);
    if (!isController(congestionControl)) throw new MissingFeature(`the congestion control ${value}`);
    socket.set({ congestionControl });
  }
  const before = socket.values.get(name);
  socket.values.set(name, value);
  const errno = typeof value === 'number' ? option.set?.(socket, value) : undefined;
  if (errno === undefined) return undefined;
  if (before === undefined) socket.values.delete(name);
  else socket.values.set(name, before);
  return errno as string;
}

/** Reads an option, or gives undefined for one that the level does not have. */
export function getOption(socket: DrillSocket, level: number, name: string): number | string | undefined {
  const option = optionOf(level, name);
  if (!option) return undefined;
  if (option.get) return option.get(socket);
  if (name === 'TCP_CONGESTION') return socket.values.get(name) ?? socket.host.profile.congestion;
  return socket.values.get(name) ?? socket.host.values.get(name) ?? option.initial ?? 0;
}
