import { map, type Observable, Subject } from 'rxjs';
import type { Clock } from '../clock.ts';
import { Slab } from '../wire/slab.ts';
import { DelayLine } from './delay-line.ts';
import { type Arriving, type Device, type Frame, type Offload, plainFrames } from './device.ts';
import { offloaded, softwareOffload } from './software-offload.ts';

export interface LinkOptions {
  /** The largest frame, in bytes. Default 1,500. */
  readonly mtu?: number;
  /** How long a frame is on its way. Default 0: it arrives at the same instant, in a clock step of its own. */
  readonly delayMs?: number;
  /**
   * How many frames may be on their way in one direction before `write` returns false; `drained$` emits when there is
   * room again. Default: no bound, and `drained$` never emits.
   */
  readonly queue?: number;
  /**
   * Both ends take checksums that are not computed, since nothing can damage the bytes, and, with `largest`, frames of up
   * to so many bytes whose segments nobody cuts up on the way. Whoever listens to an end's `frames$` gets plain frames all
   * the same. Default: neither, as on a wire.
   */
  readonly offload?: { readonly largest?: number };
  /**
   * Stacks at its ends hand over and get up to 64 KiB at once, as if by offload, and the ends cut that up and join it: on the
   * link are frames within the MTU, whose checksums are computed and verified, unless `offload` says that nobody needs them.
   * What arrives at one instant is joined, and acknowledged by one ACK. Default false: each segment by itself. Not with
   * `offload.largest`.
   */
  readonly joins?: boolean;
}

export interface PairOptions extends LinkOptions {
  /** Default `a` and `b`. */
  readonly names?: readonly [string, string];
}

/**
 * Two devices joined in this process: what is written to one arrives at the other, through the clock and in order.
 * A frame above the MTU throws a RangeError. Frames that arrive where nobody has subscribed, or at a closed end, are
 * gone, as on a wire.
 *
 * @example
 * ```ts
 * const [left, right] = pair(clock, { delayMs: 10 });
 * right.frames$.subscribe((frames) => console.log(clock.now(), frames.length));
 * left.write(frame);
 * clock.advance(10); // prints 10 1
 * ```
 */
export function pair(clock: Clock, options: PairOptions = {}): [Device, Device] {
  const [nameA, nameB] = options.names ?? ['a', 'b'];
  const a = new LinkEnd(nameA, clock, options);
  const b = new LinkEnd(nameB, clock, options);
  a.peer = b;
  b.peer = a;
  return [a, b];
}

/** A device whose frames come back to itself: {@link pair} with both ends in one. */
export function loopback(clock: Clock, options: LinkOptions & { readonly name?: string } = {}): Device {
  const end = new LinkEnd(options.name ?? 'loopback', clock, options);
  end.peer = end;
  return end;
}

class LinkEnd implements Device {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly offload?: Offload;
  peer: LinkEnd | undefined;

  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #queue: number;
  readonly #arrivals = new Subject<readonly Arriving[]>();
  readonly #drained = new Subject<void>();
  readonly #outgoing: DelayLine<Arriving>;
  readonly #slab = new Slab();
  #full = false;
  #closed = false;

  constructor(name: string, clock: Clock, options: LinkOptions) {
    this.name = name;
    this.mtu = atLeast('mtu', options.mtu ?? 1_500, 1);
    this.#clock = clock;
    this.#delayMs = atLeast('delayMs', options.delayMs ?? 0, 0);
    this.#queue = atLeast('queue', options.queue ?? Number.POSITIVE_INFINITY, 1);
    const { offload, joins = false } = options;
    if (joins && offload?.largest !== undefined)
      throw new RangeError(
        'pair: with joins frames are within the MTU; leave out joins, or offload.largest, for which they are not',
      );
    // Without offload all that arrives are frames as they are.
    this.frames$ =
      offload === undefined
        ? (this.#arrivals.asObservable() as Observable<readonly Frame[]>)
        : this.#arrivals.pipe(map((batch) => batch.flatMap(plainFrames)));
    if (joins) this.offload = this.#joining(offload === undefined ? 'complete' : 'partial');
    else if (offload !== undefined) this.offload = this.#offloadOf(offload.largest ?? this.mtu);
    this.drained$ = this.#drained.asObservable();
    this.#outgoing = new DelayLine(clock, (frames) => this.#arrive(frames));
  }

  write(frame: Frame): boolean {
    if (frame.length > this.mtu) {
      throw new RangeError(`${this.name}: a frame of ${frame.length} bytes is above the MTU of ${this.mtu}`);
    }
    return this.#send(frame);
  }

  #joining(checksums: 'complete' | 'partial'): Offload {
    const write = (frame: Frame, checksum: 'complete' | 'partial'): boolean =>
      checksum === 'complete' ? this.write(frame) : this.#send({ frame, segmentSize: 0, checksum });
    return softwareOffload({ mtu: this.mtu, frames$: this.#arrivals, write }, checksums);
  }

  #offloadOf(largest: number): Offload {
    if (!(largest >= this.mtu && largest <= LONGEST_FRAME)) {
      throw new RangeError(`pair: offload.largest is ${largest}; it must be ${this.mtu} to ${LONGEST_FRAME}`);
    }
    return {
      largest,
      checksums: true,
      frames$: this.#arrivals.pipe(map((batch) => batch.map(offloaded))),
      // Its own each time: the frame is still on its way when the next one is made.
      room: (length) => this.#slab.take(length),
      write: (written) => {
        const { length } = written.frame;
        const limit = written.segmentSize > 0 ? largest : this.mtu;
        if (length > limit)
          throw new RangeError(
            `${this.name}: a frame of ${length} bytes is above the ${limit} that it takes`,
          );
        return this.#send(written);
      },
    };
  }

  #send(frame: Arriving): boolean {
    if (this.#closed) return true;
    this.#outgoing.push(frame, this.#clock.now() + this.#delayMs);
    this.#full = this.#outgoing.size >= this.#queue;
    return !this.#full;
  }

  /** Ends this end's frames. What it has written still arrives at the other end, which stays open. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#arrivals.complete();
    this.#drained.complete();
  }

  #arrive(frames: readonly Arriving[]): void {
    const { peer } = this;
    if (peer !== undefined) peer.#arrivals.next(frames);
    if (!this.#full || this.#outgoing.size >= this.#queue) return;
    this.#full = false;
    this.#drained.next();
  }
}

/** What the length field of an IPv4 header can say. */
const LONGEST_FRAME = 65_535;

function atLeast(option: string, value: number, least: number): number {
  if (!(value >= least)) throw new RangeError(`pair: ${option} is ${value}; it must be ${least} or more`);
  return value;
}
