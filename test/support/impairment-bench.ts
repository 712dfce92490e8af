import { Subject } from 'rxjs';
import type { Device, Frame } from '../../src/net/device.ts';
import {
  type Departure,
  fatesOf,
  type ImpairedDevice,
  type Impairments,
  impair,
  type Loss,
} from '../../src/net/impairments.ts';
import { seededRandom } from '../../src/sim/seeded-random.ts';
import { type VirtualClock, virtualClock } from '../../src/sim/virtual-clock.ts';

/** A device that keeps what is written to it, and hands up what the test wants. */
export class Recorder implements Device {
  readonly name = 'recorder';
  readonly mtu = 1_500;
  readonly frames$ = new Subject<readonly Frame[]>();
  readonly drained$ = new Subject<void>();
  readonly written: { timeMs: number; frame: Frame }[] = [];
  readonly #clock: VirtualClock;
  full = false;
  closed = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  write(frame: Frame): boolean {
    this.written.push({ timeMs: this.#clock.now(), frame });
    return !this.full;
  }

  close(): void {
    this.closed = true;
  }
}

export interface Bench {
  readonly clock: VirtualClock;
  readonly device: Recorder;
  readonly bad: ImpairedDevice;
  readonly departures: Departure[];
  readonly losses: Loss[];
  /** Batches that came out towards the stack. */
  readonly arrived: { timeMs: number; frames: readonly Frame[] }[];
  /** The numbers of the frames that came out towards the wire, as `number@time`. */
  out(): string[];
  /** The same towards the stack, a batch each: `number number@time`. */
  in(): string[];
}

export function bench(
  options: { in?: Impairments; out?: Impairments } = {},
  seed: number | string = 1,
): Bench {
  const clock = virtualClock();
  const device = new Recorder(clock);
  const bad = impair(device, { ...options, clock, random: seededRandom(seed) });
  const departures: Departure[] = [];
  const losses: Loss[] = [];
  const arrived: Bench['arrived'] = [];
  bad.departures$.subscribe((departure) => departures.push(departure));
  bad.lost$.subscribe((loss) => losses.push(loss));
  bad.frames$.subscribe((frames) => arrived.push({ timeMs: clock.now(), frames }));
  return {
    clock,
    device,
    bad,
    departures,
    losses,
    arrived,
    out: () => device.written.map(({ timeMs, frame }) => `${numberOf(frame)}@${timeMs}`),
    in: () => arrived.map(({ timeMs, frames }) => `${frames.map(numberOf).join(' ')}@${timeMs}`),
  };
}

/** A frame that carries its number in its first four bytes. */
export function numbered(number: number, length = 100): Frame {
  const frame = new Uint8Array(length);
  new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

export function numberOf(frame: Frame): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(0);
}

/** All that can be seen of a run, as text: times, bytes and fates of what came out, and what was lost. */
export function trace({ clock, device, arrived, losses }: Bench): string {
  const line = (timeMs: number, frame: Frame) => `${timeMs} ${hex(frame)} ${fatesOf(frame).join(', ')}`;
  clock.advance(1e6);
  return [
    ...device.written.map(({ timeMs, frame }) => `out ${line(timeMs, frame)}`),
    ...arrived.map(({ timeMs, frames }) => `in ${frames.map((frame) => line(timeMs, frame)).join('; ')}`),
    ...losses.map(({ frame, direction, why }) => `${direction} ${why} ${hex(frame)}`),
  ].join('\n');
}

function hex(frame: Frame): string {
  return Array.from(frame, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
