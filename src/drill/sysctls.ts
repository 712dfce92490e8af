/**
 * What the sysctls of a script mean for the stack: most have an option there.
 */

import type { ConnectionOptions } from '../stack/api.ts';
import { isController, windowShift } from '../tcp/index.ts';
import { readCommand } from './commands.ts';
import { MissingFeature } from './source.ts';

export interface CommandEffect {
  /** What the command sets. */
  readonly options: ConnectionOptions;
  /** Socket options that sockets begin with, by their names. */
  readonly values: Readonly<Record<string, number>>;
  /** How long it sleeps. */
  readonly sleepMs: number;
  /** What was left out, in words. */
  readonly ignored: readonly string[];
}

type Sysctl = (value: string) => ConnectionOptions;

const number = (value: string): number => Number(value.trim().split(/\s+/).at(-1));
const isOn = (value: string): boolean => number(value) !== 0;
/** `min default max`: the second is what a socket begins with. */
const middle = (value: string): number => Number(value.trim().split(/\s+/)[1] ?? number(value));
/** The largest buffer is what the scale of a window is made for; where there is but one number it stays as it is. */
const scaleFor = (value: string): ConnectionOptions =>
  /\s/.test(value.trim()) ? { windowScale: windowShift(number(value)) } : {};
const nothing: Sysctl = () => ({});
const off =
  (feature: string, allowed: readonly number[] = [0]): Sysctl =>
  (value) => {
    if (!allowed.includes(number(value))) throw new MissingFeature(feature);
    return {};
  };

/** 0, 1 and 2 are the same on all platforms that have it. */
const ecn: Sysctl = (value) => {
  const modes = ['off', 'request', 'accept'] as const;
  const mode = modes[number(value)];
  if (mode === undefined) throw new MissingFeature(`ECN mode ${value}`);
  return { ecn: mode };
};

const mtuProbing: Sysctl = (value) => {
  const modes = ['off', 'blackhole', 'always'] as const;
  const mode = modes[number(value)];
  if (mode === undefined) throw new MissingFeature(`path MTU probing mode ${value}`);
  return { mtuProbing: mode };
};

/** Sysctls whose value is that of a socket option, in its unit. */
const SOCKET_VALUES: Readonly<Record<string, readonly [option: string, unit: number]>> = {
  'net.ipv4.tcp_keepalive_time': ['TCP_KEEPIDLE', 1],
  'net.ipv4.tcp_keepalive_intvl': ['TCP_KEEPINTVL', 1],
  'net.ipv4.tcp_keepalive_probes': ['TCP_KEEPCNT', 1],
  'net.inet.tcp.keepidle': ['TCP_KEEPIDLE', 1_000],
  'net.inet.tcp.keepintvl': ['TCP_KEEPINTVL', 1_000],
  'net.inet.tcp.keepcnt': ['TCP_KEEPCNT', 1],
  'net.inet.tcp.keepinit': ['TCP_KEEPINIT', 1_000],
};

