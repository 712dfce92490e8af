/** A hash of what the stacks of a run did, step by step: two runs that have it in common are the same run. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { StepReport } from '../../../machines/index.ts';
import type { Frame } from '../../net/index.ts';

/** All headers are within; the text is the users' own, and is held against what they wrote. */
const HEADERS = 120;
/** Hashed at once. */
const BATCH = 16_384;

export class RunDigest {
  readonly #hash = sha256.create();
  readonly #encoder = new TextEncoder();
  readonly #batch = new Uint8Array(BATCH);
  #length = 0;

  frame(host: string, timeMs: number, frame: Frame): void {
    this.#add(this.#encoder.encode(`${host} ${timeMs} ${frame.length}\n`));
    this.#add(frame.subarray(0, HEADERS));
  }

  step(connection: string, { before, after, labels, tcb }: StepReport): void {
    const { cc, rtt, snd, rcv } = tcb;
    this.#add(
      this.#encoder.encode(
        `${connection} ${tcb.nowMs} ${before} ${labels.join(',')} ${after} ${snd.una} ${snd.nxt} ${rcv.nxt} ${cc.cwnd} ${rtt.rtoMs}\n`,
      ),
    );
  }

  /** In hexadecimal digits. Nothing may be added afterwards. */
  finish(): string {
    this.#flush();
    return bytesToHex(this.#hash.digest());
  }

  #add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > BATCH) this.#flush();
    this.#batch.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #flush(): void {
    this.#hash.update(this.#batch.subarray(0, this.#length));
    this.#length = 0;
  }
}
