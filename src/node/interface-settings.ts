import { type ErrorCode, StackError } from '../errors.ts';
import { type Cidr, sameAddress } from './cidr.ts';
import {
  AF_INET,
  errno,
  IFF_UP,
  InterfaceRequest,
  type Linux,
  loadLinux,
  SIOCGIFFLAGS,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFTXQLEN,
  SIOCSIFFLAGS,
  SIOCSIFMTU,
  SIOCSIFTXQLEN,
  SOCK_DGRAM,
} from './linux.ts';
import { addAddress, interfaceAddresses } from './netlink.ts';
import { codeOf, nameOf } from './tun-errors.ts';

/** How the kernel's side of a device shall be. */
export interface InterfaceSettings {
  readonly mtu?: number;
  readonly addresses: readonly Cidr[];
  readonly up: boolean;
}

/**
 * Makes an interface as it shall be. What it is already needs no privilege and is left alone, so that a device prepared
 * by root serves a user.
 *
 * @returns the MTU that the interface has then.
 * @throws StackError EPERM naming the commands to run, when this process may not change what has to change.
 */
export function applySettings(linux: Linux, name: string, settings: InterfaceSettings): number {
  const control = linux.socket(AF_INET, SOCK_DGRAM, 0);
  if (control < 0) throw failure(control, 'socket', `The interface ${name} could not be looked at`);
  try {
    const commands: string[] = [];
    const ask = (result: number, command: string) => {
      if (result === -errno.EPERM) commands.push(`sudo ip ${command}`);
    };
    const mtu = setMtu(linux, control, name, settings.mtu, ask);
    // Up before the addresses: IPv6 makes no route to the network of an address on an interface that is down.
    if (settings.up) setUp(linux, control, name, ask);
    if (settings.addresses.length > 0) setAddresses(linux, control, name, settings.addresses, ask);
    if (commands.length > 0) {
      throw new StackError(
        'EPERM',
        `The interface ${name} is not set up as asked, and this process may not change it: it lacks CAP_NET_ADMIN. ` +
          `Run \`${commands.join(' && ')}\` first.`,
        { syscall: 'ioctl' },
      );
    }
    return mtu;
  } finally {
    linux.close(control);
  }
}

/** Takes the result of a change, and the `ip` command that makes the same change, for the user who has to. */
type Ask = (result: number, command: string) => void;

function setMtu(linux: Linux, control: number, name: string, wanted: number | undefined, ask: Ask): number {
  const request = new InterfaceRequest(name);
  const result = linux.ioctl(control, SIOCGIFMTU, request.bytes);
  if (result < 0) throw failure(result, 'ioctl SIOCGIFMTU', `The MTU of ${name} could not be read`);
  if (wanted === undefined || wanted === request.integer) return request.integer;
  request.integer = wanted;
  const changed = linux.ioctl(control, SIOCSIFMTU, request.bytes);
  ask(changed, `link set dev ${name} mtu ${wanted}`);
  if (changed < 0 && changed !== -errno.EPERM) {
    throw failure(changed, 'ioctl SIOCSIFMTU', `The MTU of ${name} could not be set to ${wanted}`);
  }
  return wanted;
}

function setUp(linux: Linux, control: number, name: string, ask: Ask): void {
  const request = new InterfaceRequest(name);
  const result = linux.ioctl(control, SIOCGIFFLAGS, request.bytes);
  if (result < 0) throw failure(result, 'ioctl SIOCGIFFLAGS', `The flags of ${name} could not be read`);
  if ((request.flags & IFF_UP) !== 0) return;
  request.flags |= IFF_UP;
  const changed = linux.ioctl(control, SIOCSIFFLAGS, request.bytes);
  ask(changed, `link set dev ${name} up`);
  if (changed < 0 && changed !== -errno.EPERM) {
    throw failure(changed, 'ioctl SIOCSIFFLAGS', `The interface ${name} could not be set up`);
  }
}

/** What the kernel gives a new TUN device, and what takes a first flight from each of a thousand connections at once. */
const USUAL_QUEUE = 500;
const LONG_QUEUE = 10_000;

