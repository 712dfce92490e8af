import { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import { errors } from './node-errors.ts';
import type { Lookup } from './socket-options.ts';

export interface ResolveOptions {
  readonly lookup?: Lookup | undefined;
  readonly family?: number | string | undefined;
  readonly hints?: number | undefined;
}

/**
 * Asks for the address of a name.
 *
 * @param own the stack's addresses: unless a family is given, names are resolved to an IP version that the stack has
 * @param callback gets the error, or an address and its IP version
 */
export function resolve(
  host: string,
  own: readonly string[],
  { lookup = dnsLookup as Lookup, family, hints = 0 }: ResolveOptions,
  callback: (error: Error | null, address: string, family: number) => void,
): void {
  lookup(host, { family: familyOf(family, own), hints, all: false }, (error, found) => {
    const first = Array.isArray(found) ? found[0]?.address : found;
    const version = isIP(first ?? '');
    if (error) callback(error, first ?? '', version);
    else if (first === undefined || version === 0)
      callback(errors.invalidAddress(String(first)), first ?? '', 0);
    else callback(null, first, version);
  });
}

function familyOf(family: number | string | undefined, own: readonly string[]): number {
  if (family === 'IPv4' || family === 4) return 4;
  if (family === 'IPv6' || family === 6) return 6;
  const versions = new Set(own.map((address) => isIP(address)));
  return versions.size === 1 ? [...versions][0]! : 0;
}

/** How Node names IP versions. */
export function familyName(address: string): 'IPv4' | 'IPv6' {
  return isIP(address) === 6 ? 'IPv6' : 'IPv4';
}
