import { readdirSync, readFileSync } from 'node:fs';
import { IFF_MULTI_QUEUE, IFF_PERSIST, IFF_TAP } from './linux.ts';

/** What the kernel's files say of a network interface: for error messages and for `doctor`, never to decide by. */
export type SystemInterface = { readonly name: string; readonly kind: 'other' } | TunInterface;

export interface TunInterface {
  readonly name: string;
  readonly kind: 'tun' | 'tap';
  readonly multiQueue: boolean;
  readonly persistent: boolean;
  /** The user who may attach without privilege. */
  readonly ownerUid?: number;
}

const DIRECTORY = '/sys/class/net';

/** The interface of that name, or undefined when there is none. */
export function systemInterface(name: string): SystemInterface | undefined {
  if (!interfaceNames().includes(name)) return undefined;
  const flags = readNumber(name, 'tun_flags');
  if (flags === undefined) return { name, kind: 'other' };
  const owner = readNumber(name, 'owner');
  return {
    name,
    kind: (flags & IFF_TAP) === 0 ? 'tun' : 'tap',
    multiQueue: (flags & IFF_MULTI_QUEUE) !== 0,
    persistent: (flags & IFF_PERSIST) !== 0,
    ...(owner !== undefined && owner >= 0 ? { ownerUid: owner } : {}),
  };
}

/** The persistent TUN devices that a user may attach to without privilege. */
export function tunDevicesOf(uid: number): TunInterface[] {
  return interfaceNames().flatMap((name) => {
    const found = systemInterface(name);
    return found?.kind === 'tun' && found.persistent && found.ownerUid === uid ? [found] : [];
  });
}

function interfaceNames(): string[] {
  try {
    return readdirSync(DIRECTORY);
  } catch {
    return [];
  }
}

function readNumber(name: string, file: string): number | undefined {
  try {
    return Number(readFileSync(`${DIRECTORY}/${name}/${file}`, 'utf8').trim());
  } catch {
    return undefined;
  }
}
