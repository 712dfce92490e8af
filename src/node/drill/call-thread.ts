/**
 * A thread that makes the calls which may wait: read(), accept(), close() with SO_LINGER. Whoever plays the script goes on as
 * soon as such a call has come back, or sleeps in the kernel.
 *
 * Both sides share a few words of memory, and no messages: the one who plays the script never returns to its event loop.
 */

import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { errno } from '../linux.ts';
import { LIBC_NAMES, type Libc, type LibcName, type Word } from './libc.ts';

/** Where what stands in the 32-bit words. */
export const AT = { order: 0, phase: 1, thread: 2, name: 3, length: 4 } as const;
export const PHASE = { starting: 0, idle: 1, calling: 2, done: 3 } as const;

export const MOST_WORDS = 6;
/** Behind the 32-bit words: the result, then the arguments, 64 bits each. */
export const WIDE_OFFSET = 32;
export const SHARED_BYTES = WIDE_OFFSET + 8 * (1 + MOST_WORDS);

/** What the thread is given when it begins. */
export interface CallThreadData {
  readonly shared: SharedArrayBuffer;
  /** Written to when a call has come back. */
  readonly wakeFd: number;
}

/** So long is waited between two looks at whether the thread sleeps. */
const LOOK_MS = 0.05;
/** Nothing that the kernel does between two such looks goes on for so long. */
const LONGEST_BUSY_MS = 1_000;

export class CallThread {
  readonly #control: Int32Array;
  readonly #wide: BigInt64Array;
  #busy = false;

  private constructor(shared: SharedArrayBuffer) {
    this.#control = new Int32Array(shared, 0, WIDE_OFFSET / 4);
    this.#wide = new BigInt64Array(shared, WIDE_OFFSET);
  }

  /** Fulfilled when it is ready. It inherits the network namespace and the priority of who starts it. */
  static async start(wakeFd: number): Promise<CallThread> {
    const shared = new SharedArrayBuffer(SHARED_BYTES);
    const worker = new Worker(new URL('./call-thread-worker.js', import.meta.url), {
      workerData: { shared, wakeFd } satisfies CallThreadData,
    });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve());
      worker.once('error', reject);
    });
    return new CallThread(shared);
  }

  /** As the kernel knows it. */
  get id(): number {
    return this.#control[AT.thread]!;
  }

  /** A call was begun, and its result was not taken yet. */
  get busy(): boolean {
    return this.#busy;
  }

  begin(name: LibcName, words: readonly Word[]): void {
    const control = this.#control;
    words.forEach((word, index) => {
      this.#wide[1 + index] = typeof word === 'bigint' ? word : BigInt(Math.trunc(word));
    });
    control[AT.name] = LIBC_NAMES.indexOf(name);
    control[AT.length] = words.length;
    this.#busy = true;
    Atomics.store(control, AT.phase, PHASE.idle);
    Atomics.add(control, AT.order, 1);
    Atomics.notify(control, AT.order);
  }

  /** What the call returned, or minus the errno; undefined while it lasts. */
  get result(): number | undefined {
    return Atomics.load(this.#control, AT.phase) === PHASE.done ? Number(this.#wide[0]) : undefined;
  }

  /** Its result was taken: it may make the next call. */
  release(): void {
    this.#busy = false;
  }

  /** Returns as soon as the call has come back or waits in the kernel. `pause` waits so many milliseconds, or until it is back. */
  settle(pause: (ms: number) => void): void {
    let asleep = 0;
    for (let waitedMs = 0; asleep < 2 && waitedMs < LONGEST_BUSY_MS; waitedMs += LOOK_MS) {
      if (this.result !== undefined) return;
      pause(LOOK_MS);
      // Twice: it may have waited for something else, on its way there.
      asleep = this.#sleepsInCall() ? asleep + 1 : 0;
    }
  }

  #sleepsInCall(): boolean {
    if (Atomics.load(this.#control, AT.phase) !== PHASE.calling) return false;
    const stat = readFileSync(`/proc/self/task/${this.id}/stat`, 'latin1');
    // The name of the thread stands in parentheses, and may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('S');
  }
}

/** The other side: makes the calls, for ever. */
export function serveCalls(libc: Libc, { shared, wakeFd }: CallThreadData): never {
  const control = new Int32Array(shared, 0, WIDE_OFFSET / 4);
  const wide = new BigInt64Array(shared, WIDE_OFFSET);
  const one = libc.memory(8);
  one.view.setUint8(0, 1);
  for (let order = 0; ; order++) {
    Atomics.wait(control, AT.order, order);
    const words = Array.from({ length: control[AT.length]! }, (_, index) => wide[1 + index]!);
    const name = LIBC_NAMES[control[AT.name]!]!;
    Atomics.store(control, AT.phase, PHASE.calling);
    wide[0] = BigInt(libc.call(name, ...words));
    Atomics.store(control, AT.phase, PHASE.done);
    while (libc.call('write', wakeFd, one.address, 8) === -errno.EINTR);
  }
}
