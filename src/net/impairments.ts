import { Observable, Subject, type Subscription, share } from 'rxjs';
import type { Clock } from '../clock.ts';
import { decodeIp, encodePacketTooBig, mayAnswerWithIcmpError } from '../wire/index.ts';
import type { Device, Frame } from './device.ts';
import { fatesOf, originalOf } from './fates.ts';
import { type ForkableRandom, ImpairedDirection, type Sink } from './impaired-direction.ts';
import {
  checkImpairments,
  type Departure,
  type Direction,
  type ImpairmentCounts,
  type Impairments,
  type Loss,
  type LossReason,
} from './impairment-values.ts';

export { type Fate, fatesOf } from './fates.ts';
export type { ForkableRandom } from './impaired-direction.ts';
export type {
  BurstLoss,
  Departure,
  Direction,
  ImpairmentCounts,
  Impairments,
  Loss,
  LossReason,
} from './impairment-values.ts';

export interface ImpairedDevice extends Device {
  /** Each frame as it leaves on the out direction, one that nothing happened to included. */
  readonly departures$: Observable<Departure>;
  readonly lost$: Observable<Loss>;
  /** Counted from the start on; the objects stay the same and their numbers move. */
  readonly stats: Readonly<Record<Direction, Readonly<ImpairmentCounts>>>;

  /** What is set now. */
  readonly impairments: Readonly<Record<Direction, Impairments>>;

  /**
   * Replaces the impairments of one direction. Frames on their way keep the deadlines that they have, and later ones do
   * not overtake them. Throws EINVAL for values out of range.
   */
  set(direction: Direction, impairments: Impairments): void;

  /**
   * Loses the next `count` frames that `predicate` picks, before chance has a say.
   *
   * @returns a function that takes back what has not happened yet
   */
  dropNext(direction: Direction, predicate: (frame: Frame) => boolean, count?: number): () => void;
}

export interface ImpairOptions {
  readonly in?: Impairments;
  readonly out?: Impairments;
  readonly clock: Clock;
  /**
   * With a `fork`, as `seededRandom()` has it, each fault in each direction draws from a stream of its own: to change
   * one then leaves the choices of the others as they were.
   */
  readonly random: ForkableRandom;
}

/**
 * A bad network in front of a device. A direction with no impairments hands its frames straight on, without a step of
 * the clock.
 *
 * Back-pressure is that of the device within: frames that the impairments lose or hold look sent to the writer.
 * Throws EINVAL for values out of range.
 *
 * @example
 * ```ts
 * const bad = impair(device, { clock, random: seededRandom(1), in: { loss: 2 }, out: { loss: 2, delayMs: 20 } });
 * bad.dropNext('out', (frame) => frame.length > 1_000);
 * ```
 */
export function impair(device: Device, options: ImpairOptions): ImpairedDevice {
  return new ImpairedLink(device, options);
}

class ImpairedLink implements ImpairedDevice {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly departures$: Observable<Departure>;
  readonly lost$: Observable<Loss>;
  readonly stats: Readonly<Record<Direction, Readonly<ImpairmentCounts>>>;

  readonly #device: Device;
  readonly #clock: Clock;
  readonly #directions: Readonly<Record<Direction, ImpairedDirection>>;
  readonly #arrivals = new Subject<readonly Frame[]>();
  readonly #departures = new Subject<Departure>();
  readonly #losses = new Subject<Loss>();
  readonly #drained = new Subject<void>();
  readonly #draining: Subscription;
  #arriving: Frame[] = [];
  #deviceFull = false;
  #closed = false;

