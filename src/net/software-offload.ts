/**
 * Offload for a device that has none: segments that arrive one behind the other are joined, and what is too long is cut up,
 * right at the device. So the stack takes one step for what is many frames on the link (Linux calls it GRO and GSO).
 */

import { map } from 'rxjs';
import { joinsTcp, joinTcp, splitTcp, verifiesTcp } from '../wire/index.ts';
import { Slab } from '../wire/slab.ts';
import type { Arriving, Device, Frame, Offload, OffloadedFrame } from './device.ts';

/** What the length field of an IPv4 header can say. */
const LONGEST_FRAME = 65_535;

/**
 * @param device what it is for: frames within the MTU are written to it, complete ones
 */
export function softwareOffload(device: Pick<Device, 'mtu' | 'frames$' | 'write'>): Offload {
  const slab = new Slab();
  const large = new Uint8Array(LONGEST_FRAME);
  const write = ({ frame, segmentSize, checksum }: OffloadedFrame): boolean => {
    if (segmentSize === 0 && checksum !== 'partial') return device.write(frame);
    let ready = true;
    for (const segment of splitTcp(frame, segmentSize > 0 ? segmentSize : frame.length))
      ready = device.write(segment) && ready;
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

function offloaded(arriving: Arriving): OffloadedFrame {
  return arriving instanceof Uint8Array
    ? { frame: arriving, segmentSize: 0, checksum: 'complete' }
    : arriving;
}

/**
 * The frames of a batch, in their order, with those joined that follow one another and are right: what one sender would
 * have been able to hand to a device in one piece. All others stay as they are.
 */
export function joinedSegments(frames: readonly Frame[]): readonly Arriving[] {
  const result: Arriving[] = [];
  let run: Frame[] = [];
  let length = 0;
  const end = (): void => {
    const joined = run.length > 1 ? joinTcp(run) : undefined;
    if (joined === undefined) result.push(...run);
    else result.push({ ...joined, checksum: 'verified' });
    run = [];
    length = 0;
  };
  for (const frame of frames) {
    const previous = run[run.length - 1];
    const joins =
      previous !== undefined &&
      joinsTcp(previous, frame) &&
      length + frame.length <= LONGEST_FRAME &&
      (run.length > 1 || verifiesTcp(previous)) &&
      verifiesTcp(frame);
    if (!joins) end();
    run.push(frame);
    length += frame.length;
  }
  end();
  return result;
}
