/** The benchmark's command line. */

import { describe, expect, it } from 'vitest';
import { type BenchFlags, benchCommand, rowsOf, scaleOf } from '../../bench/command.ts';
import { ROWS } from '../../bench/figures.ts';

async function parse(...words: string[]): Promise<{ flags?: BenchFlags; said: string }> {
  let flags: BenchFlags | undefined;
  let said = '';
  const write = (text: string): void => {
    said += text;
  };
  const command = benchCommand(async (given) => {
    flags = given;
  });
  await command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write })
    .parseAsync(words, { from: 'user' })
    .catch(() => undefined);
  return { ...(flags === undefined ? {} : { flags }), said };
}

describe('the command line', () => {
  it('measures every row but the page when nothing is said', async () => {
    const { flags } = await parse();
    expect(rowsOf(flags!)).toEqual(Object.keys(ROWS).filter((row) => row !== 'page'));
    expect(scaleOf(flags!)).toMatchObject({ rounds: 5, longSeconds: 600, open: 100_000 });
  });

  it('takes several rows after --only, and less of everything with --quick', async () => {
    const { flags } = await parse(
      '--quick',
      '--only',
      'bulk',
      'inspector',
      '--rounds',
      '3',
      '--seconds',
      '0.5',
    );
    expect(rowsOf(flags!)).toEqual(['bulk', 'inspector']);
    expect(scaleOf(flags!)).toMatchObject({ rounds: 3, windowMs: 500, pairs: 4 });
    expect(scaleOf({ quick: true }).pairs).toBe(0);
  });

  it('measures the page alone with --page, for as long as is said', async () => {
    const { flags } = await parse('--page', '5');
    expect(rowsOf(flags!)).toEqual(['page']);
    expect(scaleOf(flags!).pageSeconds).toBe(5);
    expect(scaleOf((await parse('--page')).flags!).pageSeconds).toBe(60);
  });

  it.each([
    [['--only', 'speed'], 'There are bulk, echo, '],
    [['--rounds', '0'], 'Give a whole number from 1 to 100.'],
    [['--seconds', 'long'], 'Give a number from 0.1 to 600.'],
    [['--open', '1e9'], 'Give a whole number from 100 to 120000.'],
    [['--quik'], 'Did you mean --quick?'],
    [['bulk'], 'too many arguments'],
    [['--page', '--only', 'bulk'], 'cannot be used with'],
  ])('answers %j with "%s"', async (words, answer) => {
    const { flags, said } = await parse(...words);
    expect(flags).toBeUndefined();
    expect(said).toContain(answer);
  });

  it('names every row in its help', async () => {
    const { said } = await parse('--help');
    for (const row of Object.keys(ROWS)) expect(said).toMatch(new RegExp(`\\n  ${row} `));
  });
});
