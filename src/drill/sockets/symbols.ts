/**
 * The names of the system's headers that scripts use, with Linux's numbers; some have FreeBSD's name beside.
 */

const ERRORS: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  EWOULDBLOCK: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EINVAL: 22,
  EPIPE: 32,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
};

export const MSG = {
  OOB: 0x1,
  PEEK: 0x2,
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  ERRQUEUE: 0x2000,
  ZEROCOPY: 0x4000000,
  FASTOPEN: 0x20000000,
} as const;

export const POLL = {
  IN: 1,
  PRI: 2,
  OUT: 4,
  ERR: 8,
  HUP: 0x10,
  NVAL: 0x20,
  RDNORM: 0x40,
  WRNORM: 0x100,
  RDHUP: 0x2000,
};
export const EPOLLET = 2 ** 31;
export const EPOLLONESHOT = 2 ** 30;
export const O_NONBLOCK = 0x800;
export const SOCK_NONBLOCK = 0x800;
export const AF = { UNSPEC: 0, INET: 2, INET6: 10 } as const;
export const LEVEL = { SOCKET: 1, IP: 0, IPV6: 41, TCP: 6 } as const;

const prefixed = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]);

const SYMBOLS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(ERRORS),
  ...prefixed('MSG_', MSG),
  ...prefixed('POLL', POLL),
  ...prefixed('EPOLL', { ...POLL, ET: EPOLLET, ONESHOT: EPOLLONESHOT, EXCLUSIVE: 2 ** 28, WAKEUP: 2 ** 29 }),
  ...prefixed('EPOLL_CTL_', { ADD: 1, DEL: 2, MOD: 3 }),
  ...prefixed('AF_', AF),
  ...prefixed('PF_', AF),
  ...prefixed('SOCK_', {
    STREAM: 1,
    DGRAM: 2,
    RAW: 3,
    SEQPACKET: 5,
    NONBLOCK: SOCK_NONBLOCK,
    CLOEXEC: 0x80000,
  }),
  ...prefixed('IPPROTO_', { IP: 0, ICMP: 1, TCP: 6, UDP: 17, IPV6: 41, SCTP: 132, ICMPV6: 58, MPTCP: 262 }),
  ...prefixed('SOL_', { SOCKET: 1, IP: 0, TCP: 6, UDP: 17, IPV6: 41 }),
  ...prefixed('SHUT_', { RD: 0, WR: 1, RDWR: 2 }),
  ...prefixed('F_', { GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4 }),
  ...prefixed('O_', {
    RDONLY: 0,
    WRONLY: 1,
    RDWR: 2,
    NONBLOCK: O_NONBLOCK,
    NDELAY: O_NONBLOCK,
    ASYNC: 0x2000,
  }),
  ...prefixed('INADDR_', { ANY: 0, LOOPBACK: 0x7f000001 }),
  ...prefixed('IP_PMTUDISC_', { DONT: 0, WANT: 1, DO: 2, PROBE: 3, INTERFACE: 4, OMIT: 5 }),
  ...prefixed('IPTOS_', { LOWDELAY: 0x10, THROUGHPUT: 8, RELIABILITY: 4, MINCOST: 2 }),
  ['TCP_CM_INQ', 36],
  ['NULL', 0],
  ['true', 1],
  ['false', 0],
]);

/** The number of a name; undefined for names that are names alone, such as those of options. */
export function symbolValue(name: string): number | undefined {
  return SYMBOLS.get(name);
}

export function errnoNumber(name: string): number {
  return ERRORS[name] ?? 0;
}

export function errnoName(value: number): string {
  return Object.entries(ERRORS).find(([, number]) => number === value)?.[0] ?? String(value);
}
