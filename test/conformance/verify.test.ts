import { describe, expect, it } from 'vitest';
import { page } from './page.ts';
import { SCENARIOS } from './scenarios.ts';
import { ALL_STATUSES, statusOf } from './status.ts';
import { idsIn, type RanTest, verify } from './verify.ts';

const ran = (title: string, passed = true): RanTest => ({ file: 'test/some.test.ts', title, passed });

/** A test for every requirement that is said to be met, and for every row that is played. */
const PROOFS: readonly RanTest[] = [
  ...ALL_STATUSES.filter((id) => statusOf(id)?.is === 'met'),
  ...[...SCENARIOS].filter(([, scenario]) => 'drive' in scenario).map(([id]) => id),
].map((id) => ran(`${id}: holds`));

const anySource = (): boolean => true;

describe('the check of conformance', () => {
  it('is content when all that is said to be met has a test that passes', () => {
    expect(verify(PROOFS, anySource)).toEqual([]);
  });

  it('names what is said to be met and has no test', () => {
    const [first, ...others] = PROOFS;
    const id = idsIn(first!.title)[0]!;
    const problems = verify(others, anySource);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(id);
  });

  it('takes neither a failed nor a skipped test for a proof', () => {
    const problems = verify(
      PROOFS.map((test) => ({ ...test, passed: false })),
      anySource,
    );
    expect(problems).toHaveLength(PROOFS.length);
  });

  it('names a title whose id no table has', () => {
    const problems = verify([...PROOFS, ran('MUST-999: is nothing')], anySource);
    expect(problems).toEqual([expect.stringContaining('MUST-999')]);
  });

  it('names a source that is not there', () => {
    const problems = verify(PROOFS, (source) => !source.startsWith('src/tcp/rtt.ts'));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every((problem) => problem.includes('src/tcp/rtt.ts'))).toBe(true);
  });

  it('finds every id in a title, and no number that is none', () => {
    expect(idsIn('MUST-13, R5961-2: and (EP-017), RFC 9293 section 3.10.7.4')).toEqual([
      'MUST-13',
      'R5961-2',
      'EP-017',
    ]);
  });
});

describe('the page', () => {
  it('does not change with the wording of a title, and does with the file that holds the proof', () => {
    const made = page(PROOFS);
    expect(page(PROOFS.map((test) => ({ ...test, title: `${test.title}, in other words` })))).toBe(made);
    expect(page(PROOFS.map((test) => ({ ...test, file: 'test/other.test.ts' })))).not.toBe(made);
  });
});
