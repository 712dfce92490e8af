import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Transmissions } from '../../../../src/tcp/recovery/transmissions.ts';

type Entry = readonly [start: number, end: number, sentMs: number];

function entries(list: Transmissions): Entry[] {
  return Array.from({ length: list.length }, (_, i) => [list.start(i), list.end(i), list.sentMs(i)] as const);
}

/** Versions of one list: each change is made to any of those made before. */
const steps = fc.array(
  fc.record({
    version: fc.nat(),
    drop: fc.option(fc.nat(300), { nil: undefined }),
    length: fc.integer({ min: 1, max: 50 }),
    laterMs: fc.nat(3),
  }),
  { maxLength: 300 },
);

describe('the list of transmissions', () => {
  it('is a value: whatever is done to one version, the others keep what they had', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const versions: { list: Transmissions; expected: Entry[] }[] = [
          { list: Transmissions.none, expected: [] },
        ];
        for (const { version, drop, length, laterMs } of list) {
          const from = versions[version % versions.length]!;
          const [, end, ms] = from.expected.at(-1) ?? [0, 0, 0];
          const entry: Entry = [end, end + length, ms + laterMs];
          versions.push(
            drop === undefined
              ? { list: from.list.append(...entry), expected: [...from.expected, entry] }
              : { list: from.list.from(drop), expected: from.expected.slice(drop) },
          );
        }
        for (const { list: made, expected } of versions) expect(entries(made)).toEqual(expected);
      }),
    );
  });

  it('finds what ends before a position, and what was sent before a transmission', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(2)), { maxLength: 40 }),
        fc.nat(200),
        fc.nat(60),
        (sizes, position, ms) => {
          let list = Transmissions.none;
          let at = 0;
          let now = 0;
          for (const [size, later] of sizes) {
            now += later;
            list = list.append(at, at + size, now);
            at += size;
          }
          const all = entries(list);
          expect(list.countUpTo(position)).toBe(all.filter(([, end]) => end <= position).length);
          expect(list.countSentBefore(ms, position)).toBe(
            all.filter(([, end, sentMs]) => sentMs < ms || (sentMs === ms && end <= position)).length,
          );
        },
      ),
    );
  });

  it('holds nothing once all is acknowledged', () => {
    const list = Transmissions.none.append(0, 10, 1).append(10, 20, 2);
    expect(list.from(2)).toBe(Transmissions.none);
  });
});