  constructor(device: Device, options: ImpairOptions) {
    this.name = device.name;
    this.mtu = device.mtu;
    this.#device = device;
    this.#clock = options.clock;
    const directionOf = (direction: Direction, sink: Sink) => {
      const impairments = options[direction] ?? {};
      checkImpairments(impairments);
      return new ImpairedDirection(direction, impairments, sink, options);
    };
    this.#directions = {
      in: directionOf('in', {
        pass: (frame) => this.#arriving.push(frame),
        flush: () => this.#arrive(),
        lose: (frame, why) => this.#lose(frame, 'in', why),
      }),
      out: directionOf('out', {
        pass: (frame) => this.#depart(frame),
        flush() {},
        lose: (frame, why) => this.#lose(frame, 'out', why),
      }),
    };
    this.stats = { in: this.#directions.in.counts, out: this.#directions.out.counts };
    this.frames$ = this.#impairedArrivals();
    this.drained$ = this.#drained.asObservable();
    this.departures$ = this.#departures.asObservable();
    this.lost$ = this.#losses.asObservable();
    this.#draining = device.drained$.subscribe(() => {
      this.#deviceFull = false;
      this.#drained.next();
    });
  }

  write(frame: Frame): boolean {
    if (!this.#closed) this.#directions.out.offer(frame);
    return !this.#deviceFull;
  }

  get impairments(): Readonly<Record<Direction, Impairments>> {
    return { in: this.#directions.in.impairments, out: this.#directions.out.impairments };
  }

  set(direction: Direction, impairments: Impairments): void {
    checkImpairments(impairments);
    this.#directions[direction].set(impairments);
  }

  dropNext(direction: Direction, predicate: (frame: Frame) => boolean, count = 1): () => void {
    return this.#directions[direction].dropNext(predicate, count);
  }

  /** Closes the device within; what was on its way is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#draining.unsubscribe();
    this.#directions.in.clear();
    this.#directions.out.clear();
    this.#device.close();
    for (const subject of [this.#arrivals, this.#departures, this.#losses, this.#drained]) subject.complete();
  }

  /** The device is listened to only while somebody listens here, so that the first frames are not lost unseen. */
  #impairedArrivals(): Observable<readonly Frame[]> {
    const inbound = this.#directions.in;
    return new Observable<readonly Frame[]>((subscriber) => {
      const arrivals = this.#arrivals.subscribe(subscriber);
      const frames = this.#device.frames$.subscribe({
        next: (batch) => {
          if (inbound.isClear) {
            inbound.counts.passed += batch.length;
            this.#arrivals.next(batch);
          } else {
            inbound.offerAll(batch);
          }
        },
        error: (error: unknown) => this.#arrivals.error(error),
        complete: () => this.#arrivals.complete(),
      });
      arrivals.add(frames);
      return arrivals;
    }).pipe(share());
  }

  #arrive(): void {
    if (this.#arriving.length === 0) return;
    const batch = this.#arriving;
    this.#arriving = [];
    this.#arrivals.next(batch);
  }

  #depart(frame: Frame): void {
    if (this.#departures.observed) {
      this.#departures.next({ frame, original: originalOf(frame), fates: fatesOf(frame) });
    }
    if (!this.#device.write(frame)) this.#deviceFull = true;
  }

  #lose(frame: Frame, direction: Direction, why: LossReason): void {
    if (this.#losses.observed) this.#losses.next({ frame, direction, why });
    const { mtu, mtuTold } = this.impairments[direction];
    if (why === 'too-big' && mtuTold && mtu !== undefined) this.#tellTooBig(frame, direction, mtu);
  }

  /** In the place of a router on the way, and as if from the frame's destination, since it has no address of its own. */
  #tellTooBig(frame: Frame, direction: Direction, mtu: number): void {
    const packet = decodeIp(frame);
    if (packet.kind === 'malformed' || !mayAnswerWithIcmpError(packet)) return;
    const message = encodePacketTooBig(packet, mtu);
    // Through the clock: whoever sent the frame is still at it.
    this.#clock.setTimeout(() => {
      if (this.#closed) return;
      if (direction === 'out') this.#arrivals.next([message]);
      else this.#device.write(message);
    }, 0);
  }
}
