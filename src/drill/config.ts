/**
 * What a run is made with: the options at the head of a script, and those of the command line on top of them.
 */

import { parseAddress } from '../wire/index.ts';
import type { ScriptOption } from './ast.ts';
import { ScriptError, type Source } from './source.ts';

export interface DrillConfig {
  readonly ipVersion: 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6';
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The local port that `bind(fd, ..., ...)` takes, and the remote one of `connect(fd, ..., ...)`. */
  readonly bindPort: number;
  readonly connectPort: number;
  readonly mtu: number;
  readonly toleranceMs: number;
  /** Of the time since the event before. */
  readonly tolerancePercent: number;
  /** Outbound segments are taken one by one, and not put together to the length that is expected. */
  readonly strictSegments: boolean;
  /** How long a tick of the script's own timestamps is; 0: outbound TS values are names, and not compared. */
  readonly tsTickMs: number;
  /** An inbound TS echo that names no value seen is worked out from those that were. */
  readonly tsEchoScaled: boolean;
}

type Name = keyof DrillConfig;
type Reader = (value: string) => DrillConfig[Name] | undefined;

const whole = (value: string): number | undefined => (/^\d+$/.test(value) ? Number(value) : undefined);
const port = (value: string): number | undefined => {
  const number = whole(value);
  return number !== undefined && number >= 1 && number <= 65_535 ? number : undefined;
};
const address = (value: string): string | undefined => parseAddress(value)?.toString();
const positive = (value: string): number | undefined =>
  /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
const milliseconds = (value: string): number | undefined => {
  const microseconds = whole(value);
  return microseconds === undefined ? undefined : microseconds / 1_000;
};

/** Options as scripts and command lines write them: where each goes, and how its value is read. */
const OPTIONS: Readonly<
  Record<string, { readonly name: Name; readonly read: Reader; readonly hint: string }>
> = {
  ip_version: {
    name: 'ipVersion',
    read: (value) =>
      value === 'ipv4' || value === 'ipv6' || value === 'ipv4-mapped-ipv6' ? value : undefined,
    hint: 'ipv4, ipv6 or ipv4-mapped-ipv6',
  },
  local_ip: { name: 'localAddress', read: address, hint: 'an address' },
  remote_ip: { name: 'remoteAddress', read: address, hint: 'an address' },
  bind_port: { name: 'bindPort', read: port, hint: 'a port' },
  connect_port: { name: 'connectPort', read: port, hint: 'a port' },
  mtu: { name: 'mtu', read: port, hint: 'a number of bytes' },
  tolerance_usecs: { name: 'toleranceMs', read: milliseconds, hint: 'microseconds' },
  tolerance_percent: { name: 'tolerancePercent', read: positive, hint: 'a percentage' },
  tcp_ts_tick_usecs: { name: 'tsTickMs', read: milliseconds, hint: 'microseconds' },
};

const FLAGS: Readonly<Record<string, Name>> = {
  strict_segments: 'strictSegments',
  tcp_ts_ecr_scaled: 'tsEchoScaled',
};

/** Options of the original that have nothing to do with a stack in the same process. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'code',
  'code_sockopt',
  'debug',
  'dry_run',
  'dump_tcp_info',
  'fuzz',
  'fuzz_seed',
  'gateway_ip',
  'init_scripts',
  'is_anyip',
  // The size of segments that the original joins to super-segments on their way in: the stack is given them as they are.
  'mss',
  'netmask_ip',
  'no_cleanup',
  'non_fatal',
  'persistent_tun_dev',
  'remote_prefix',
  'send_omit_free',
  'so_filename',
  'so_flags',
  'speed',
  'tun_dev',
  'verbose',
  'wire_client',
  'wire_client_dev',
  'wire_server_at',
  'wire_server_ip',
  'wire_server_port',
]);

const DEFAULTS = {
  ipVersion: 'ipv4',
  bindPort: 8_080,
  connectPort: 8_080,
  mtu: 1_500,
  toleranceMs: 4,
  tolerancePercent: 12.5,
  strictSegments: false,
  tsTickMs: 0,
  tsEchoScaled: false,
} as const satisfies Partial<DrillConfig>;

const ADDRESSES = {
  4: { localAddress: '192.168.0.1', remoteAddress: '192.0.2.1' },
  6: { localAddress: 'fd3d:fa7b:d17d::1', remoteAddress: '2001:db8::1' },
} as const;

/**
 * @param overrides the command line's options, by their names in scripts; they win
 * @throws ScriptError for an option or value of the script that there is not, RangeError for one of `overrides`
 */
export function configOf(
  source: Source,
  options: readonly ScriptOption[],
  overrides: Readonly<Record<string, string>> = {},
): DrillConfig {
  let given: Partial<Record<Name, unknown>> = {};
  const take = (name: string, value: string | undefined, refuse: (what: string) => never): void => {
    if (WITHOUT_EFFECT.has(name)) return;
    const flag = FLAGS[name];
    if (flag) {
      given = { ...given, [flag]: value === undefined || value === 'true' || value === '1' };
      return;
    }
    const option = OPTIONS[name];
    if (!option) refuse(`there is no option --${name}`);
    const read = option!.read(value ?? '');
    if (read === undefined) refuse(`--${name} is "${value ?? ''}"; give ${option!.hint}`);
    given = { ...given, [option!.name]: read };
  };
  for (const { name, value, position } of options) {
    take(name, value, (what) => {
      throw new ScriptError(source, position, what);
    });
  }
  for (const [name, value] of Object.entries(overrides)) {
    take(name, value, (what) => {
      throw new RangeError(what);
    });
  }
  const version = (given.ipVersion ?? DEFAULTS.ipVersion) === 'ipv6' ? 6 : 4;
  return { ...DEFAULTS, ...ADDRESSES[version], ...given } as DrillConfig;
}

/** The IP version on the wire. */
export function wireVersion(config: Pick<DrillConfig, 'ipVersion'>): 4 | 6 {
  return config.ipVersion === 'ipv6' ? 6 : 4;
}
