import { lookup as dnsLookup } from 'node:dns';
import { isIP } from 'node:net';
import { errors } from './node-errors.ts';
import type { Lookup } from './socket-options.ts';

export interface ResolveOptions {
  readonly lookup?: Lookup | undefined;
  readonly family?: number | string | undefined;
  readonly hints?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly autoSelectFamily?: boolean | undefined;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/**
 * Asks for the addresses of a name: for one of them when a family or a local address is given or `autoSelectFamily` is off,
 * as `net.Socket` does, else for all.
 *
 * @param own the stack's addresses: unless a family is given, names are resolved to an IP version that the stack has
 * @param callback gets the error, and the addresses with their IP versions
 */
export function resolve(
  host: string,
  own: readonly string[],
  options: ResolveOptions,
  callback: (error: Error | null, found: readonly ResolvedAddress[]) => void,
): void {
  const { lookup = dnsLookup as Lookup, family, hints = 0, localAddress, autoSelectFamily = true } = options;
  const wanted = familyGiven(family);
  const all = autoSelectFamily && wanted === undefined && !localAddress;
  lookup(host, { family: wanted ?? familyOf(own), hints, all }, (error, answer) => {
    const answers = Array.isArray(answer) ? answer.map(({ address }) => address) : [answer];
    const found = (all ? answers : answers.slice(0, 1)).map((address) => ({
      address,
      family: isIP(address ?? ''),
    }));
    const good = found.filter((one) => one.family !== 0);
    if (error) callback(error, good);
    else if (good.length === 0) callback(errors.invalidAddress(String(found[0]?.address)), found);
    else callback(null, good);
  });
}

function familyGiven(family: number | string | undefined): 4 | 6 | undefined {
  if (family === 'IPv4' || family === 4) return 4;
  return family === 'IPv6' || family === 6 ? 6 : undefined;
}

function familyOf(own: readonly string[]): number {
  const versions = new Set(own.map((address) => isIP(address)));
  return versions.size === 1 ? [...versions][0]! : 0;
}

/** How Node names IP versions. */
export function familyName(address: string): 'IPv4' | 'IPv6' {
  return isIP(address) === 6 ? 'IPv6' : 'IPv4';
}
