import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { StackError } from '../errors.ts';
import { type Linux, loadLinux } from './linux.ts';
import { tunDevicesOf } from './system-interface.ts';
import { attach, CLONE_DEVICE } from './tun.ts';
import { openError } from './tun-errors.ts';

/** One thing that a TUN device needs, and whether it is there. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do when it is not ok. */
  readonly remedy?: string;
}

/**
 * Looks at all that `openTun()` needs on this machine. It makes a TUN device to see whether it may, and takes it away
 * again; nothing else is changed.
 *
 * @example
 * ```ts
 * for (const { ok, name, detail, remedy } of await diagnose()) console.log(ok ? '✓' : '✗', name, detail, remedy ?? '');
 * ```
 */
export async function diagnose({ path = CLONE_DEVICE }: { readonly path?: string } = {}): Promise<Check[]> {
  const checks = [checkPlatform(), checkNode()];
  if (process.platform !== 'linux') return checks;
  const linux = await loadLinux().catch(toStackError);
  checks.push(checkKoffi(linux));
  if (!(linux instanceof StackError)) {
    const clone = checkCloneDevice(linux, path);
    checks.push(clone);
    if (clone.ok) checks.push(checkCreation(linux, path));
  }
  checks.push(checkCapability(), checkIpv6(), checkWireshark());
  return checks;
}

function checkPlatform(): Check {
  const name = 'platform';
  const detail = `${process.platform} ${process.arch}`;
  if (process.platform === 'linux') return { name, ok: true, detail };
  const remedy =
    'TUN devices need Linux: use a virtual machine or a container. The demo and the library run here as well.';
  return { name, ok: false, detail, remedy };
}

function checkNode(): Check {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const remedy = 'Install Node.js 20.19 or later.';
  return { name: 'Node.js', ok, detail: node, ...(ok ? {} : { remedy }) };
}

function checkKoffi(linux: Linux | StackError): Check {
  if (!(linux instanceof StackError)) return { name: 'koffi', ok: true, detail: 'loads' };
  return { name: 'koffi', ...explained(linux) };
}

function checkCloneDevice(linux: Linux, path: string): Check {
  const fd = linux.open(path);
  if (fd < 0) return { name: path, ...explained(openError(fd, path)) };
  linux.close(fd);
  return { name: path, ok: true, detail: 'opens' };
}

function checkCreation(linux: Linux, path: string): Check {
  const name = 'TUN device';
  try {
    const { fd, name: given, offload } = attach(linux, 'swdoctor%d', path, true);
    linux.close(fd);
    const detail = `may be created, ${offload ? 'with' : 'without'} offload (tried with ${given}, which is gone again)`;
    return { name, ok: true, detail };
  } catch (error) {
    const own = ownDevices();
    if (own.length > 0)
      return { name, ok: true, detail: `may attach to ${own.join(', ')}, but not create one` };
    return {
      name,
      ok: false,
      detail: 'may not be created',
      remedy:
        toStackError(error).code === 'EPERM'
          ? 'Run as root, or create one for this user: `sudo ip tuntap add dev tun7 mode tun user $(id -un)`; ' +
            'start a container with `--device /dev/net/tun --cap-add NET_ADMIN`.'
          : toStackError(error).message,
    };
  }
}

function checkCapability(): Check {
  const name = 'CAP_NET_ADMIN';
  const bit = 12n; // <linux/capability.h>
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readOr('/proc/self/status', ''))?.[1] ?? '0';
  if (((BigInt(`0x${effective}`) >> bit) & 1n) === 1n) return { name, ok: true, detail: 'effective' };
  const own = ownDevices();
  if (own.length > 0) return { name, ok: true, detail: `not there, and not needed for ${own.join(', ')}` };
  return {
    name,
    ok: false,
    detail: 'not effective: devices can be neither created nor set up',
    remedy:
      'Run as root, or let root create and set up a device for this user; start a container with `--cap-add NET_ADMIN`.',
  };
}

function checkIpv6(): Check {
  const name = 'IPv6';
  const directory = '/proc/sys/net/ipv6/conf';
  const off = ['all', 'default'].filter(
    (which) => readOr(`${directory}/${which}/disable_ipv6`, '1').trim() !== '0',
  );
  if (off.length === 0) return { name, ok: true, detail: 'on' };
  return {
    name,
    ok: false,
    detail: 'switched off: the stack can be used over IPv4 only',
    remedy: `Run \`sudo sysctl ${off.map((which) => `net.ipv6.conf.${which}.disable_ipv6=0`).join(' ')}\`.`,
  };
}

function checkWireshark(): Check {
  const found = ['tshark', 'wireshark'].flatMap((program) => findProgram(program) ?? []);
  const detail =
    found.length > 0 ? found.join(', ') : 'not found; it is only needed to look into pcapng files';
  return { name: 'Wireshark', ok: true, detail };
}

function ownDevices(): string[] {
  return tunDevicesOf(process.geteuid?.() ?? -1).map(({ name }) => name);
}

function findProgram(program: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The messages of openTun() are a finding and a remedy, in this order. */
function explained(error: StackError): Pick<Check, 'ok' | 'detail' | 'remedy'> {
  return { ok: false, detail: error.code, remedy: error.message };
}

function toStackError(error: unknown): StackError {
  return error instanceof StackError ? error : new StackError('ENODEV', String(error), { cause: error });
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
