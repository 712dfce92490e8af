/**
 * Ephemeral ports by RFC 6056, algorithm 3: a hash of the destination chooses where to begin, a counter goes on from there.
 */

import type { FourTuple } from '../tcp/four-tuple.ts';
import type { KeyedHash } from './keyed-hash.ts';

/** RFC 6056 section 3.2 and RFC 6335: the dynamic ports. */
const FIRST = 49_152;
const COUNT = 65_536 - FIRST;

export class EphemeralPorts {
  readonly #hash: KeyedHash;
  #next = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** The next port for which `isFree` holds; undefined when there is none. */
  choose(tuple: Omit<FourTuple, 'localPort'>, isFree: (port: number) => boolean): number | undefined {
    const offset = this.#hash({ ...tuple, localPort: 0 }, 'port');
    for (let tried = 0; tried < COUNT; tried++) {
      const port = FIRST + ((offset + this.#next) % COUNT);
      this.#next = (this.#next + 1) % COUNT;
      if (isFree(port)) return port;
    }
    return undefined;
  }
}
