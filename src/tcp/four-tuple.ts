import type { IpAddress } from '../wire/index.ts';

/** A connection's two sockets, seen from this end (RFC 9293 section 3.3.1). */
export interface FourTuple {
  readonly local: IpAddress;
  readonly localPort: number;
  readonly remote: IpAddress;
  readonly remotePort: number;
}

/** A 4-tuple in words: an actor's id, and what people read in an inspector. */
export function idOf({ local, localPort, remote, remotePort }: FourTuple): string {
  return `${socketText(local, localPort)}-${socketText(remote, remotePort)}`;
}

/** An address and a port, as a URL writes them. */
export function socketText(address: IpAddress, port: number): string {
  return address.version === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
