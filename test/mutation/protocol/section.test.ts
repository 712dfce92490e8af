/** The part of docs/MUTATION.md that is about the protocol, beside the part about the charts. */

import { describe, expect, it } from 'vitest';
import { chartsOf, HEADING, protocolOf, type Report, section, unargued, withSection } from './section.ts';

const at = (line: number, from: number, to: number) => ({
  start: { line, column: from },
  end: { line, column: to },
});

const REPORT: Report = {
  files: {
    'src/tcp/recovery/a.ts': {
      source: 'if (a < b) c();\nreturn a + b;\n',
      mutants: [
        { mutatorName: 'EqualityOperator', replacement: 'a <= b', status: 'Killed', location: at(1, 5, 10) },
        { mutatorName: 'EqualityOperator', replacement: 'a >= b', status: 'Timeout', location: at(1, 5, 10) },
        {
          mutatorName: 'ArithmeticOperator',
          replacement: 'a - b',
          status: 'Survived',
          location: at(2, 8, 13),
        },
        { mutatorName: 'StringLiteral', replacement: '""', status: 'Ignored', location: at(2, 8, 13) },
      ],
    },
    'src/tcp/congestion/b.ts': {
      source: 'return -a;\n',
      mutants: [
        { mutatorName: 'UnaryOperator', replacement: '+a', status: 'NoCoverage', location: at(1, 8, 10) },
      ],
    },
  },
};

const FILES = ['src/tcp/recovery/a.ts', 'src/tcp/recovery/c.ts', 'src/tcp/congestion/b.ts'];

describe('what the page says of the protocol', () => {
  it('counts mutants by file, those that were left out not at all', () => {
    const text = section(REPORT, FILES);
    expect(text).toContain('2 of 4 mutants are killed (50.0 %), 1 of them by a run that does not end.');
    expect(text).toContain('| recovery/a.ts | 3 | 2 | 0 |');
    expect(text).toContain('| congestion/b.ts | 1 | 0 | 0 |');
    expect(text).toContain('Not asked yet: recovery/c.ts.');
  });

  it('names survivors by what stands there and what stood in its place', () => {
    expect(unargued(REPORT)).toEqual([
      'recovery/a.ts: a + b → a - b in return a + b;',
      'congestion/b.ts: -a → +a in return -a;',
    ]);
  });

  it('stands behind what it says of charts, once, and neither takes the place of the other', () => {
    const charts = '# Mutation check of the charts\n\n714 of 722.\n';
    const once = withSection(charts, section(REPORT, FILES));
    expect(withSection(once, section(REPORT, FILES))).toBe(once);
    expect(chartsOf(once).trimEnd()).toBe(charts.trimEnd());
    expect(`${charts}${protocolOf(once)}`).toBe(once);
    expect(once.split(HEADING)).toHaveLength(2);
    expect(protocolOf(charts)).toBe('');
  });
});
