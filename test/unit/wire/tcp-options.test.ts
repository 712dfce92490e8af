import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTcpOptions,
  encodedTcpOptionsLength,
  MALFORMED,
  NO_OPTIONS,
  type TcpOptions,
  writeTcpOptions,
} from '../../../src/wire/index.ts';
import { tcpOptions } from './arbitraries.ts';
import { hex } from './frames.ts';

function decoded(digits: string) {
  const bytes = hex(digits);
  return decodeTcpOptions(bytes, 0, bytes.length);
}

function encoded(options: Partial<TcpOptions>): Uint8Array {
  const all = { ...NO_OPTIONS, ...options };
  const bytes = new Uint8Array(encodedTcpOptionsLength(all));
  writeTcpOptions(bytes, 0, all);
  return bytes;
}

const TIMESTAMPS = { value: 0xfedc_ba98, echo: 0x0123_4567 };
const BLOCKS = [1, 2, 3, 4, 5].map((n) => ({ left: n * 0x1000_0000, right: n * 0x1000_0000 + 1 }));

describe('TCP options', () => {
  it('are read back as they were written, at any offset', () => {
    fc.assert(
      fc.property(tcpOptions, fc.nat(9), (options, offset) => {
        const length = encodedTcpOptionsLength(options);
        const bytes = new Uint8Array(offset + length);
        expect(writeTcpOptions(bytes, offset, options)).toBe(offset + length);
        expect(decodeTcpOptions(bytes, offset, offset + length)).toEqual(options);
      }),
      { numRuns: 500 },
    );
  });

  it('take a multiple of 4 bytes, and never more than 40', () => {
    const tooMany = tcpOptions.map((options) => ({ ...options, sack: BLOCKS }));
    fc.assert(
      fc.property(tooMany, (options) => {
        const length = encodedTcpOptionsLength(options);
        expect(length % 4).toBe(0);
        expect(length).toBeLessThanOrEqual(40);
      }),
    );
  });

  it.each([
    ['nothing', {}, ''],
    ['MSS', { mss: 1460 }, '020405b4'],
    ['window scale', { windowScale: 7 }, '01030307'],
    ['SACK permitted', { sackPermitted: true }, '01010402'],
    ['timestamps', { timestamps: TIMESTAMPS }, '0101080a fedcba98 01234567'],
    ['user timeout', { userTimeout: { unit: 'seconds' as const, value: 300 } }, '1c04012c'],
    ['user timeout in minutes', { userTimeout: { unit: 'minutes' as const, value: 32_767 } }, '1c04ffff'],
    ['SACK', { sack: BLOCKS.slice(0, 1) }, '0101050a 10000000 10000001'],
    [
      'all that a SYN has, in the order of Linux',
      { mss: 1460, sackPermitted: true, timestamps: TIMESTAMPS, windowScale: 7 },
      '020405b4 0402080a fedcba98 01234567 01030307',
    ],
    [
      'timestamps and SACK',
      { timestamps: TIMESTAMPS, sack: BLOCKS.slice(0, 2) },
      '0101080a fedcba98 01234567 01010512 10000000 10000001 20000000 20000001',
    ],
  ])('are laid out on 32-bit boundaries: %s', (_, options, expected) => {
    expect(encoded(options)).toEqual(hex(expected));
  });

  it.each([
    ['alone', {}, 4],
    ['beside timestamps', { timestamps: TIMESTAMPS }, 3],
    ['on a SYN', { mss: 1460, sackPermitted: true, timestamps: TIMESTAMPS, windowScale: 7 }, 2],
  ])('have room for so many SACK blocks %s', (_, others, count) => {
    const bytes = encoded({ ...others, sack: BLOCKS });
    expect(decodeTcpOptions(bytes, 0, bytes.length)).toEqual({
      ...NO_OPTIONS,
      ...others,
      sack: BLOCKS.slice(0, count),
    });
  });

  it('may be none', () => {
    expect(decodeTcpOptions(hex('ffff'), 1, 1)).toBe(NO_OPTIONS);
  });

  it('are read at any boundary', () => {
    expect(decoded('04 02 03 03 07 08 0a fedcba98 01234567 02 04 05b4 01')).toEqual({
      ...NO_OPTIONS,
      sackPermitted: true,
      windowScale: 7,
      timestamps: TIMESTAMPS,
      mss: 1460,
    });
  });

  it('may fill all of the 40 bytes', () => {
    expect(decoded(`0101080a fedcba98 01234567 0101051a ${'aaaaaaaa bbbbbbbb'.repeat(3)}`)).toMatchObject({
      timestamps: TIMESTAMPS,
      sack: new Array(3).fill({ left: 0xaaaa_aaaa, right: 0xbbbb_bbbb }),
    });
    expect(decoded('01'.repeat(40))).toEqual(NO_OPTIONS);
    expect(decoded(`fe28${'00'.repeat(38)}`)).toEqual(NO_OPTIONS);
  });

  it('end at an end-of-list, whatever stands behind it', () => {
    expect(decoded('020405b4 00 030307')).toEqual({ ...NO_OPTIONS, mss: 1460 });
    expect(decoded('00 0200ff')).toEqual(NO_OPTIONS);
  });

  it('that nobody knows are skipped by their length (MUST-6)', () => {
    expect(decoded('fd 06 02040001 020405b4 fe02')).toEqual({ ...NO_OPTIONS, mss: 1460 });
  });

  it.each([
    ['MSS of 3 bytes', '020305 020405b4', { mss: 1460 }],
    ['MSS of 6 bytes', '020605b40000 020405b5', { mss: 1461 }],
    ['window scale of 4 bytes', '03040700', {}],
    ['SACK permitted of 3 bytes', '040300', {}],
    ['timestamps of 8 bytes', '0808 fedcba98 0123', {}],
    ['user timeout of 3 bytes', '1c0301', {}],
    ['user timeout of nothing', '1c040000 1c048000 1c040001', { userTimeout: { unit: 'seconds', value: 1 } }],
    ['SACK of no blocks', '0502', {}],
    ['SACK of half a block', '0506 10000000', {}],
    ['SACK of one block and a half', '050e 10000000 10000001 20000000', {}],
  ])('that are known but of a length not theirs are skipped: %s', (_, digits, expected) => {
    expect(decoded(digits)).toEqual({ ...NO_OPTIONS, ...expected });
  });

  it('that are there twice count as they were the first time', () => {
    const twice = '02040001 02040002 030301 030302 080a0000000100000002 080a0000000300000004';
    expect(decoded(twice)).toMatchObject({ mss: 1, windowScale: 1, timestamps: { value: 1, echo: 2 } });
    const sacks = '050a 10000000 10000001 050a 20000000 20000001';
    expect(decoded(sacks)).toMatchObject({ sack: BLOCKS.slice(0, 1) });
  });

  it.each([
    ['00', 0],
    ['0e', 14],
    ['0f', 14],
    ['ff', 14],
  ])('have a window scale of at most 14: 0x%s is %d', (digits, shift) => {
    expect(decoded(`0303${digits}`)).toMatchObject({ windowScale: shift });
  });

  it.each([
    ['length 0', '0200 05b4'],
    ['length 1', '0201 05b4'],
    ['an unknown one of length 0', '020405b4 fd00'],
    ['an unknown one of length 1', 'fd01 020405b4'],
    ['no room for the length', '010101 02'],
    ['a length one byte too long', '0205 05b4'],
    ['a length far too long', '08ff fedcba98 01234567'],
    ['SACK blocks cut short', '0512 10000000 10000001'],
    ['timestamps cut short behind padding', '0101080a fedcba98 012345'],
  ])('are refused for a length that leads nowhere (MUST-7): %s', (_, digits) => {
    expect(decoded(digits)).toBe(MALFORMED['tcp.option-length']);
  });

  it('are only looked for in the bytes that are theirs', () => {
    const bytes = hex('01 0204 05b4');
    expect(decodeTcpOptions(bytes, 0, 4)).toBe(MALFORMED['tcp.option-length']);
    expect(decodeTcpOptions(bytes, 1, 5)).toEqual({ ...NO_OPTIONS, mss: 1460 });
    expect(decodeTcpOptions(bytes, 0, 1)).toEqual(NO_OPTIONS);
  });
});
