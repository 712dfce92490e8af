/**
 * Fragments on their way to becoming datagrams: the clock's side of `Reassembly`, and what their senders and the stack's
 * observers are told.
 */

import type { Arriving, Frame } from '../net/device.ts';
import { Reassembly } from '../net/reassembly.ts';
import type { Fragment } from '../wire/index.ts';
import { encodeParameterProblem, encodeTimeExceeded, PROTOCOL } from '../wire/index.ts';
import { answerWithError } from './icmp.ts';
import type { TcpStack } from './stack.ts';

/** RFC 792, RFC 4443 section 3.3: the code of "time exceeded" that is about a reassembly. */
const REASSEMBLY_TIME_EXCEEDED = 1;

export class Fragments {
  readonly #stack: TcpStack;
  readonly #reassembly = new Reassembly();
  #timer: unknown;

  constructor(stack: TcpStack) {
    this.#stack = stack;
  }

  /** A fragment for this stack arrives. Returns the datagram that it makes whole; whoever watches hears of all the others. */
  arrive(fragment: Fragment, frame: Arriving): Frame | undefined {
    const stack = this.#stack;
    const result = this.#reassembly.arrive(fragment, stack.clock.now());
    if (result.kind === 'whole') {
      stack.count('ip.reassembled');
    } else if (result.kind === 'held') {
      if (result.evicted > 0) stack.count('drop.ip.reassembly-full', result.evicted);
      if (stack.taps.attached) {
        const words = `a fragment: ${result.octets} octets of its datagram are here (RFC ${rfcOf(fragment)})`;
        stack.taps.received(frame, undefined, 'CLOSED', 'CLOSED', words);
      }
    } else {
      stack.droppedBy(undefined, frame, 'CLOSED', result.reason);
      if (result.problem) this.#tellProblem(fragment, result.problem);
    }
    this.#align();
    return result.kind === 'whole' ? result.datagram : undefined;
  }

  close(): void {
    this.#stack.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** One timer runs as long as anything waits. It is not moved when the oldest is complete: it looks when it fires. */
  #align(): void {
    const { clock } = this.#stack;
    const { dueMs } = this.#reassembly;
    if (dueMs === undefined) this.close();
    else this.#timer ??= clock.setTimeout(() => this.#expire(), dueMs - clock.now());
  }

  #expire(): void {
    this.#timer = undefined;
    const stack = this.#stack;
    for (const first of this.#reassembly.expire(stack.clock.now())) {
      stack.count('drop.ip.reassembly-timeout');
      if (!first) continue;
      const encode = (): Frame => encodeTimeExceeded(first.packet, REASSEMBLY_TIME_EXCEEDED);
      answerWithError(stack, first.packet, encode, `ICMP time exceeded in reassembly (RFC ${rfcOf(first)})`);
    }
    this.#align();
  }

  #tellProblem({ packet, offset }: Fragment, { code, pointer }: { code: 0 | 3; pointer: number }): void {
    // Whether a later fragment is a part of an error message nobody can see, and errors are not answered by errors.
    if (offset > 0 && packet.protocol === PROTOCOL.icmpv6) return;
    const encode = (): Frame => encodeParameterProblem(packet, code, pointer);
    answerWithError(this.#stack, packet, encode, 'ICMP parameter problem (RFC 8200 section 4.5)');
  }
}

function rfcOf({ packet }: Fragment): string {
  return packet.version === 4 ? '1122 section 3.3.2' : '8200 section 4.5';
}
