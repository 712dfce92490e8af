/** The faults that viewers put into a host's link, and what stands of them. */

import type { Clock, TimerId } from '../clock.ts';
import type { Frame } from '../net/device.ts';
import type { Direction, ImpairedDevice, Impairments } from '../net/impairments.ts';
import { decodeIp, FLAG, type TcpSegment } from '../wire/index.ts';
import { segmentOf } from './frame-view.ts';
import type { DropWhat, FaultsView } from './protocol.ts';

interface ScriptedDrop {
  readonly direction: Direction;
  readonly what: DropWhat;
  left: number;
}

/** What tells one connection's segments from others. */
export interface TupleLike {
  readonly localPort: number;
  readonly remotePort: number;
  readonly remoteAddress: string;
}

export class Faults {
  readonly #host: string;
  readonly #device: ImpairedDevice;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #drops: ScriptedDrop[] = [];
  #blackhole: { readonly untilMs: number; readonly timer: TimerId; readonly end: () => void } | undefined;

  /** @param changed called when `view` would give something else */
  constructor(host: string, device: ImpairedDevice, clock: Clock, changed: () => void) {
    this.#host = host;
    this.#device = device;
    this.#clock = clock;
    this.#changed = changed;
  }

  get view(): FaultsView {
    return {
      host: this.#host,
      in: this.#device.impairments.in,
      out: this.#device.impairments.out,
      drops: this.#drops.map(({ direction, what, left }) => ({ direction, what, left })),
      blackholeUntilMs: this.#blackhole?.untilMs ?? null,
    };
  }

  /** Throws a StackError for values out of range. */
  set(direction: Direction, impairments: Impairments): void {
    this.#device.set(direction, impairments);
    this.#changed();
  }

  dropNext(direction: Direction, what: DropWhat, count: number, of: TupleLike | undefined): void {
    const drop: ScriptedDrop = { direction, what, left: count };
    this.#drops = [...this.#drops, drop];
    const hits = (frame: Frame): boolean => {
      if (!isOf(frame, direction, what, of)) return false;
      drop.left--;
      if (drop.left === 0) this.#drops = this.#drops.filter((other) => other !== drop);
      this.#changed();
      return true;
    };
    this.#device.dropNext(direction, hits, count);
    this.#changed();
  }

  blackhole(durationMs: number): void {
    if (this.#blackhole) {
      this.#clock.clearTimeout(this.#blackhole.timer);
      this.#blackhole.end();
    }
    this.#blackhole = undefined;
    if (durationMs > 0) {
      const ends = (['in', 'out'] as const).map((direction) =>
        this.#device.dropNext(direction, () => true, Number.POSITIVE_INFINITY),
      );
      const end = (): void => {
        for (const takeBack of ends) takeBack();
      };
      const timer = this.#clock.setTimeout(() => this.blackhole(0), durationMs);
      this.#blackhole = { untilMs: this.#clock.now() + durationMs, timer, end };
    }
    this.#changed();
  }
}

function isOf(frame: Frame, direction: Direction, what: DropWhat, of: TupleLike | undefined): boolean {
  if (what === 'any' && of === undefined) return true;
  const segment = segmentOf(frame);
  if (segment === undefined || !is(segment, what)) return false;
  return of === undefined || belongs(frame, segment, direction, of);
}

function belongs(
  frame: Frame,
  { srcPort, dstPort }: TcpSegment,
  direction: Direction,
  { localPort, remotePort, remoteAddress }: TupleLike,
): boolean {
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed') return false;
  return direction === 'in'
    ? srcPort === remotePort && dstPort === localPort && packet.src.toString() === remoteAddress
    : srcPort === localPort && dstPort === remotePort && packet.dst.toString() === remoteAddress;
}

function is({ flags, text }: TcpSegment, what: DropWhat): boolean {
  switch (what) {
    case 'any':
      return true;
    case 'data':
      return text.length > 0;
    case 'ACK':
      return text.length === 0 && (flags & (FLAG.ACK | FLAG.SYN | FLAG.FIN | FLAG.RST)) === FLAG.ACK;
    default:
      return (flags & FLAG[what]) !== 0;
  }
}
