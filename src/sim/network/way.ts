/**
 * One way over a link: a queue in front of a sender of so many bits a second, then the impairments and the delay of the
 * wire. Whatever leaves it leaves through the clock, never from inside `offer`.
 */

import type { Clock } from '../../clock.ts';
import { DelayLine } from '../../net/delay-line.ts';
import { ImpairedDirection } from '../../net/impaired-direction.ts';
import type { Frame } from '../../net/index.ts';
import { decodeIp, decodeTcp, FLAG, PROTOCOL } from '../../wire/index.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { Fifo } from './queues/fifo.ts';
import { type FrameQueue, makeQueue } from './queues/queue.ts';
import type { FrameKind, Way } from './topology.ts';

/** What happened to the frames of a way. */
export type WayFault =
  | 'lost'
  | 'burst-lost'
  | 'scripted'
  | 'queue-full'
  | 'red'
  | 'codel'
  | 'corrupted'
  | 'duplicated'
  | 'reordered';

export type WayCounts = Record<WayFault | 'offered' | 'passed', number>;

/** The wire holds as much as rate and delay put into it. */
const NO_LIMIT = 2 ** 31;

export interface WayHost {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Frames have come to the far end. */
  deliver(frames: readonly Frame[]): void;
  /**
   * Of a way that a host sends on: there is room in the queue again, after `offer` returned false. What is offered meanwhile
   * waits in front of the queue, since a device takes every frame; without this it is lost, as in a router.
   */
  readonly drained?: () => void;
}

export class LinkWay {
  readonly #host: WayHost;
  readonly #rate: number | undefined;
  readonly #queue: FrameQueue;
  readonly #overflow = new Fifo<Frame>();
  readonly #wire: ImpairedDirection;
  readonly #counts = { offered: 0, 'queue-full': 0, red: 0, codel: 0 };
  #arrived: Frame[] = [];
  #sending = false;
  #full = false;
  /** When the sender's busy period began, and the bits since: a sum of durations would gather rounding errors. */
  #busySinceMs = 0;
  #busyBits = 0;

  constructor(way: Way, host: WayHost) {
    const { rate, queue, drop = [], ...impairments } = way;
    this.#host = host;
    this.#rate = rate;
    this.#queue = makeQueue(queue, rate ?? 1, host.random.fork('queue'));
    const { delayMs = 0, jitterMs = 0 } = impairments;
    const atOnce = delayMs === 0 && jitterMs === 0;
    const line = new DelayLine(host.clock, (frames) => host.deliver(frames));
    this.#wire = new ImpairedDirection(
      'out',
      { ...impairments, queue: NO_LIMIT },
      {
        pass: (frame) => this.#arrived.push(frame),
        flush: () => {
          if (this.#arrived.length === 0) return;
          const frames = this.#arrived;
          this.#arrived = [];
          if (atOnce) for (const frame of frames) line.push(frame, host.clock.now());
          else host.deliver(frames);
        },
        lose() {},
      },
      host,
    );
    for (const each of drop) this.#script(each);
  }

  get counts(): WayCounts {
    const { counts } = this.#wire;
    return {
      ...this.#counts,
      passed: counts.passed,
      lost: counts.lost,
      'burst-lost': counts['burst-lost'],
      scripted: counts.scripted,
      corrupted: counts.corrupted,
      duplicated: counts.duplicated,
      reordered: counts.reordered,
    };
  }

  /** Takes a frame, which may be the end of it. Returns false when the queue is full now. */
  offer(frame: Frame): boolean {
    this.#counts.offered++;
    if (this.#rate === undefined) {
      this.#wire.offer(frame);
      return true;
    }
    if (!this.#sending) {
      this.#send(frame, this.#rate);
      return true;
    }
    if (this.#full && this.#host.drained) this.#overflow.push(frame);
    else this.#enqueue(frame);
    return !this.#full;
  }

  #enqueue(frame: Frame): void {
    const loss = this.#queue.offer(frame, this.#host.clock.now());
    if (loss !== undefined) this.#counts[loss]++;
    this.#full = this.#queue.length >= this.#queue.limit;
  }

  #send(frame: Frame, rate: number): void {
    const { clock } = this.#host;
    if (!this.#sending) {
      this.#busySinceMs = clock.now();
      this.#busyBits = 0;
    }
    this.#sending = true;
    this.#busyBits += 8 * frame.length;
    const sentMs = this.#busySinceMs + (this.#busyBits * 1_000) / rate;
    clock.setTimeout(() => this.#sent(frame, rate), sentMs - clock.now());
  }

  #sent(frame: Frame, rate: number): void {
    this.#wire.offer(frame);
    const next = this.#queue.take(this.#host.clock.now(), (_, why) => this.#counts[why]++);
    if (next === undefined) this.#sending = false;
    else this.#send(next, rate);
    if (!this.#full || this.#queue.length >= this.#queue.limit) return;
    this.#full = false;
    for (let waits = this.#overflow.shift(); waits; waits = this.#full ? undefined : this.#overflow.shift())
      this.#enqueue(waits);
    if (!this.#full) this.#host.drained?.();
  }

  #script(drop: number | { readonly nth: number; readonly of: FrameKind }): void {
    const { nth, of } = typeof drop === 'number' ? { nth: drop, of: undefined } : drop;
    let seen = 0;
    this.#wire.dropNext((frame) => (of === undefined || isOf(of, frame)) && ++seen === nth, 1);
  }
}

function isOf(kind: FrameKind, frame: Frame): boolean {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return false;
  const segment = decodeTcp(packet, false);
  if (segment.kind === 'malformed') return false;
  const { flags, text } = segment;
  if (kind === 'text') return text.length > 0;
  if (kind === 'ACK') return text.length === 0 && (flags & (FLAG.SYN | FLAG.FIN | FLAG.RST)) === 0;
  return (flags & FLAG[kind]) !== 0;
}
