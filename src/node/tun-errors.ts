import { userInfo } from 'node:os';
import process from 'node:process';
import { getSystemErrorName } from 'node:util';
import { type ErrorCode, StackError } from '../errors.ts';
import { errno } from './linux.ts';
import type { SystemInterface } from './system-interface.ts';

/** Why the clone device did not open, and what to do about it. `result` is minus the errno of open(2). */
export function openError(result: number, path: string): StackError {
  switch (-result) {
    case errno.ENOENT:
      return tunError(
        'ENODEV',
        'open',
        `${path} does not exist: the TUN driver is not loaded, or not handed to this container. ` +
          `Run \`sudo modprobe tun\`; start a container with ${CONTAINER}.`,
      );
    case errno.ENODEV:
    case errno.ENXIO:
      return tunError(
        'ENODEV',
        'open',
        `${path} is there, but the kernel has no TUN driver behind it. Run \`sudo modprobe tun\` (on the host, for a container).`,
      );
    case errno.EACCES:
      return tunError(
        'EACCES',
        'open',
        `${path} may not be read and written by this user (${userName()}). ` +
          `Run as root, or let users open it: \`sudo chmod 666 ${path}\` (a device still needs CAP_NET_ADMIN or an owner).`,
      );
    case errno.EPERM:
      return tunError(
        'EPERM',
        'open',
        `${path} is there, but this container may not use it. Start it with ${CONTAINER}.`,
      );
    default:
      return tunError(codeOf(result), 'open', `${path} could not be opened: ${nameOf(result)}.`);
  }
}

/** Why the name could not be had, and what to do about it. `result` is minus the errno of ioctl(TUNSETIFF). */
export function attachError(
  result: number,
  name: string,
  path: string,
  existing: SystemInterface | undefined,
  user: string = userName(),
  multiQueue = false,
): StackError {
  const failed = (code: ErrorCode, message: string) => tunError(code, 'ioctl TUNSETIFF', message);
  switch (-result) {
    case errno.EPERM:
      return failed(
        'EPERM',
        existing === undefined ? mayNotCreate(name, user) : mayNotAttach(existing, user),
      );
    case errno.EBUSY:
      return failed(
        'EBUSY',
        `The TUN device ${name} is open already. Close the program that holds it (\`sudo fuser -v ${path}\` lists those that hold one), or take another name.`,
      );
    case errno.EINVAL:
      return failed('EINVAL', `${unfit(name, existing, multiQueue)} Take another name, such as tun7.`);
    case errno.ENOTTY:
      return failed('EINVAL', `${path} is not the device that makes TUN devices: that is /dev/net/tun.`);
    default:
      return failed(codeOf(result), `The TUN device ${name} could not be opened: ${nameOf(result)}.`);
  }
}

/** A name that the kernel would refuse, or that a shell or `ip` would trip over. Undefined when there is nothing to say. */
export function nameError(name: string): StackError | undefined {
  const refuse = (reason: string) =>
    tunError(
      'EINVAL',
      'openTun',
      `${JSON.stringify(name)} can't name a network interface: ${reason}. Take a name such as tun7.`,
    );
  if (name === '') return refuse('it is empty');
  if (name.length > 15) return refuse(`it has ${name.length} characters, and Linux takes 15`);
  if (name === '.' || name === '..') return refuse('it names a directory');
  const wrong = /[^!-~]|[/:]/u.exec(name)?.[0];
  if (wrong !== undefined) {
    return refuse(
      `it has ${JSON.stringify(wrong)} in it, and only printable ASCII without space, "/" and ":" will do`,
    );
  }
  if (/%(?!d)|%d.*%/.test(name))
    return refuse('"%" may only stand once, as "%d", for a number that the kernel picks');
  return undefined;
}

/** The stack's code for an errno (negative), the nearest one where it has none. */
export function codeOf(result: number): ErrorCode {
  const name = nameOf(result);
  return CODES.find((code) => code === name) ?? NEAREST[name] ?? 'ENODEV';
}

/** `EPERM` for −1; the bare number where Node has no name for it. */
export function nameOf(result: number): string {
  if (result === -errno.EBADFD) return 'EBADFD';
  const name = getSystemErrorName(result);
  return name.startsWith('E') ? name : `errno ${-result}`;
}

const CONTAINER = '`--device /dev/net/tun --cap-add NET_ADMIN`';

/** The codes of StackError that a call on a TUN device or its interface may end in. */
const CODES: readonly ErrorCode[] = [
  'EACCES',
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EBUSY',
  'EINVAL',
  'EMSGSIZE',
  'ENETDOWN',
  'ENOBUFS',
  'ENODEV',
  'EPERM',
];

const NEAREST: Readonly<Record<string, ErrorCode>> = {
  EEXIST: 'EADDRINUSE',
  EMFILE: 'ENOBUFS',
  ENFILE: 'ENOBUFS',
  ENOMEM: 'ENOBUFS',
};

function mayNotCreate(name: string, user: string): string {
  return (
    `There is no TUN device ${name}, and this process may not create it: it lacks CAP_NET_ADMIN. ` +
    `Create it once for this user with \`sudo ip tuntap add dev ${name} mode tun user ${user}\`, or run as root; ` +
    `start a container with ${CONTAINER}.`
  );
}

function mayNotAttach(existing: SystemInterface, user: string): string {
  const { name } = existing;
  const ownerUid = existing.kind === 'other' ? undefined : existing.ownerUid;
  const owner = ownerUid === undefined ? 'no user' : `uid ${ownerUid}`;
  return (
    `The interface ${name} belongs to ${owner}, and this process runs as ${user} without CAP_NET_ADMIN. ` +
    `Take another name, or make the device anew for this user with \`sudo ip tuntap add dev NAME mode tun user ${user}\`.`
  );
}

function unfit(name: string, existing: SystemInterface | undefined, multiQueue: boolean): string {
  if (existing === undefined) return `The kernel refused the name ${name} for a TUN device.`;
  if (existing.kind === 'tap')
    return `${name} is a TAP device, which carries Ethernet frames; a TUN device is needed.`;
  if (existing.kind === 'other') return `${name} is a network interface, but not a TUN device.`;
  if (existing.multiQueue && !multiQueue)
    return `${name} is a TUN device of several queues (multi_queue), and this program opens one.`;
  return multiQueue && !existing.multiQueue
    ? `${name} is a TUN device of one queue, and several are needed: \`ip tuntap add\` makes them with \`multi_queue\`.`
    : `The TUN device ${name} refused to be attached to.`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry in the password file: `ip tuntap` takes the number as well.
    return String(process.geteuid?.() ?? 'unknown');
  }
}

function tunError(code: ErrorCode, syscall: string, message: string): StackError {
  return new StackError(code, message, { syscall });
}
