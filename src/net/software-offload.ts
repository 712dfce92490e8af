/**
 * Offload for a device that has none: segments that arrive one behind the other are joined, and what is too long is cut up,
 * right at the device. So the stack takes one step for what is many frames on the link (Linux calls it GRO and GSO).
 */

import { map, type Observable } from 'rxjs';
import { completeTcp, joinedTcp, joinsTcp, splitTcp, verifiesTcp } from '../wire/index.ts';
import { Slab } from '../wire/slab.ts';
import { type Arriving, type Frame, type Offload, type OffloadedFrame, plainFrames } from './device.ts';

/** What the length field of an IPv4 header can say. */
const LONGEST_FRAME = 65_535;

/** What is behind the door: frames within the MTU, whose checksums may be partial where the link vouches for its bytes. */
export interface JoinedDevice {
  readonly mtu: number;
  readonly frames$: Observable<readonly Arriving[]>;
  write(frame: Frame, checksum: 'complete' | 'partial'): boolean;
}

/**
 * @param device what it is for
 * @param checksums `partial` where the link vouches for the bytes: they are neither computed nor looked at
 */
export function softwareOffload(
  device: JoinedDevice,
  checksums: 'complete' | 'partial' = 'complete',
): Offload {
  const slab = new Slab();
  const large = new Uint8Array(LONGEST_FRAME);
  const write = (offloaded: OffloadedFrame): boolean => {
    const { frame, segmentSize, checksum } = offloaded;
    // Somebody looks, and has been told of these.
    if (offloaded.parts !== undefined)
      return plainFrames(offloaded).reduce((ready, part) => device.write(part, 'complete') && ready, true);
    if (segmentSize === 0) {
      const completes = checksum === 'partial' && checksums === 'complete';
      if (completes) completeTcp(frame);
      return device.write(frame, checksum === 'partial' ? checksums : 'complete');
    }
    let ready = true;
    for (const segment of splitTcp(frame, segmentSize, checksums)) {
      ready = device.write(segment, checksums) && ready;
    }
    return ready;
  };
  return {
    largest: LONGEST_FRAME,
    checksums: true,
    frames$: device.frames$.pipe(map((batch) => joinedSegments(batch).map(offloaded))),
    room: (length) => (length <= device.mtu ? slab.take(length) : large.subarray(0, length)),
    write,
  };
}

/** As one that has come by the second door of a device. */
export function offloaded(arriving: Arriving): OffloadedFrame {
  return arriving instanceof Uint8Array
    ? { frame: arriving, segmentSize: 0, checksum: 'complete' }
    : arriving;
}

/**
 * The frames of a batch, in their order, with those joined that follow one another and are right: what one sender would
 * have been able to hand to a device in one piece. All others stay as they are.
 */
export function joinedSegments(batch: readonly Arriving[]): readonly Arriving[] {
  const result: Arriving[] = [];
  let run: Frame[] = [];
  let length = 0;
  let begin = 0;
  const end = (behind: number): void => {
    if (run.length > 1) {
      const { frame, segmentSize } = joinedTcp(run);
      result.push({ frame, segmentSize, checksum: 'verified', parts: batch.slice(begin, behind) });
    } else if (behind > begin) result.push(batch[begin]!);
    run = [];
    length = 0;
    begin = behind;
  };
  for (let index = 0; index < batch.length; index++) {
    const arriving = batch[index]!;
    const frame = bytesOf(arriving);
    const previous = run[run.length - 1];
    const joins =
      previous !== undefined &&
      length + frame.length <= LONGEST_FRAME &&
      isSegment(arriving) &&
      joinsTcp(previous, frame, run[0]) &&
      (run.length > 1 || isRight(batch[begin]!)) &&
      isRight(arriving);
    if (!joins) end(index);
    run.push(frame);
    length += frame.length;
  }
  end(batch.length);
  return result;
}

function bytesOf(arriving: Arriving): Frame {
  return arriving instanceof Uint8Array ? arriving : arriving.frame;
}

/** One segment, and not several that have been joined before. */
function isSegment(arriving: Arriving): boolean {
  return arriving instanceof Uint8Array || arriving.segmentSize === 0;
}

function isRight(arriving: Arriving): boolean {
  if (arriving instanceof Uint8Array) return verifiesTcp(arriving);
  return arriving.checksum !== 'complete' || verifiesTcp(arriving.frame);
}
