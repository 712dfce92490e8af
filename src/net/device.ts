import type { Observable } from 'rxjs';
import { splitTcp } from '../wire/index.ts';

/** One IP packet, from the first byte of its IP header to its last byte. Whoever is handed a frame owns it. */
export type Frame = Uint8Array;

/**
 * A network interface at the IP layer. Devices wrap devices: `impair(device, …)` is a device again.
 *
 * Frames come in batches, in the order of arrival: all that the device had when it was looked at. A batch is never empty.
 */
export interface Device {
  readonly name: string;
  /** The largest frame that the device takes, in bytes. */
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  /**
   * Hands a frame to the device, which takes it in any case.
   *
   * @returns false when the device is full: the caller should hold back until `drained$` emits.
   */
  write(frame: Frame): boolean;
  readonly drained$: Observable<void>;
  close(): void;
  /** What the device does of a stack's work, where it does any. `frames$` and `write` are as ever, with or without. */
  readonly offload?: Offload;
}

/**
 * A frame of which the device has left some work to its receiver, or is left some by its sender. It is that of a link
 * only once {@link plainFrames} has made it one.
 */
export interface OffloadedFrame {
  readonly frame: Frame;
  /** The frame's text stands for segments of so many octets each, the last of what is left; 0: it is one segment. */
  readonly segmentSize: number;
  /**
   * `complete`: as on any link, and still to be verified. `partial`: TCP's is the sum of the pseudo-header alone, since the
   * bytes cross no link. `verified`: by the device.
   */
  readonly checksum: 'complete' | 'partial' | 'verified';
  /**
   * The frames that it was joined from, or that whoever looks was told to leave in its place: on a link they are these very
   * objects, so that what is told at both ends is known to be one frame.
   */
  readonly parts?: readonly Arriving[];
}

/**
 * The second door of a device that cuts segments up, joins them, or sees to checksums. A device that wraps another one has
 * the first door only, unless it says otherwise: so what is impaired or recorded is what a link carries.
 */
export interface Offload {
  /** The longest frame that it brings and takes, in bytes: up to 65,535. The MTU, if it neither cuts nor joins. */
  readonly largest: number;
  /** Whether it takes checksums that are partial. */
  readonly checksums: boolean;
  /** In place of the device's `frames$`. */
  readonly frames$: Observable<readonly OffloadedFrame[]>;
  /** Room for a frame of that length, to be filled and handed to `write`. It lasts until the next call of either. */
  room(length: number): Frame;
  /** As the device's `write`. Segments of the size that is asked for are within the MTU. */
  write(offloaded: OffloadedFrame): boolean;
}

/** What a device brings by either door. */
export type Arriving = Frame | OffloadedFrame;

/** The frames that a link would carry: no segment longer than it should be, every checksum complete. */
export function plainFrames(arriving: Arriving): readonly Frame[] {
  if (arriving instanceof Uint8Array) return [arriving];
  const { frame, segmentSize, checksum, parts } = arriving;
  if (parts !== undefined) return parts.flatMap(plainFrames);
  if (segmentSize === 0 && checksum !== 'partial') return [frame];
  return splitTcp(frame, segmentSize > 0 ? segmentSize : frame.length);
}
