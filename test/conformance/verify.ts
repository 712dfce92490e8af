/** Holds tables, statuses and a test run against each other. Pure: what it is given is what it looks at. */

import { READINGS } from './notes.ts';
import { SCENARIOS } from './scenarios.ts';
import { ALL_STATUSES, statusOf } from './status.ts';
import { EVENTS, EXTENSIONS, RFC9293 } from './tables.ts';

/** A test of a run, as far as it matters here. */
export interface RanTest {
  /** From the project's root, with slashes. */
  readonly file: string;
  /** The test's own title, without those of the groups around it. */
  readonly title: string;
  readonly passed: boolean;
}

/** The ids of requirements and rows that a title names. */
export function idsIn(title: string): readonly string[] {
  return title.match(/\b(?:(?:MUST|SHLD|MAY|REC)-\d+|R\d{4}-\d+|EP-\d{3})\b/g) ?? [];
}

export type TestsById = ReadonlyMap<string, readonly RanTest[]>;

export function testsById(tests: readonly RanTest[]): TestsById {
  const byId = new Map<string, RanTest[]>();
  for (const test of tests)
    for (const id of new Set(idsIn(test.title))) {
      const known = byId.get(id);
      if (known) known.push(test);
      else byId.set(id, [test]);
    }
  return byId;
}

/**
 * What is wrong, in sentences: ids that no table has, rows without a status, and rows that are said to be met and have
 * no test that passed.
 *
 * @param hasSource whether a place named as `file name` exists
 */
export function verify(tests: readonly RanTest[], hasSource: (source: string) => boolean): readonly string[] {
  const problems: string[] = [];
  const requirements = [...RFC9293, ...EXTENSIONS];
  const known = new Set([...requirements, ...EVENTS].map(({ id }) => id));
  const byId = testsById(tests);
  const proven = (id: string): boolean => byId.get(id)?.some(({ passed }) => passed) ?? false;

  for (const [id, [test]] of byId)
    if (!known.has(id)) problems.push(`${test?.file}: "${test?.title}" names ${id}, which no table has`);
  for (const id of ALL_STATUSES)
    if (!known.has(id)) problems.push(`a status is given for ${id}, which no table has`);
  for (const id of READINGS.keys())
    if (!known.has(id)) problems.push(`notes.ts reads ${id}, which no table has`);

  for (const { id, level, rfc } of requirements) {
    const status = statusOf(id);
    if (!status) problems.push(`${id} (${level}, RFC ${rfc}) has no status; give it one in status-*.ts`);
    else if (status.is === 'met') {
      if (!proven(id))
        problems.push(
          `${id} (${level}, RFC ${rfc}) is said to be met, and no passing test has its id in the title`,
        );
      if (!hasSource(status.source)) problems.push(`${id}: there is no ${status.source}`);
    }
  }
  for (const { id } of EVENTS) {
    const scenario = SCENARIOS.get(id);
    if (!scenario) problems.push(`${id} has no scenario; give it one in scenarios.ts`);
    else if ('drive' in scenario && !proven(id)) problems.push(`${id} is played by no passing test`);
  }
  return problems;
}
