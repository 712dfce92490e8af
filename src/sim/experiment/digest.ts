/** A hash of what the stacks of a run did, step by step: two runs that have it in common are the same run. */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { StepReport } from '../../../machines/index.ts';
import type { Frame } from '../../net/index.ts';
import { STATES } from '../../tcp/state.ts';

/** All headers are within; the text is the users' own, and is held against what they wrote. */
const HEADERS = 120;
/** Hashed at once. */
const BATCH = 16_384;
/** More than an entry takes. */
const LARGEST_ENTRY = 256;

/** Entries are bytes, not text: this is done for every frame and every step. */
export class RunDigest {
  readonly #hash = sha256.create();
  readonly #batch = new Uint8Array(BATCH);
  readonly #view = new DataView(this.#batch.buffer);
  /** Hosts, connections and labels, numbered as they come. */
  readonly #names = new Map<string, number>();
  #length = 0;

  frame(host: string, timeMs: number, frame: Frame): void {
    const headers = frame.length <= HEADERS ? frame : frame.subarray(0, HEADERS);
    this.#makeRoom();
    this.#name(host);
    this.#double(timeMs);
    this.#word(frame.length);
    this.#batch.set(headers, this.#length);
    this.#length += headers.length;
  }

  step(connection: string, { before, after, labels, tcb }: StepReport): void {
    const { cc, rtt, snd, rcv } = tcb;
    this.#makeRoom();
    this.#name(connection);
    this.#double(tcb.nowMs);
    this.#word((STATES.indexOf(before) << 8) | STATES.indexOf(after));
    for (const label of labels) this.#name(label);
    this.#word(snd.una);
    this.#word(snd.nxt);
    this.#word(rcv.nxt);
    this.#double(cc.cwnd);
    this.#double(rtt.rtoMs);
  }

  /** In hexadecimal digits. Nothing may be added afterwards. */
  finish(): string {
    this.#flush();
    return bytesToHex(this.#hash.digest());
  }

  #name(name: string): void {
    let number = this.#names.get(name);
    if (number === undefined) {
      number = this.#names.size;
      this.#names.set(name, number);
      // Once with its letters; from then on by its number.
      for (let index = 0; index < name.length && index < HEADERS; index++)
        this.#batch[this.#length++] = name.charCodeAt(index);
    }
    this.#word(number);
  }

  #word(value: number): void {
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  #makeRoom(): void {
    if (this.#length + 2 * LARGEST_ENTRY > BATCH) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#batch.subarray(0, this.#length));
    this.#length = 0;
  }
}
