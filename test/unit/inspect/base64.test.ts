import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/inspect/base64.ts';

describe('base64', () => {
  test('is what Node writes and reads, for bytes of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(toBase64(bytes)).toBe(text);
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
  });

  test('refuses text that is cut off, and letters that are none of its own', () => {
    expect(() => fromBase64('AAA')).toThrow(/multiple of 4/);
    expect(() => fromBase64('AA_A')).toThrow(/"_" at 2/);
    expect(() => fromBase64('A=AA')).toThrow(RangeError);
  });
});
