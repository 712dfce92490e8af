import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trim } from '../../../src/tcp/acceptable.ts';
import {
  acceptable,
  ackInRange,
  add,
  distance,
  type Segment,
  seq,
  type Tcb,
} from '../../../src/tcp/index.ts';
import { FLAG, NO_OPTIONS } from '../../../src/wire/index.ts';

const starts = [0, 1, 1_000, 2 ** 31 - 3, 2 ** 31, 2 ** 32 - 5, 2 ** 32 - 1] as const;

function segment(at: number, octets: number, flags: number = FLAG.ACK): Segment {
  return {
    kind: 'tcp',
    srcPort: 1,
    dstPort: 2,
    seq: seq(at),
    ack: seq(0),
    flags,
    wnd: 0,
    up: 0,
    options: NO_OPTIONS,
    text: Uint8Array.from({ length: octets }, (_, index) => index),
  };
}

const receiver = (nxt: number, wnd: number) => ({ rcv: { nxt: seq(nxt), wnd } }) as Pick<Tcb, 'rcv'>;

/** Table 6, in numbers that do not wrap: offsets from RCV.NXT. */
function byTable6(offset: number, length: number, wnd: number): boolean {
  if (length === 0) return wnd === 0 ? offset === 0 : offset >= 0 && offset < wnd;
  if (wnd === 0) return false;
  const last = offset + length - 1;
  return (offset >= 0 && offset < wnd) || (last >= 0 && last < wnd);
}

describe('the test of table 6', () => {
  for (const nxt of starts) {
    it(`holds at both sides of every edge, with RCV.NXT at ${nxt}`, () => {
      for (const wnd of [0, 1, 2, 10, 65_535, 2 ** 30]) {
        for (const length of [0, 1, 2, 9, 10, 11]) {
          for (const edge of [0, wnd, -length]) {
            for (const offset of [edge - 2, edge - 1, edge, edge + 1, edge + 2]) {
              const told = acceptable(receiver(nxt, wnd), segment(add(seq(nxt), offset), length));
              expect(told, `offset ${offset}, length ${length}, window ${wnd}`).toBe(
                byTable6(offset, length, wnd),
              );
            }
          }
        }
      }
    });
  }

  it('counts SYN and FIN as octets', () => {
    expect(acceptable(receiver(100, 0), segment(100, 0))).toBe(true);
    expect(acceptable(receiver(100, 0), segment(100, 0, FLAG.FIN | FLAG.ACK))).toBe(false);
    expect(acceptable(receiver(100, 5), segment(99, 0, FLAG.FIN | FLAG.ACK))).toBe(false);
    expect(acceptable(receiver(100, 5), segment(99, 1, FLAG.FIN | FLAG.ACK))).toBe(true);
    expect(acceptable(receiver(100, 5), segment(99, 0, FLAG.SYN | FLAG.FIN))).toBe(true);
  });
});

describe('what is cut to the window', () => {
  it('is each octet in it, and no other', () => {
    const offsets = fc.integer({ min: -60, max: 60 });
    const sizes = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        offsets,
        sizes,
        sizes,
        fc.constantFrom(0, FLAG.FIN, FLAG.SYN, FLAG.SYN | FLAG.FIN),
        (nxt, offset, octets, wnd, flags) => {
          const arrived = segment(add(seq(nxt), offset), octets, FLAG.ACK | flags);
          fc.pre(acceptable(receiver(nxt, wnd), arrived));
          const { left, text, fin } = trim(receiver(nxt, wnd), arrived);
          const first = offset + ((flags & FLAG.SYN) === 0 ? 0 : 1);
          const inside = Array.from({ length: octets }, (_, index) => index).filter(
            (index) => first + index >= 0 && first + index < wnd,
          );
          expect([...text]).toEqual(inside);
          if (inside.length > 0) expect(distance(left, seq(nxt))).toBe(first + inside[0]!);
          const finAt = first + octets;
          const finInside = (flags & FLAG.FIN) !== 0 && finAt >= 0 && finAt < wnd;
          expect(fin === undefined ? undefined : distance(fin, seq(nxt))).toBe(finInside ? finAt : undefined);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('the range of ACKs that are looked at (RFC 5961 section 5)', () => {
  for (const una of starts) {
    it(`is SND.UNA − MAX.SND.WND … SND.NXT, with SND.UNA at ${una}`, () => {
      const maxWnd = 1_000;
      const flight = 500;
      const tcb = { snd: { una: seq(una), nxt: add(seq(una), flight), maxWnd } } as Pick<Tcb, 'snd'>;
      const inRange = (offset: number) => ackInRange(tcb, add(seq(una), offset));
      expect([-1_001, -1_000, -1, 0, 1, 499, 500, 501].map(inRange)).toEqual([
        false,
        true,
        true,
        true,
        true,
        true,
        true,
        false,
      ]);
      expect([2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1].map(inRange)).toEqual([false, false, false]);
    });
  }
});
