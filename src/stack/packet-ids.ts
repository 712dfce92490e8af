/**
 * Numbers of IPv4 packets that routers may cut up (RFC 6864: those of one source, destination and protocol differ for as
 * long as one lives). A counter that all share, from a place of its own for each pair of hosts, so that none of them can
 * foretell another's.
 */

import type { FourTuple } from '../tcp/four-tuple.ts';
import type { KeyedHash } from './keyed-hash.ts';

export class PacketIds {
  readonly #hash: KeyedHash;
  #next = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  next({ local, remote }: Pick<FourTuple, 'local' | 'remote'>): number {
    const offset = this.#hash({ local, remote, localPort: 0, remotePort: 0 }, 'packet');
    this.#next = (this.#next + 1) & 0xffff;
    return (offset + this.#next) & 0xffff;
  }
}
