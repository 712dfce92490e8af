import { type Observable, Subject } from 'rxjs';
import { fatesOf, originalOf } from '../../net/fates.ts';
import type { Device, Frame } from '../../net/index.ts';
import { decodeIp, decodeTcp, type IpPacket, PROTOCOL } from '../../wire/index.ts';
import type { LinkWay } from './way.ts';

/** The device of a simulated host: its end of its link. */
export class HostPort implements Device {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  /** Frames so damaged that their checksum is right again: see {@link isUndetectable}. */
  undetectable = 0;
  /** Tells of each frame that the host sends, and of each that it is shown. */
  onFrame: ((direction: 'in' | 'out', frame: Frame) => void) | undefined;
  readonly #arrivals = new Subject<readonly Frame[]>();
  readonly #drained = new Subject<void>();
  #way: LinkWay | undefined;
  #closed = false;

  constructor(name: string, mtu: number) {
    this.name = name;
    this.mtu = mtu;
    this.frames$ = this.#arrivals.asObservable();
    this.drained$ = this.#drained.asObservable();
  }

  attach(way: LinkWay): void {
    this.#way = way;
  }

  write(frame: Frame): boolean {
    if (frame.length > this.mtu)
      throw new RangeError(`${this.name}: a frame of ${frame.length} bytes is above the MTU of ${this.mtu}`);
    if (this.#closed || !this.#way) return true;
    this.onFrame?.('out', frame);
    return this.#way.offer(frame);
  }

  arrive(frames: readonly Frame[]): void {
    if (this.#closed) return;
    const kept = frames.some(isUndetectable) ? frames.filter((frame) => !isUndetectable(frame)) : frames;
    this.undetectable += frames.length - kept.length;
    if (kept.length === 0) return;
    for (const frame of kept) this.onFrame?.('in', frame);
    this.#arrivals.next(kept);
  }

  drained(): void {
    if (!this.#closed) this.#drained.next();
  }

  close(): void {
    this.#closed = true;
    this.#arrivals.complete();
    this.#drained.complete();
  }
}

/**
 * Whether a frame was changed on its way and its checksum is right all the same: two flipped bits can cancel out, and so can
 * a length that got shorter. No TCP could tell, so that an invariant that such a frame breaks would say nothing of this one.
 */
function isUndetectable(frame: Frame): boolean {
  if (!fatesOf(frame).some((fate) => fate.startsWith('corrupted'))) return false;
  const packet = decodeIp(frame);
  if (packet.kind === 'malformed' || packet.protocol !== PROTOCOL.tcp) return false;
  if (decodeTcp(packet).kind === 'malformed') return false;
  const original = decodeIp(originalOf(frame));
  return original.kind === 'ip' && !sameSegment(packet, original);
}

function sameSegment(a: IpPacket, b: IpPacket): boolean {
  if (!a.src.equals(b.src) || !a.dst.equals(b.dst) || a.end - a.start !== b.end - b.start) return false;
  for (let at = 0; at < a.end - a.start; at++) {
    if (a.bytes[a.start + at] !== b.bytes[b.start + at]) return false;
  }
  return true;
}