/**
 * Lets more packets wait in the kernel until they are read. A queue that overflows drops what comes last: those whose first
 * packets are lost sleep out their timeouts, while the others fill each place that gets free. How much does wait is bounded by
 * the windows that are offered.
 *
 * A length that somebody has chosen stays, and so does that of a device which is not this process's to change.
 */
export function lengthenQueue(linux: Linux, name: string): void {
  const control = linux.socket(AF_INET, SOCK_DGRAM, 0);
  if (control < 0) return;
  const request = new InterfaceRequest(name);
  if (linux.ioctl(control, SIOCGIFTXQLEN, request.bytes) >= 0 && request.integer === USUAL_QUEUE) {
    request.integer = LONG_QUEUE;
    linux.ioctl(control, SIOCSIFTXQLEN, request.bytes);
  }
  linux.close(control);
}

/** The number that the kernel has for an interface. Throws a StackError if there is none of that name. */
export function indexOf(linux: Linux, name: string): number {
  const control = linux.socket(AF_INET, SOCK_DGRAM, 0);
  if (control < 0) throw failure(control, 'socket', `The interface ${name} could not be looked at`);
  try {
    return indexThrough(linux, control, name);
  } finally {
    linux.close(control);
  }
}

/**
 * Whether an interface has an address that somebody gave it, and not the link-local one that each has. Asked of the kernel
 * itself: `os.networkInterfaces()` leaves out what is not running yet, as a TUN device is for a moment after it was attached to.
 *
 * @throws StackError if there is no interface of that name
 */
export async function hasAddress(name: string): Promise<boolean> {
  const linux = await loadLinux();
  const addresses = interfaceAddresses(linux, indexOf(linux, name));
  if (typeof addresses === 'number') throw unreadableAddresses(addresses, name);
  return addresses.some(({ version, address }) => version === 4 || !isLinkLocal(address));
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
function isLinkLocal([first = 0, second = 0]: Uint8Array): boolean {
  return first === 0xfe && (second & 0xc0) === 0x80;
}

function unreadableAddresses(result: number, name: string): StackError {
  return failure(result, 'netlink RTM_GETADDR', `The addresses of ${name} could not be read`);
}

function indexThrough(linux: Linux, control: number, name: string): number {
  const request = new InterfaceRequest(name);
  const result = linux.ioctl(control, SIOCGIFINDEX, request.bytes);
  if (result < 0) throw failure(result, 'ioctl SIOCGIFINDEX', `The index of ${name} could not be read`);
  return request.integer;
}

function setAddresses(linux: Linux, control: number, name: string, wanted: readonly Cidr[], ask: Ask): void {
  const index = indexThrough(linux, control, name);
  const present = interfaceAddresses(linux, index);
  if (typeof present === 'number') throw unreadableAddresses(present, name);
  for (const cidr of wanted) {
    if (present.some((address) => sameAddress(address, cidr))) continue;
    const changed = addAddress(linux, index, cidr);
    ask(changed, `address add ${cidr.text} dev ${name}`);
    if (changed < 0 && changed !== -errno.EPERM) throw addressError(changed, name, cidr);
  }
}

function addressError(result: number, name: string, cidr: Cidr): StackError {
  const syscall = 'netlink RTM_NEWADDR';
  const what = `The interface ${name} could not be given the address ${cidr.text}`;
  const ipv6Off: readonly number[] = [errno.EACCES, errno.EAFNOSUPPORT, errno.EOPNOTSUPP];
  if (cidr.version === 6 && ipv6Off.includes(-result)) {
    return failure(
      result,
      syscall,
      `${what}, since IPv6 is switched off (see \`sysctl net.ipv6.conf.default.disable_ipv6\`)`,
      'EADDRNOTAVAIL',
    );
  }
  if (result === -errno.EEXIST) {
    return failure(result, syscall, `${what}, since it has that address with another prefix length`);
  }
  return failure(result, syscall, what);
}

function failure(
  result: number,
  syscall: string,
  what: string,
  code: ErrorCode = codeOf(result),
): StackError {
  return new StackError(code, `${what}: ${nameOf(result)}.`, { syscall });
}
