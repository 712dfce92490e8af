import { describe, expect, test } from 'vitest';
import { Blocks, statementsOf } from '../../../src/drill/assertions.ts';
import { EvaluationError, evaluate } from '../../../src/drill/expression.ts';
import { MissingFeature } from '../../../src/drill/source.ts';
import { ESTABLISHED, failureOf, outcome, play } from './script.ts';

const names: Record<string, number> = { x: 10, y: 3 };
const value = (text: string) => evaluate(text, (name) => names[name]);

describe('an expression', () => {
  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['-x + y', -7],
    ['2 ** 3 ** 2', 512],
    ['-2 ** 2', -4],
    ['x / 4', 2.5],
    ['x // 4', 2],
    ['-7 // 2', -4],
    ['-7 % 3', 2],
    ['0x10 | 1', 17],
    ['6 & 3 ^ 1', 3],
    ['1 << 40', 2 ** 40],
    ['0xffffffff & 0xf0000000', 0xf0000000],
    ['~0', -1],
    ['x == 10 and y == 3', true],
    ['x == 10 and y', 3],
    ['x == 9 or y == 4', false],
    ['not x == 9', true],
    ['1 < y < x <= 10', true],
    ['1 < y < 2', false],
    ['x != y', true],
    ['x in (1, 10)', true],
    ['x not in [1, 10]', false],
    ['None is None', true],
    ['True == 1', true],
    ["'a' + \"b\" 'c'", 'abc'],
    ["'%d of %s, %.1f, 0x%x%%' % (x, 'z', 1.26, 255)", '10 of z, 1.3, 0xff%'],
    ['abs(-3) + min(1, 2) + max((4, 5)) + int(3.7) + len([1, 2])', 14],
    ['[1, 2, 3][1]', 2],
    ['1 if x == 10 else 2', 1],
    ['1 if x == 9 else 2', 2],
    ['round(2.345, 1)', 2.3],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each([
    ['1 +', 'did not expect "the end"'],
    ['(1', 'expected ")"'],
    ['z', 'z is not known'],
    ['1 / 0', 'a division by zero'],
    ["'a' - 1", 'a is not a number'],
    ['1 2', 'did not expect "2"'],
    ['$', 'can\'t read "$"'],
    ['[1][5]', 'there is no item 5'],
    ['1 if 2', '"if" needs its "else"'],
  ])('%s is refused: %s', (text, what) => {
    expect(() => value(text)).toThrow(EvaluationError);
    expect(() => value(text)).toThrow(what);
  });

  test('with a function that is not there asks for a feature', () => {
    expect(() => value('sorted([1])')).toThrow(MissingFeature);
  });
});

describe('statements', () => {
  test('end at line ends and semicolons, but not in brackets, in quotes, or behind a backslash', () => {
    expect(
      statementsOf("a = 1; b = 2 # c\nassert (a,\n  b)\nassert a == 1 and \\\n  b == 2, 'x;y'\n"),
    ).toEqual(['a = 1', 'b = 2', 'assert (a,\n  b)', "assert a == 1 and    b == 2, 'x;y'"]);
  });
});

describe('blocks', () => {
  const info = new Map([['tcpi_snd_cwnd', 10]]);

  test('share their variables, and print', () => {
    const blocks = new Blocks(new Map([['TCP_ESTABLISHED', 1]]));
    expect(blocks.run('before = tcpi_snd_cwnd', info)).toBeUndefined();
    const later = new Map([['tcpi_snd_cwnd', 12]]);
    expect(
      blocks.run('assert tcpi_snd_cwnd == before + 2\nbefore += 1\nprint(before)', later),
    ).toBeUndefined();
    expect(blocks.printed).toEqual(['11']);
  });

  test('say which assertion does not hold, with the values and the message', () => {
    const blocks = new Blocks(new Map());
    expect(blocks.run("assert tcpi_snd_cwnd == 11, 'cwnd is %d' % tcpi_snd_cwnd", info)).toEqual({
      statement: "assert tcpi_snd_cwnd == 11, 'cwnd is %d' % tcpi_snd_cwnd",
      what: 'tcpi_snd_cwnd is 10; cwnd is 10',
    });
    expect(blocks.run('assert unknown == 1', info)?.what).toBe('unknown is not known');
  });

  test('ask for a feature where they go beyond assertions, or beyond what TCP_INFO has', () => {
    const blocks = new Blocks(new Map());
    expect(() => blocks.run('import os', info)).toThrow('the statement "import" in code');
    expect(() => blocks.run('assert tcpi_reordering == 3', info)).toThrow('tcpi_reordering in code');
  });
});

describe('code in a script', () => {
  test('sees the connection as it is at that moment', () => {
    expect(
      outcome(`${ESTABLISHED}+0 %{ assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_mss == 1000 }%`),
    ).toBe('pass');
    expect(failureOf(`${ESTABLISHED}+0 %{ assert tcpi_state == TCP_LISTEN, tcpi_state }%`)).toEqual([
      'assert tcpi_state == TCP_LISTEN, tcpi_state: tcpi_state is 1; 1',
    ]);
    expect(play(`${ESTABLISHED}+0 %{ print(tcpi_snd_cwnd) }%`).notes).toEqual(['10']);
  });
});
