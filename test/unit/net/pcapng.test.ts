import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoseconds, pcapngHeader, pcapngPacket } from '../../../src/net/pcapng.ts';

interface Block {
  readonly type: number;
  readonly body: DataView;
}

/** Cuts a capture into its blocks and holds both copies of each length against each other. */
function blocksOf(bytes: Uint8Array): Block[] {
  const blocks: Block[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(at + length - 4, true)).toBe(length);
    blocks.push({
      type: view.getUint32(at, true),
      body: new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 12),
    });
    at += length;
  }
  return blocks;
}

/** The options from `at` on as code → bytes; checks that they end where the block ends. */
function optionsOf(body: DataView, at: number): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  if (at === body.byteLength) return options;
  let place = at;
  for (;;) {
    const code = body.getUint16(place, true);
    const length = body.getUint16(place + 2, true);
    if (code === 0) {
      expect(length).toBe(0);
      expect(place + 4).toBe(body.byteLength);
      return options;
    }
    options.set(code, new Uint8Array(body.buffer, body.byteOffset + place + 4, length));
    place += 4 + ((length + 3) & ~3);
  }
}

const text = (bytes: Uint8Array | undefined) => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

describe('the header of a capture', () => {
  test('is a section of version 1.0 and unknown length, then one interface of raw IP in nanoseconds', () => {
    const [section, description, ...rest] = blocksOf(pcapngHeader());
    expect(rest).toEqual([]);
    expect(section!.type).toBe(0x0a0d0d0a);
    expect(section!.body.getUint32(0, true)).toBe(0x1a2b3c4d);
    expect([section!.body.getUint16(4, true), section!.body.getUint16(6, true)]).toEqual([1, 0]);
    expect(section!.body.getBigInt64(8, true)).toBe(-1n);
    expect(text(optionsOf(section!.body, 16).get(4))).toBe('statewire');

    expect(description!.type).toBe(1);
    expect(description!.body.getUint16(0, true)).toBe(101);
    expect(description!.body.getUint32(4, true)).toBe(0);
    const options = optionsOf(description!.body, 8);
    expect([...options.keys()]).toEqual([9]);
    expect([...options.get(9)!]).toEqual([9]);
  });

  test('names the application, the interface and the snap length that it is given', () => {
    const header = pcapngHeader({ application: 'a program', interfaceName: 'sw0', snapLength: 128 });
    const [section, description] = blocksOf(header);
    expect(text(optionsOf(section!.body, 16).get(4))).toBe('a program');
    expect(text(optionsOf(description!.body, 8).get(2))).toBe('sw0');
    expect(description!.body.getUint32(4, true)).toBe(128);
  });
});

describe('a packet of a capture', () => {
  test('carries its bytes, time, direction and comment', () => {
    const direction = fc.constantFrom('in' as const, 'out' as const, undefined);
    const comment = fc.option(fc.string({ unit: 'grapheme', maxLength: 60 }), { nil: undefined });
    const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        time,
        direction,
        comment,
        (frame, timeNs, way, words) => {
          const [packet, ...rest] = blocksOf(
            pcapngPacket(frame, timeNs, {
              ...(way === undefined ? {} : { direction: way }),
              ...(words === undefined ? {} : { comment: words }),
            }),
          );
          expect(rest).toEqual([]);
          const { type, body } = packet!;
          expect(type).toBe(6);
          expect(body.getUint32(0, true)).toBe(0);
          expect((BigInt(body.getUint32(4, true)) << 32n) | BigInt(body.getUint32(8, true))).toBe(timeNs);
          expect([body.getUint32(12, true), body.getUint32(16, true)]).toEqual([frame.length, frame.length]);
          expect(new Uint8Array(body.buffer, body.byteOffset + 20, frame.length)).toEqual(frame);
          const options = optionsOf(body, 20 + ((frame.length + 3) & ~3));
          expect(options.has(1)).toBe(words !== undefined);
          if (words !== undefined) expect(text(options.get(1))).toBe(words);
          expect(options.get(2)?.[0]).toBe(way === undefined ? undefined : way === 'in' ? 1 : 2);
        },
      ),
    );
  });

  test('keeps its full length in mind when it is cut to the snap length', () => {
    const lengths = (frame: Uint8Array) => {
      const [packet] = blocksOf(pcapngPacket(frame, 0n, { snapLength: 64 }));
      return [packet!.body.getUint32(12, true), packet!.body.getUint32(16, true), packet!.body.byteLength];
    };
    expect(lengths(new Uint8Array(64))).toEqual([64, 64, 84]);
    expect(lengths(new Uint8Array(65))).toEqual([64, 65, 84]);
  });

  test('cuts a comment too long for its option between two characters', () => {
    const commentOf = (comment: string) => {
      const [packet] = blocksOf(pcapngPacket(new Uint8Array(20), 0n, { comment }));
      return text(optionsOf(packet!.body, 40).get(1));
    };
    expect(commentOf('a'.repeat(65_535))).toHaveLength(65_535);
    expect(commentOf('a'.repeat(65_536))).toBe('a'.repeat(65_535));
    expect(commentOf(`${'a'.repeat(65_534)}é`)).toBe('a'.repeat(65_534));
  });
});

describe('a time of a capture', () => {
  test('is nanoseconds, rounded, from an origin of any size', () => {
    expect(nanoseconds(0)).toBe(0n);
    expect(nanoseconds(1.000001)).toBe(1_000_001n);
    expect(nanoseconds(12.3456789)).toBe(12_345_679n);
    expect(nanoseconds(0.5, 1_700_000_000_000_000_001n)).toBe(1_700_000_000_000_500_001n);
  });
});
