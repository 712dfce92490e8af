import { describe, expect, it } from 'vitest';
import { checksum } from '../../../src/wire/checksum.ts';
import { ECN, ecnOf, markCongestion } from '../../../src/wire/ecn.ts';

/** A header of 20 or 40 octets, and some octets behind it. */
function frame(version: 4 | 6, ecn: number, filler = 0x5a): Uint8Array {
  const bytes = new Uint8Array(60).fill(filler);
  if (version === 6) {
    bytes[0] = 0x6b;
    bytes[1] = (ecn << 4) | 0xc;
    return bytes;
  }
  bytes[0] = 0x45;
  bytes[1] = 0xb8 | ecn;
  bytes.set([0, 0], 10);
  const sum = checksum(bytes, 0, 20);
  bytes.set([sum >> 8, sum & 0xff], 10);
  return bytes;
}

describe('the mark of congestion', () => {
  for (const version of [4, 6] as const) {
    it(`is set where the sender takes it, and nothing else changes (IPv${version})`, () => {
      for (const ecn of [ECN.ECT_0, ECN.ECT_1, ECN.CE]) {
        for (const filler of [0, 0x5a, 0xff]) {
          const marked = frame(version, ecn, filler);
          expect(markCongestion(marked)).toBe(true);
          expect(ecnOf(marked)).toBe(ECN.CE);
          expect(marked).toEqual(frame(version, ECN.CE, filler));
          if (version === 4) expect(checksum(marked, 0, 20)).toBe(0);
        }
      }
    });

    it(`is not set where the sender takes none (IPv${version})`, () => {
      const bytes = frame(version, ECN.NOT_ECT);
      expect(markCongestion(bytes)).toBe(false);
      expect(bytes).toEqual(frame(version, ECN.NOT_ECT));
    });
  }

  it('is not set on what is no packet', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array([0x45, 0x02]), new Uint8Array(60).fill(0x13)])
      expect(markCongestion(bytes)).toBe(false);
  });
});
