/** `npm run conformance`: as the reporter, and writes docs/CONFORMANCE.md instead of comparing it. */

import { writeFileSync } from 'node:fs';
import ConformanceReporter, { PAGE } from './reporter.ts';

export default class PageWriter extends ConformanceReporter {
  protected override checkPage(made: string): readonly string[] {
    writeFileSync(PAGE, made);
    return [];
  }
}
