import { webcrypto } from 'node:crypto';
import type { Random } from '../random.ts';

/** Words fetched at a time: a call of getRandomValues costs a microsecond or more, whatever its size. */
const WORDS = 256;

/** Randomness of the operating system, for secrets, ports and initial sequence numbers that nobody shall guess. */
export function cryptoRandom(): Random {
  const words = new Uint32Array(WORDS);
  let next = WORDS;
  return {
    uint32() {
      if (next === WORDS) {
        webcrypto.getRandomValues(words);
        next = 0;
      }
      const word = words[next]!;
      // Numbers given out must not be found in a memory dump afterwards.
      words[next++] = 0;
      return word;
    },
  };
}
