/**
 * Connections by 4-tuple: a hash over addresses and ports, since making a string of them for each segment costs more than
 * all of the decoding.
 */

import type { FourTuple } from '../tcp/four-tuple.ts';
import type { IpAddress } from '../wire/index.ts';

export class ConnectionTable<T extends { readonly tuple: FourTuple }> {
  /** Entries whose hashes are equal share a list; nearly always it holds one. */
  readonly #buckets = new Map<number, T[]>();
  readonly #localPorts = new Map<number, number>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): T | undefined {
    const bucket = this.#buckets.get(hash(local, localPort, remote, remotePort));
    if (bucket === undefined) return undefined;
    for (const entry of bucket) {
      const { tuple } = entry;
      if (
        tuple.localPort === localPort &&
        tuple.remotePort === remotePort &&
        tuple.remote.equals(remote) &&
        tuple.local.equals(local)
      ) {
        return entry;
      }
    }
    return undefined;
  }

  /** Throws when the 4-tuple is taken: the caller has to look first. */
  add(entry: T): void {
    const { local, localPort, remote, remotePort } = entry.tuple;
    if (this.find(local, localPort, remote, remotePort)) {
      throw new Error(`the 4-tuple ${local}:${localPort} ${remote}:${remotePort} is taken`);
    }
    const key = hash(local, localPort, remote, remotePort);
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.push(entry);
    else this.#buckets.set(key, [entry]);
    this.#localPorts.set(localPort, (this.#localPorts.get(localPort) ?? 0) + 1);
    this.#size++;
  }

  delete(entry: T): boolean {
    const { local, localPort, remote, remotePort } = entry.tuple;
    const key = hash(local, localPort, remote, remotePort);
    const bucket = this.#buckets.get(key);
    const index = bucket?.indexOf(entry) ?? -1;
    if (!bucket || index < 0) return false;
    if (bucket.length === 1) this.#buckets.delete(key);
    else bucket.splice(index, 1);
    const users = this.#localPorts.get(localPort)! - 1;
    if (users === 0) this.#localPorts.delete(localPort);
    else this.#localPorts.set(localPort, users);
    this.#size--;
    return true;
  }

  /** How many connections use the local port. */
  usersOf(localPort: number): number {
    return this.#localPorts.get(localPort) ?? 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (const bucket of this.#buckets.values()) yield* bucket;
  }
}

function hash(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
  // Multiplications spread the ports, which differ in their low bits only, over the word.
  let h = Math.imul(((localPort << 16) | remotePort) ^ remote.w3, 0x9e37_79b1);
  h = Math.imul((h ^ (h >>> 15)) + local.w3, 0x85eb_ca6b);
  if (remote.version === 6)
    h = Math.imul(h ^ remote.w0 ^ Math.imul(remote.w1, 31) ^ Math.imul(remote.w2, 17), 0xc2b2_ae35);
  return h ^ (h >>> 13);
}
