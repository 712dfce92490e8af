import { type Observable, Subject } from 'rxjs';
import type { Clock } from '../clock.ts';
import { DelayLine } from './delay-line.ts';
import type { Device, Frame } from './device.ts';

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
  peer: LinkEnd | undefined;

  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #queue: number;
  readonly #arrivals = new Subject<readonly Frame[]>();
  readonly #drained = new Subject<void>();
  readonly #outgoing: DelayLine;
  #full = false;
  #closed = false;

  constructor(name: string, clock: Clock, options: LinkOptions) {
    this.name = name;
    this.mtu = atLeast('mtu', options.mtu ?? 1_500, 1);
    this.#clock = clock;
    this.#delayMs = atLeast('delayMs', options.delayMs ?? 0, 0);
    this.#queue = atLeast('queue', options.queue ?? Number.POSITIVE_INFINITY, 1);
    this.frames$ = this.#arrivals.asObservable();
    this.drained$ = this.#drained.asObservable();
    this.#outgoing = new DelayLine(clock, (frames) => this.#arrive(frames));
  }

  write(frame: Frame): boolean {
    if (frame.length > this.mtu) {
      throw new RangeError(`${this.name}: a frame of ${frame.length} bytes is above the MTU of ${this.mtu}`);
    }
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

  #arrive(frames: readonly Frame[]): void {
    const { peer } = this;
    if (peer !== undefined) peer.#arrivals.next(frames);
    if (!this.#full || this.#outgoing.size >= this.#queue) return;
    this.#full = false;
    this.#drained.next();
  }
}

function atLeast(option: string, value: number, least: number): number {
  if (!(value >= least)) throw new RangeError(`pair: ${option} is ${value}; it must be ${least} or more`);
  return value;
}
