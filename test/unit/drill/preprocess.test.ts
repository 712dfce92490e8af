import { describe, expect, test } from 'vitest';
import { preprocess } from '../../../src/drill/preprocess.ts';

const lines = (text: string, ...defined: string[]) =>
  preprocess({ file: 'x.pkt', text }, new Set(defined))
    .text.split('\n')
    .map((line) => line.trim());

describe('#ifdef', () => {
  const text = 'a\n#ifdef STANDARD\nb\n#else\nc\n#endif\nd';

  test('keeps what is defined, and leaves positions as they are', () => {
    expect(lines(text, 'STANDARD')).toEqual(['a', '', 'b', '', '', '', 'd']);
    expect(lines(text)).toEqual(['a', '', '', '', 'c', '', 'd']);
  });

  test('may stand within another, and be turned round', () => {
    const nested = '#ifdef A\n#ifndef B\nx\n#endif\ny\n#endif\nz';
    expect(lines(nested, 'A')).toEqual(['', '', 'x', '', 'y', '', 'z']);
    expect(lines(nested, 'A', 'B')).toEqual(['', '', '', '', 'y', '', 'z']);
    expect(lines(nested, 'B')).toEqual(['', '', '', '', '', '', 'z']);
  });

  test('leaves other lines with # alone', () => {
    expect(lines('`#!/bin/sh\n# comment`')).toEqual(['`#!/bin/sh', '# comment`']);
  });

  test('leaves comments in code alone, whatever they begin with', () => {
    const code =
      '%{\n# else if this fails\nassert True }%\n#ifdef X\n%{ a }% %{\n#endif of it\n}%\n#endif\nb';
    expect(lines(code)).toEqual(['%{', '# else if this fails', 'assert True }%', '', '', '', '', '', 'b']);
  });

  for (const [wrong, message] of [
    ['a\n#ifdef X\nb', /^x\.pkt:2:1: this has no #endif/],
    ['#endif', /^x\.pkt:1:1: #endif without an #ifdef/],
    ['#ifdef X\n#else\n#else\n#endif', /^x\.pkt:3:1: a second #else/],
    ['#ifdef\n#endif', /#ifdef needs a name/],
  ] as const) {
    test(`says what is wrong with ${JSON.stringify(wrong)}`, () => {
      expect(() => lines(wrong)).toThrow(message);
    });
  }
});
