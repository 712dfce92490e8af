/** Cases as files: an experiment that `statewire sim FILE` runs, with what it is expected to violate. */

import type { Violation } from '../invariants/violation.ts';
import type { Case, Shrunk } from './campaign.ts';

/** What a script says will happen. */
export interface Expected {
  readonly invariant: Violation['invariant'];
  readonly message: string;
  readonly timeMs: number;
  readonly digest: string;
}

/** The text of a module whose default export is the case, and `expected` what it does. */
export function printScript(
  seed: string,
  { run, case: shrunk, violation, digest, tried, taken }: Shrunk,
): string {
  const { invariant, message, timeMs } = violation;
  const expected: Expected = { invariant, message, timeMs, digest };
  return `// Run ${run} of the campaign with seed ${JSON.stringify(seed)}, made smaller in ${taken} of ${tried} attempts.
// Runs again with: statewire sim --replay THIS-FILE
export const expected = ${printed(expected)};

export default ${printed(shrunk)};
`;
}

/** Whether a case did what its script says, to the last segment. */
export function isAsExpected(
  expected: Expected,
  { violation, digest }: { readonly violation: Violation | undefined; readonly digest: string },
): boolean {
  return (
    violation?.invariant === expected.invariant &&
    violation.message === expected.message &&
    violation.timeMs === expected.timeMs &&
    digest === expected.digest
  );
}

/** As JavaScript: JSON with names that need no quotes without them. */
function printed(value: Case | Expected): string {
  return JSON.stringify(value, null, 2).replace(/^(\s*)"([A-Za-z_$][\w$]*)":/gm, '$1$2:');
}
