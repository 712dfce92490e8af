import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, optionWords, sackBlocks } from '../../../inspector/src/ladder/decode.ts';
import { encodeTcp, FLAG, NO_BYTES, parseAddress } from '../../../src/wire/index.ts';

const addresses = { src: parseAddress('198.18.0.1')!, dst: parseAddress('198.18.0.2')! };

function syn(text: Uint8Array = NO_BYTES, of = addresses): Uint8Array {
  return encodeTcp(of, {
    srcPort: 3_337,
    dstPort: 7_788,
    seq: 3_626_544_836,
    ack: 0,
    flags: FLAG.SYN,
    wnd: 65_535,
    up: 0,
    options: {
      mss: 1_460,
      windowScale: 5,
      sackPermitted: true,
      sack: [],
      timestamps: { value: 12, echo: 3 },
      userTimeout: { unit: 'minutes', value: 5 },
    },
    text,
  });
}

const fieldOf = (bytes: Uint8Array, name: string, length?: number): string | undefined =>
  decode(bytes, length).find((field) => field.name === name)?.value;

describe("the ladder's decode", () => {
  it('takes a SYN apart, down to its options', () => {
    const bytes = syn();
    expect(fieldOf(bytes, 'Source')).toBe('198.18.0.1');
    expect(fieldOf(bytes, 'Sequence number')).toBe('3626544836');
    expect(fieldOf(bytes, 'Flags')).toBe('0x02 SYN');
    expect(fieldOf(bytes, 'Maximum segment size')).toBe('1460');
    expect(fieldOf(bytes, 'User timeout')).toBe('5 minutes');
    expect(fieldOf(bytes, 'Header checksum')).toMatch(/, good$/);
    expect(fieldOf(bytes, 'Checksum')).toMatch(/, good$/);
    expect(optionWords(bytes)).toEqual(['mss 1460', 'sackOK', 'TS 12 3', 'ws 5', 'uto 5m']);
  });

  it('finds a flipped bit by the checksum', () => {
    const bytes = syn(new TextEncoder().encode('hello'));
    bytes[bytes.length - 1]! ^= 1;
    expect(fieldOf(bytes, 'Checksum')).toMatch(/, bad$/);
  });

  it('does not call a masked segment bad', () => {
    const bytes = syn(new TextEncoder().encode('hello'));
    const cut = bytes.subarray(0, bytes.length - 5);
    expect(fieldOf(cut, 'Checksum', bytes.length)).toContain('masked');
    expect(fieldOf(cut, 'Text', bytes.length)).toBe('5 octets, 5 of them masked');
  });

  it('writes IPv6 addresses as RFC 5952 does', () => {
    const bytes = syn(NO_BYTES, { src: parseAddress('fd00::1')!, dst: parseAddress('fd00:0:0:1::2')! });
    expect(fieldOf(bytes, 'Source')).toBe('fd00::1');
    expect(fieldOf(bytes, 'Destination')).toBe('fd00:0:0:1::2');
    expect(fieldOf(bytes, 'Checksum')).toMatch(/, good$/);
  });

  it('reads the blocks of SACK, absolute and relative', () => {
    const bytes = encodeTcp(addresses, {
      srcPort: 1,
      dstPort: 2,
      seq: 5,
      ack: 1_000,
      flags: FLAG.ACK,
      wnd: 10,
      up: 0,
      options: {
        mss: undefined,
        windowScale: undefined,
        sackPermitted: false,
        sack: [{ left: 2_000, right: 3_000 }],
        timestamps: undefined,
        userTimeout: undefined,
      },
      text: NO_BYTES,
    });
    expect(sackBlocks(bytes)).toEqual([{ left: 2_000, right: 3_000 }]);
    expect(optionWords(bytes, 900)).toEqual(['sack 1100–2100']);
  });

  it('covers each octet of a good frame, and never looks beyond the end of any', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (noise, real) => {
        const bytes = real ? syn(noise) : noise;
        const fields = decode(bytes);
        for (const { from, to } of fields) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(bytes.length);
        }
        if (!real) return;
        const covered = new Set(
          fields.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at)),
        );
        expect(covered.size).toBe(bytes.length);
      }),
    );
  });
});
