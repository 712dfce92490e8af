import { isIPv4, isIPv6 } from 'node:net';
import { StackError } from '../errors.ts';

/** An interface's address with the length of its network's prefix. */
export interface InterfaceAddress {
  readonly version: 4 | 6;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
}

export interface Cidr extends InterfaceAddress {
  /** As the user wrote it. */
  readonly text: string;
}

/**
 * Reads `198.18.0.1/24` or `fd00::1/64`.
 *
 * @throws StackError EINVAL when it is not an address, a slash and a prefix length.
 */
export function parseCidr(text: string): Cidr {
  const [literal = '', prefix, ...rest] = text.split('/');
  const address = isIPv4(literal) ? ipv4Bytes(literal) : isIPv6(literal) ? ipv6Bytes(literal) : undefined;
  if (address === undefined || rest.length > 0) {
    throw invalid(text, 'is not an address with a prefix length');
  }
  if (prefix === undefined) throw invalid(text, 'lacks its prefix length');
  const bits = address.length * 8;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    throw invalid(text, `has a prefix length that is not a number from 0 to ${bits}`);
  }
  return { version: bits === 32 ? 4 : 6, address, prefixLength: Number(prefix), text };
}

/** Whether two stand for the same address in a network of the same size. */
export function sameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return (
    a.prefixLength === b.prefixLength &&
    a.address.length === b.address.length &&
    a.address.every((byte, at) => byte === b.address[at])
  );
}

function invalid(text: string, reason: string): StackError {
  return new StackError(
    'EINVAL',
    `The address ${JSON.stringify(text)} ${reason}: write it as 198.18.0.1/24 or fd00::1/64.`,
  );
}

function ipv4Bytes(literal: string): Uint8Array {
  return Uint8Array.from(literal.split('.'), Number);
}

/** The sixteen bytes of a literal that `isIPv6` took; undefined when it names a zone, which an address to set has not. */
function ipv6Bytes(literal: string): Uint8Array | undefined {
  if (literal.includes('%')) return undefined;
  const [head = '', tail] = literal.split('::');
  const before = groupBytes(head);
  const after = tail === undefined ? [] : groupBytes(tail);
  const bytes = new Uint8Array(16);
  bytes.set(before, 0);
  bytes.set(after, 16 - after.length);
  return bytes;
}

function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap((group) => {
    if (group.includes('.')) return [...ipv4Bytes(group)];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
