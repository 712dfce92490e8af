/**
 * Two devices joined by a link in user space: what one sends, the other receives, through the impairments of each way.
 */

import type { Writable } from 'node:stream';
import type { Subscription } from 'rxjs';
import type { Clock } from '../clock.ts';
import type { Device, Frame } from '../net/device.ts';
import type { ForkableRandom } from '../net/impairments.ts';
import {
  type Direction,
  fatesOf,
  type ImpairedDevice,
  type Impairments,
  impair,
} from '../net/impairments.ts';
import { nanoseconds, pcapngHeader, pcapngPacket } from '../net/pcapng.ts';

export interface LinkOptions {
  readonly clock: Clock;
  readonly random: ForkableRandom;
  /** From the first device to the second, and back. */
  readonly out?: Impairments;
  readonly in?: Impairments;
  /** Gets every frame that comes through, as pcapng, in the order and at the time at which it does. */
  readonly capture?: Writable | undefined;
}

/** What came through. */
export interface WayStats {
  readonly frames: number;
  readonly bytes: number;
}

export interface Link {
  readonly stats: Readonly<Record<Direction, WayStats>>;
  readonly impairments: ImpairedDevice['stats'];
  /** Ends the link and closes both devices. Twice is fine. */
  close(): void;
}

/** A capture may be so far behind before packets are left out of it. */
const CAPTURE_LIMIT = 64 * 1024 * 1024;

/**
 * Joins two devices. Who sends faster than the link carries is told by loss, as on any link, and not by back-pressure.
 *
 * @example
 * ```ts
 * const link = joinDevices(await openTun({ name: 'left' }), await openTun({ name: 'right' }), {
 *   clock: hostClock(),
 *   random: seededRandom(1),
 *   out: { loss: 1, delayMs: 10 },
 *   in: { delayMs: 10 },
 * });
 * ```
 */
export function joinDevices(first: Device, second: Device, options: LinkOptions): Link {
  return new JoinedDevices(first, second, options);
}

class JoinedDevices implements Link {
  readonly stats: Record<Direction, { frames: number; bytes: number }> = {
    out: { frames: 0, bytes: 0 },
    in: { frames: 0, bytes: 0 },
  };

  readonly #first: ImpairedDevice;
  readonly #second: Device;
  readonly #subscriptions: Subscription;
  readonly #capture: Writable | undefined;
  readonly #nowNs: () => bigint;

  constructor(
    first: Device,
    second: Device,
    { clock, random, capture, out = {}, in: back = {} }: LinkOptions,
  ) {
    const originNs = nanoseconds(performance.timeOrigin + performance.now() - clock.now());
    this.#nowNs = () => nanoseconds(clock.now(), originNs);
    this.#capture = capture;
    capture?.write(pcapngHeader({ interfaceName: `${first.name}-${second.name}` }));
    this.#second = second;
    // As the impairments see it, the second device is where the stack would be: `in` is towards it.
    this.#first = impair(first, { clock, random, in: out, out: back });
    this.#subscriptions = this.#first.frames$.subscribe((batch) => {
      for (const frame of batch) this.#pass(frame, 'out');
    });
    this.#subscriptions.add(this.#first.departures$.subscribe(({ frame }) => this.#told(frame, 'in')));
    this.#subscriptions.add(
      second.frames$.subscribe((batch) => {
        for (const frame of batch) this.#first.write(frame);
      }),
    );
  }

  get impairments(): ImpairedDevice['stats'] {
    const { in: out, out: back } = this.#first.stats;
    return { out, in: back };
  }

  close(): void {
    this.#subscriptions.unsubscribe();
    this.#first.close();
    this.#second.close();
  }

  #pass(frame: Frame, direction: Direction): void {
    this.#told(frame, direction);
    // A device that is full takes it all the same, and loses it if it stays full: as any link does.
    this.#second.write(frame);
  }

  #told(frame: Frame, direction: Direction): void {
    const way = this.stats[direction];
    way.frames++;
    way.bytes += frame.length;
    const capture = this.#capture;
    if (capture === undefined || capture.destroyed || capture.writableLength > CAPTURE_LIMIT) return;
    capture.write(
      pcapngPacket(frame, this.#nowNs(), {
        direction,
        ...(fatesOf(frame).length === 0 ? {} : { comment: fatesOf(frame).join('; ') }),
      }),
    );
  }
}
