/** Offload for devices that have none: joined right behind the device, cut up right before it. */

import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Frame,
  joinedSegments,
  type OffloadedFrame,
  plainFrames,
  softwareOffload,
} from '../../../src/net/index.ts';
import { encodeTcp, FLAG, NO_OPTIONS, parseAddress, splitTcp } from '../../../src/wire/index.ts';

const ADDRESSES = {
  4: { src: parseAddress('198.18.0.1')!, dst: parseAddress('198.18.0.2')! },
  6: { src: parseAddress('fd00::1')!, dst: parseAddress('fd00::2')! },
};

interface Burst {
  readonly version: 4 | 6;
  readonly port: number;
  readonly length: number;
  readonly size: number;
  readonly push: boolean;
}

/** What one sender has cut from one write: whole frames, their checksums right. */
function cut({ version, port, length, size, push }: Burst, seq = 5): Frame[] {
  const segment = {
    srcPort: port,
    dstPort: 80,
    seq,
    ack: 9,
    flags: FLAG.ACK | (push ? FLAG.PSH : 0),
    wnd: 100,
    up: 0,
    options: { ...NO_OPTIONS, timestamps: { value: 1, echo: 2 } },
    text: Uint8Array.from({ length }, (_, index) => index * 7),
  };
  return splitTcp(encodeTcp(ADDRESSES[version], segment), size);
}

const burst: fc.Arbitrary<Burst> = fc.record({
  version: fc.constantFrom(4, 6),
  port: fc.integer({ min: 1, max: 3 }),
  length: fc.nat(300),
  size: fc.integer({ min: 20, max: 100 }),
  push: fc.boolean(),
});

const BURST: Burst = { version: 4, port: 1, length: 5_000, size: 1_448, push: true };

describe('frames that arrive in one batch', () => {
  it('are joined to nothing else than what is cut to the same frames in the same order', () => {
    const damage = fc.array(fc.tuple(fc.nat(40), fc.nat(400)), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(burst, { maxLength: 6 }), damage, (bursts, damages) => {
        const frames = bursts.flatMap((each) => cut(each));
        for (const [index, at] of damages) {
          const frame = frames[index];
          if (frame !== undefined) frame[at % frame.length]! ^= 0x10;
        }
        const before = frames.map((frame) => Buffer.from(frame));
        const after = joinedSegments(frames).flatMap(plainFrames);
        expect(after.map((frame) => Buffer.from(frame))).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it.each([4, 6] as const)(
    'become one of IPv%s where one follows the other, and say how long each was',
    (version) => {
      const [joined, ...others] = joinedSegments(cut({ ...BURST, version })) as OffloadedFrame[];
      expect(others).toEqual([]);
      expect(joined).toMatchObject({ segmentSize: 1_448, checksum: 'verified' });
      expect(joined!.frame.length).toBe((version === 4 ? 20 : 40) + 32 + 5_000);
    },
  );

  it('stay apart where another connection is between them', () => {
    const [a, b, c] = cut(BURST) as [Frame, Frame, Frame];
    const [other] = cut({ ...BURST, port: 2 }) as [Frame];
    expect(joinedSegments([a, other, b, c])).toEqual([
      a,
      other,
      expect.objectContaining({ segmentSize: 1_448 }),
    ]);
  });

  it('are left to the stack where a checksum is wrong, which counts them', () => {
    const frames = cut(BURST);
    frames[1]![100]! ^= 1;
    const result = joinedSegments(frames);
    expect(result.slice(0, 2)).toEqual(frames.slice(0, 2));
    expect(result[2]).toMatchObject({ segmentSize: 1_448, checksum: 'verified' });
  });

  it('are joined to 65,535 bytes at most', () => {
    const one = { ...BURST, version: 6, push: false } as const;
    const frames = [0, 1].flatMap((half) => cut({ ...one, length: 40 * 1_448 }, 5 + half * 40 * 1_448));
    const lengths = joinedSegments(frames).map((each) => (each as OffloadedFrame).frame.length);
    expect(lengths).toEqual([72 + 43 * 1_448, 72 + 37 * 1_448]);
  });

  it('that acknowledge only are not joined: each says something of its own', () => {
    const ack = cut({ ...BURST, length: 0 })[0]!;
    expect(joinedSegments([ack, ack.slice()])).toHaveLength(2);
  });
});

describe('a super-segment', () => {
  function device(answers: boolean[] = []) {
    const written: Frame[] = [];
    const frames$ = new Subject<readonly Frame[]>();
    const write = (frame: Frame): boolean => {
      written.push(frame);
      return answers.shift() ?? true;
    };
    return { written, frames$, offload: softwareOffload({ mtu: 1_500, frames$, write }) };
  }
  const whole = (): OffloadedFrame => {
    const [joined] = joinedSegments(cut(BURST)) as OffloadedFrame[];
    return { ...joined!, checksum: 'partial' };
  };

  it('is written to the device in segments that are whole', () => {
    const { written, offload } = device();
    expect(offload.write(whole())).toBe(true);
    expect(written.map((frame) => Buffer.from(frame))).toEqual(cut(BURST).map((frame) => Buffer.from(frame)));
  });

  it('is written to its end all the same where the device is full, and the writer hears of it', () => {
    const { written, offload } = device([true, false]);
    expect(offload.write(whole())).toBe(false);
    expect(written).toHaveLength(4);
  });

  it('is not written over by the next one: frames have memory of their own', () => {
    const { written, offload } = device();
    for (const seq of [5, 6]) {
      const frame = cut({ ...BURST, length: 100 }, seq)[0]!;
      const room = offload.room(frame.length);
      room.set(frame);
      offload.write({ frame: room, segmentSize: 0, checksum: 'partial' });
    }
    expect(written.map((frame) => frame[27])).toEqual([5, 6]);
  });

  it('comes out of the device by batches, joined', () => {
    const { frames$, offload } = device();
    const batches: (readonly OffloadedFrame[])[] = [];
    offload.frames$.subscribe((batch) => batches.push(batch));
    const frames = cut(BURST);
    frames$.next(frames.slice(0, 1));
    frames$.next(frames.slice(1));
    expect(batches.map((batch) => batch.map((each) => each.segmentSize))).toEqual([[0], [1_448]]);
    expect(batches[0]![0]).toEqual({ frame: frames[0], segmentSize: 0, checksum: 'complete' });
  });
});
