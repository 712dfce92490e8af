import type { MessagePort } from 'node:worker_threads';
import type { Frame } from '../net/device.ts';
import type { TcpStack } from '../stack/stack.ts';

interface Handed {
  readonly frame: Frame;
  /** How many stacks of the ring have not seen it yet, once this one has. */
  readonly left: number;
}

/**
 * The stacks of one address, each on a queue of the same device and in a thread of its own, in a ring.
 *
 * The kernel hands all segments of a connection to one queue, by a hash over addresses and ports. But fragments and the ICMP
 * errors that routers send are hashed by what they carry themselves, and so is everything else while the number of queues
 * changes. So a packet for a connection that a stack does not have goes round, until one has it or all have seen it: the
 * last one answers, as a single stack would have.
 */
export class Handover {
  readonly #next: MessagePort;
  readonly #previous: MessagePort;
  readonly #others: number;
  /** How many stacks have not seen the frame that is being taken in. */
  #left: number;

  constructor({ next, previous, size }: { next: MessagePort; previous: MessagePort; size: number }) {
    this.#next = next;
    this.#previous = previous;
    this.#others = size - 1;
    this.#left = this.#others;
  }

  /** For `StackInternals.elsewhere`. */
  readonly elsewhere = (frames: readonly Frame[]): boolean => {
    if (this.#left === 0) return false;
    for (const whole of frames) {
      // A frame may be a view of memory that others share, which must not go with it.
      const frame = whole.slice();
      this.#next.postMessage({ frame, left: this.#left - 1 } satisfies Handed, [frame.buffer as ArrayBuffer]);
    }
    return true;
  };

  /** Takes in for `stack` what the others hand over. */
  attach(stack: TcpStack): void {
    this.#previous.on('message', ({ frame, left }: Handed) => {
      this.#left = left;
      try {
        stack.deliver(frame);
      } finally {
        this.#left = this.#others;
      }
    });
    // It is for the device to keep the thread alive.
    this.#previous.unref();
  }

  close(): void {
    this.#next.close();
    this.#previous.close();
  }
}