const LINUX: Readonly<Record<string, Sysctl>> = {
  tcp_sack: (value) => ({ sack: isOn(value) }),
  tcp_timestamps: (value) => ({ timestamps: isOn(value) }),
  tcp_window_scaling: (value) => ({ windowScaling: isOn(value) }),
  tcp_rmem: (value) => ({ receiveBuffer: middle(value), ...scaleFor(value) }),
  tcp_wmem: (value) => ({ sendBuffer: middle(value) }),
  tcp_fin_timeout: (value) => ({ finWait2Ms: number(value) * 1_000 }),
  tcp_keepalive_intvl: (value) => ({ keepAliveIntervalMs: number(value) * 1_000 }),
  tcp_keepalive_probes: (value) => ({ keepAliveProbes: number(value) }),
  tcp_rfc1337: (value) => ({ timeWaitProtection: isOn(value) }),
  tcp_rto_min_us: (value) => ({ rtoMinMs: number(value) / 1_000 }),
  // Loss by time, and tail loss probes: here they are one.
  tcp_recovery: (value) => (number(value) % 2 === 1 ? {} : { lossRecovery: 'sack' }),
  tcp_early_retrans: (value) => (isOn(value) ? {} : { lossRecovery: 'sack' }),
  ip_default_ttl: (value) => ({ hopLimit: number(value) }),
  tcp_ecn: ecn,
  tcp_syn_linear_timeouts: off('retransmissions of a SYN without back-off'),
  tcp_mtu_probing: mtuProbing,
  tcp_base_mss: (value) => ({ baseMss: number(value) }),
  tcp_probe_interval: (value) => ({ pathMtuAgeMs: number(value) * 1_000 }),
  tcp_abort_on_overflow: off('tcp_abort_on_overflow'),
  tcp_slow_start_after_idle: (value) => ({ restartAfterIdle: isOn(value) }),
  tcp_tw_reuse: nothing,
  tcp_fastopen: nothing,
  tcp_congestion_control: (value) => {
    if (!isController(value.trim())) throw new MissingFeature(`the congestion control ${value}`);
    return { congestionControl: value.trim() };
  },
};

const FREEBSD: Readonly<Record<string, Sysctl>> = {
  rfc1323: (value) => {
    const which = number(value);
    return { windowScaling: which === 1 || which === 2, timestamps: which === 1 || which === 3 };
  },
  'sack.enable': (value) => ({ sack: isOn(value) }),
  recvspace: (value) => ({ receiveBuffer: number(value) }),
  sendspace: (value) => ({ sendBuffer: number(value) }),
  delayed_ack: (value) => (isOn(value) ? {} : { delayedAckMs: 0 }),
  delacktime: (value) => ({ delayedAckMs: Math.min(499, number(value)) }),
  msl: (value) => ({ mslMs: number(value) }),
  finwait2_timeout: (value) => ({ finWait2Ms: number(value) }),
  keepintvl: (value) => ({ keepAliveIntervalMs: number(value) }),
  keepcnt: (value) => ({ keepAliveProbes: number(value) }),
  always_keepalive: (value) => ({ keepAliveMs: isOn(value) }),
  rexmit_initial: (value) => ({ rtoInitialMs: number(value) }),
  rexmit_min: (value) => ({ rtoMinMs: number(value) }),
  'ecn.enable': ecn,
  blackhole: off('net.inet.tcp.blackhole'),
  drop_synfin: off('net.inet.tcp.drop_synfin'),
  insecure_rst: off('RST without the protection of RFC 5961'),
  insecure_syn: off('SYN without the protection of RFC 5961'),
  insecure_ack: off('ACK without the protection of RFC 5961'),
  tolerate_missing_ts: off('segments without the timestamps that were agreed on'),
  syncookies_only: off('SYN cookies'),
  'fastopen.server_enable': off('TCP Fast Open'),
  'fastopen.client_enable': off('TCP Fast Open'),
};

/** @throws MissingFeature where a setting asks for what the stack does not have */
export function effectOf(text: string): CommandEffect {
  const { settings, sleepMs, ignored } = readCommand(text);
  let options: ConnectionOptions = {};
  const values: Record<string, number> = {};
  const unknown: string[] = [];
  for (const { name, value } of settings) {
    const socketValue = SOCKET_VALUES[name];
    if (socketValue) values[socketValue[0]] = Math.round(number(value) / socketValue[1]);
    const sysctl =
      LINUX[name.replace(/^net\.ipv[46]\./, '')] ?? FREEBSD[name.replace(/^net\.inet6?\.tcp6?\./, '')];
    if (sysctl) options = { ...options, ...sysctl(value) };
    else if (!socketValue) unknown.push(`${name}=${value}`);
  }
  return { options, values, sleepMs, ignored: [...unknown, ...ignored] };
}
