import { availableParallelism } from 'node:os';
import { StackError } from '../errors.ts';
import { type Cidr, parseCidr } from './cidr.ts';
import { applySettings, lengthenQueue } from './interface-settings.ts';
import {
  IFF_MULTI_QUEUE,
  IFF_NO_PI,
  IFF_TUN,
  IFF_VNET_HDR,
  InterfaceRequest,
  type Linux,
  loadLinux,
  MAXIMUM_MTU,
  MINIMUM_MTU,
  TUN_F_CSUM,
  TUN_F_TSO4,
  TUN_F_TSO6,
  TUNSETIFF,
  TUNSETOFFLOAD,
  TUNSETVNETHDRSZ,
} from './linux.ts';
import { systemInterface } from './system-interface.ts';
import { TunDevice } from './tun-device.ts';
import { attachError, nameError, openError } from './tun-errors.ts';
import { VNET_HEADER_LENGTH } from './vnet-header.ts';

/** The device that makes TUN devices. */
export const CLONE_DEVICE = '/dev/net/tun';

export { TunDevice, type TunDrop, type TunStats } from './tun-device.ts';

export interface OpenTunOptions {
  /** Up to 15 characters. In `tun%d` the kernel puts the first free number for `%d`. */
  readonly name: string;
  /** The largest frame in bytes, 68 to 65,535, and 1,280 at least for IPv6. By default as the device is: 1,500 for a new one. */
  readonly mtu?: number;
  /** The addresses of the kernel's side, such as `198.18.0.1/24` or `fd00::1/64`; added to those that are there. */
  readonly address?: string | readonly string[];
  /** Whether to set the link up. Default true. */
  readonly up?: boolean;
  /**
   * For how many microseconds the drained device is looked at again before the process goes to sleep, 0 to 1,000: quicker
   * answers for more processor time. It is done only while frames come so close together that it pays. 0 is never; default
   * 100, and 0 on a machine with one processor.
   */
  readonly spinUs?: number;
  /**
   * Whether the kernel may hand over and take segments of up to 64 KiB, and leave checksums out (IFF_VNET_HDR, TUNSETOFFLOAD).
   * Default true; the device's `kernelOffloads` says whether that has granted it. `frames$` and `write` are about plain frames
   * all the same.
   */
  readonly offload?: boolean;
  /**
   * Opens one queue of a device that may have several (IFF_MULTI_QUEUE): each further call with the same name opens another,
   * in this process or not. The kernel hands all packets of a flow to one of them. Default false.
   */
  readonly multiQueue?: boolean;
  /** The device that makes TUN devices. Default `/dev/net/tun`. */
  readonly path?: string;
}

/**
 * Creates a TUN device of Linux, or attaches to the persistent one of that name.
 *
 * Creating and configuring need CAP_NET_ADMIN. A persistent device that belongs to the user, and that is up and has the
 * asked addresses and MTU, needs nothing. What this sets on a persistent device stays; a device that it created vanishes
 * with the process, however that ends. In a worker thread, close it before `worker.terminate()`: with an open device that
 * may abort the process.
 *
 * @throws StackError EINVAL for a wrong name, MTU, spin or address, or an interface that is not a TUN device; EACCES when
 * `/dev/net/tun` may not be opened; EPERM when the device may not be created, attached to or set up; EBUSY when it is
 * open already; ENODEV without Linux, koffi or the TUN driver. The message says what to do.
 *
 * @example
 * ```ts
 * const device = await openTun({ name: 'tun7', address: ['198.18.0.1/24', 'fd00::1/64'] });
 * device.frames$.subscribe((frames) => console.log(`${frames.length} packets`));
 * ```
 */
export async function openTun(options: OpenTunOptions): Promise<TunDevice> {
  return openTunOn(await loadLinux(), options);
}

