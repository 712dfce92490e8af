/**
 * A network namespace for one script: the script is all of its network, behind a TUN device. It is the process's own, and
 * gone with it, whatever was set in there.
 */

import { writeFileSync } from 'node:fs';
import { type DrillConfig, wireVersion } from '../../drill/config.ts';
import { StackError } from '../../errors.ts';
import { parseCidr } from '../cidr.ts';
import { applySettings, indexOf } from '../interface-settings.ts';
import { errno, loadLinux } from '../linux.ts';
import { addDefaultRoute } from '../netlink.ts';
import { attach, CLONE_DEVICE } from '../tun.ts';
import { errnoText, type Libc } from './libc.ts';

const CLONE_NEWNET = 0x4000_0000;
const DEVICE = 'tun0';

/**
 * A fresh namespace has some of its settings from the machine around it. Scripts begin with those that a kernel has by
 * itself, and with the congestion control that the RFCs are about.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  'net.ipv4.tcp_congestion_control': 'reno',
  'net.ipv4.tcp_rmem': '4096 131072 6291456',
  'net.ipv4.tcp_wmem': '4096 16384 4194304',
  'net.ipv4.tcp_ecn': '2',
  'net.ipv4.tcp_sack': '1',
  'net.ipv4.tcp_timestamps': '1',
  'net.ipv4.tcp_window_scaling': '1',
  'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv6.conf.all.disable_ipv6': '0',
  'net.ipv6.conf.default.disable_ipv6': '0',
  'net.ipv6.conf.default.accept_ra': '0',
  'net.ipv6.conf.default.router_solicitations': '0',
  // No link-local address: nothing but the script's packets is to go out.
  'net.ipv6.conf.default.addr_gen_mode': '1',
};

/** What is there once the namespace is. */
export interface DrillNamespace {
  /** The TUN device's descriptor, which does not wait. */
  readonly tunFd: number;
}

/**
 * Takes the calling thread, and those that it starts, to a namespace of their own.
 *
 * @throws StackError EPERM without the right to, and what `openTun()` throws
 */
export async function enterNamespace(libc: Libc, config: DrillConfig): Promise<DrillNamespace> {
  const linux = await loadLinux();
  const left = libc.call('unshare', CLONE_NEWNET);
  if (left < 0) throw namespaceError(-left);
  for (const [name, value] of Object.entries(SETTINGS)) writeSysctl(name, value);
  const tun = attach(linux, DEVICE, CLONE_DEVICE, false);
  const version = wireVersion(config);
  const address = parseCidr(`${config.localAddress}/${version === 4 ? 32 : 128}`);
  applySettings(linux, 'lo', { addresses: [], up: true });
  applySettings(linux, DEVICE, { addresses: [address], mtu: config.mtu, up: true });
  const routed = addDefaultRoute(linux, indexOf(linux, DEVICE), version);
  if (routed < 0)
    throw new StackError('ENETUNREACH', `${DEVICE} could not be made the way out: ${errnoText(-routed)}.`);
  return { tunFd: tun.fd };
}

function namespaceError(error: number): StackError {
  if (error !== errno.EPERM) {
    return new StackError('ENODEV', `A network namespace could not be made: ${errnoText(error)}.`);
  }
  return new StackError(
    'EPERM',
    'A network namespace can not be made by this process: it lacks CAP_SYS_ADMIN. ' +
      'Run as root, or with `unshare --user --map-root-user` before the command where that is allowed; ' +
      'start a container with `--cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun`.',
  );
}

/** Sets a sysctl of the namespace. Gives the errno's name, or undefined when it is set. */
export function writeSysctl(name: string, value: string): string | undefined {
  // Others than those of the network are the whole machine's.
  if (!/^net\.[\w.-]+$/.test(name)) return 'EPERM';
  try {
    writeFileSync(sysctlFile(name), value);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

function sysctlFile(name: string): string {
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}
