/**
 * A keyed hash over a 4-tuple, for what nobody outside may be able to foretell: initial sequence numbers (RFC 6528),
 * ephemeral ports (RFC 6056), timestamp offsets (RFC 7323 section 7) and the numbers of packets (RFC 6864).
 */

import { blake2s } from '@noble/hashes/blake2.js';
import type { Random } from '../random.ts';
import type { FourTuple } from '../tcp/four-tuple.ts';

export type KeyedHash = (tuple: FourTuple, purpose: 'iss' | 'port' | 'timestamp' | 'packet') => number;

/** Draws a secret from `random`; the hash is a 32-bit number for each 4-tuple and purpose. */
export function keyedHash(random: Random): KeyedHash {
  const key = new Uint8Array(32);
  const words = new DataView(key.buffer);
  for (let offset = 0; offset < key.length; offset += 4) words.setUint32(offset, random.uint32());

  const purposes = { iss: 1, port: 2, timestamp: 3, packet: 4 } as const;
  const input = new Uint8Array(37);
  const view = new DataView(input.buffer);
  return (tuple, purpose) => {
    input.fill(0);
    input[0] = purposes[purpose];
    tuple.local.writeTo(input, 1);
    tuple.remote.writeTo(input, 17);
    // RFC 6056 section 3.3.3: the port being chosen is no part of what chooses it.
    if (purpose !== 'port') view.setUint16(33, tuple.localPort);
    view.setUint16(35, tuple.remotePort);
    const digest = blake2s(input, { key, dkLen: 4 });
    return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
  };
}