/** As {@link openTun}, on system calls that are loaded. */
export function openTunOn(linux: Linux, options: OpenTunOptions): TunDevice {
  const { name, mtu, address = [], up = true, offload = true, path = CLONE_DEVICE } = options;
  const { spinUs = DEFAULT_SPIN_US, multiQueue = false } = options;
  const wrongName = nameError(name);
  if (wrongName !== undefined) throw wrongName;
  const addresses = (typeof address === 'string' ? [address] : address).map(parseCidr);
  if (mtu !== undefined) checkMtu(mtu, addresses);
  checkSpin(spinUs);

  const attached = attach(linux, name, path, offload, multiQueue);
  try {
    lengthenQueue(linux, attached.name);
    const settings = { addresses, up, ...(mtu === undefined ? {} : { mtu }) };
    return new TunDevice(linux, attached.fd, {
      name: attached.name,
      offload: attached.offload,
      mtu: applySettings(linux, attached.name, settings),
      spinUs,
    });
  } catch (error) {
    linux.close(attached.fd);
    throw error;
  }
}

/**
 * Opens the TUN device of that name and no more. The kernel's name for it is another where `name` has a `%d`; its `offload`
 * is what the kernel has granted.
 */
export function attach(
  linux: Linux,
  name: string,
  path: string,
  offload: boolean,
  multiQueue = false,
): { readonly fd: number; readonly name: string; readonly offload: boolean } {
  const fd = linux.open(path);
  if (fd < 0) throw openError(fd, path);
  const request = new InterfaceRequest(name);
  request.flags = IFF_TUN | IFF_NO_PI | (offload ? IFF_VNET_HDR : 0) | (multiQueue ? IFF_MULTI_QUEUE : 0);
  const result = linux.ioctl(fd, TUNSETIFF, request.bytes);
  if (result >= 0 && setOffload(linux, fd, offload)) return { fd, name: request.name, offload };
  linux.close(fd);
  // Each kernel of this century knows the header, but a sandbox may not; what else is wrong is found out without it, too.
  if (offload) return attach(linux, name, path, false, multiQueue);
  throw attachError(result, name, path, systemInterface(name), undefined, multiQueue);
}

/** False when the kernel does not grant it. A persistent device keeps what its last owner has set: so it is always set. */
function setOffload(linux: Linux, fd: number, offload: boolean): boolean {
  if (!offload) {
    linux.ioctl(fd, TUNSETOFFLOAD, 0);
    return true;
  }
  const length = new Uint8Array(Int32Array.of(VNET_HEADER_LENGTH).buffer);
  if (linux.ioctl(fd, TUNSETVNETHDRSZ, length) < 0) return false;
  return linux.ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) >= 0;
}

/** More than a turn of the read loop would only keep the application waiting. */
export const LONGEST_SPIN_US = 1_000;

/** With one processor whoever is to answer could not while this process spins. */
const DEFAULT_SPIN_US = availableParallelism() > 1 ? 100 : 0;

function checkSpin(spinUs: number): void {
  if (spinUs >= 0 && spinUs <= LONGEST_SPIN_US) return;
  throw new StackError(
    'EINVAL',
    `spinUs is ${spinUs}; give microseconds from 0, which is never, to ${LONGEST_SPIN_US}.`,
    { syscall: 'openTun' },
  );
}

function checkMtu(mtu: number, addresses: readonly Cidr[]): void {
  // RFC 8200 section 5: every link that carries IPv6 takes packets of 1,280 bytes.
  const minimum = addresses.some(({ version }) => version === 6) ? 1280 : MINIMUM_MTU;
  if (Number.isInteger(mtu) && mtu >= minimum && mtu <= MAXIMUM_MTU) return;
  throw new StackError(
    'EINVAL',
    `The MTU ${mtu} is not a whole number from ${minimum} to ${MAXIMUM_MTU}${minimum === 1280 ? ', as IPv6 needs' : ''}.`,
    { syscall: 'openTun' },
  );
}
