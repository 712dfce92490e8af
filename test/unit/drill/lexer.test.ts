import { describe, expect, test } from 'vitest';
import { parseDefinition, tokenize } from '../../../src/drill/lexer.ts';
import { ScriptError } from '../../../src/drill/source.ts';

const tokens = (text: string, defines: Record<string, string> = {}) =>
  tokenize(
    { file: 'x.pkt', text },
    new Map(Object.entries(defines).map(([name, value]) => [name, parseDefinition(value)])),
  )
    .slice(0, -1)
    .map(({ kind, text }) => [kind, text]);

describe('tokens', () => {
  test('are the longest that match', () => {
    expect(tokens('0...0.2')).toEqual([
      ['integer', '0'],
      ['...', '...'],
      ['float', '0.2'],
    ]);
    expect(tokens('-1 -.5 5abc 0x1F 12')).toEqual([
      ['integer', '-1'],
      ['float', '-.5'],
      ['word', '5abc'],
      ['hex', '0x1F'],
      ['integer', '12'],
    ]);
  });

  test('have no white space and no comments', () => {
    expect(tokens('a // b\n/* c\n d */ e')).toEqual([
      ['word', 'a'],
      ['word', 'e'],
    ]);
  });

  test('tell addresses from pairs of sequence numbers', () => {
    expect(tokens('1.2.3.4 fd00::1 :: 1:101')).toEqual([
      ['ipv4', '1.2.3.4'],
      ['ipv6', 'fd00::1'],
      ['ipv6', '::'],
      ['integer', '1'],
      ['char', ':'],
      ['integer', '101'],
    ]);
  });

  test('of strings have their escapes replaced, of commands and code none', () => {
    expect(tokens('"a\\n\\"\\x41" `x \\` y` %{ "z" }%')).toEqual([
      ['string', 'a\n"A'],
      ['command', 'x \\` y'],
      ['code', ' "z" '],
    ]);
  });

  test('of options are only at the head', () => {
    const [option, zero] = tokenize({ file: 'x', text: '--mtu=1520 0 x' });
    expect(option).toMatchObject({ kind: 'option', text: 'mtu', value: '1520' });
    expect(zero).toMatchObject({ kind: 'integer' });
    expect(tokens('x --mtu')[1]).toEqual(['char', '-']);
  });

  test('that are defined become what they stand for', () => {
    expect(tokens('A B C D', { A: '"text"', B: '`cmd`', C: '12', D: 'word' })).toEqual([
      ['string', 'text'],
      ['command', 'cmd'],
      ['integer', '12'],
      ['word', 'word'],
    ]);
  });

  for (const [what, text] of [
    ['string', '"abc'],
    ['command', '`abc'],
    ['code', '%{ abc'],
    ['comment', '/* abc'],
  ] as const) {
    test(`say where a ${what} begins that does not end`, () => {
      expect(() => tokens(`ok\n  ${text}`)).toThrow(ScriptError);
      expect(() => tokens(`ok\n  ${text}`)).toThrow(/^x\.pkt:2:3: this \w+ does not end/);
    });
  }
});
