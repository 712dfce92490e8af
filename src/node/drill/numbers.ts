/** The names of socket options and ioctls, with Linux's numbers. */

const from = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
  Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]);

const OPTIONS: ReadonlyMap<string, number> = new Map([
  ...from('SO_', {
    DEBUG: 1,
    REUSEADDR: 2,
    TYPE: 3,
    ERROR: 4,
    DONTROUTE: 5,
    SNDBUF: 7,
    RCVBUF: 8,
    KEEPALIVE: 9,
    OOBINLINE: 10,
    PRIORITY: 12,
    LINGER: 13,
    REUSEPORT: 15,
    RCVLOWAT: 18,
    SNDLOWAT: 19,
    RCVTIMEO: 20,
    SNDTIMEO: 21,
    TIMESTAMP: 29,
    ACCEPTCONN: 30,
    SNDBUFFORCE: 32,
    RCVBUFFORCE: 33,
    TIMESTAMPNS: 35,
    MARK: 36,
    TIMESTAMPING: 37,
    PROTOCOL: 38,
    DOMAIN: 39,
    BUSY_POLL: 46,
    MAX_PACING_RATE: 47,
    MEMINFO: 55,
    ZEROCOPY: 60,
  }),
  ...from('TCP_', {
    NODELAY: 1,
    MAXSEG: 2,
    CORK: 3,
    KEEPIDLE: 4,
    KEEPINTVL: 5,
    KEEPCNT: 6,
    SYNCNT: 7,
    LINGER2: 8,
    DEFER_ACCEPT: 9,
    WINDOW_CLAMP: 10,
    INFO: 11,
    QUICKACK: 12,
    CONGESTION: 13,
    THIN_LINEAR_TIMEOUTS: 16,
    THIN_DUPACK: 17,
    USER_TIMEOUT: 18,
    FASTOPEN: 23,
    TIMESTAMP: 24,
    NOTSENT_LOWAT: 25,
    CC_INFO: 26,
    SAVE_SYN: 27,
    FASTOPEN_CONNECT: 30,
    FASTOPEN_KEY: 33,
    FASTOPEN_NO_COOKIE: 34,
    INQ: 36,
    TX_DELAY: 37,
    RTO_MAX_MS: 44,
    RTO_MIN_US: 45,
    DELACK_MAX_US: 46,
  }),
  ...from('IP_', { TOS: 1, TTL: 2, MTU_DISCOVER: 10, RECVERR: 11, MTU: 14, BIND_ADDRESS_NO_PORT: 24 }),
  ...from('IPV6_', {
    UNICAST_HOPS: 16,
    MTU_DISCOVER: 23,
    MTU: 24,
    RECVERR: 25,
    V6ONLY: 26,
    FLOWINFO_SEND: 33,
    TCLASS: 67,
    AUTOFLOWLABEL: 70,
  }),
]);

const REQUESTS: ReadonlyMap<string, number> = new Map([
  ['SIOCINQ', 0x541b],
  ['FIONREAD', 0x541b],
  ['SIOCOUTQ', 0x5411],
  ['TIOCOUTQ', 0x5411],
  ['SIOCOUTQNSD', 0x894b],
  ['SIOCATMARK', 0x8905],
  ['FIONBIO', 0x5421],
]);

/** Those of FreeBSD's headers for what Linux has under another name. */
const SAME_AS: Readonly<Record<string, string>> = { TCP_NOPUSH: 'TCP_CORK' };

/** The number of a socket option; undefined for one that Linux does not have. */
export function optionNumber(name: string): number | undefined {
  return OPTIONS.get(SAME_AS[name] ?? name);
}

export function requestNumber(name: string): number | undefined {
  return REQUESTS.get(name);
}
