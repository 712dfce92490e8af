/**
 * What came of a script.
 */

import type { Position } from './source.ts';
import type { PlayedFrame } from './target.ts';

export interface Failure {
  readonly position: Position;
  /** What is not as expected, a sentence each. */
  readonly what: readonly string[];
  /** The script's line with the time at which it was due, and what happened instead with its time. */
  readonly expected: string;
  readonly actual: string;
  /** The last frames, as lines. */
  readonly ladder: readonly string[];
}

interface ResultBase {
  readonly file: string;
  /** How long the script lasted, by its own clock. */
  readonly elapsedMs: number;
  /** Every frame, in order, both ways. */
  readonly frames: readonly PlayedFrame[];
  /** Commands and settings that had no effect here, and what code blocks printed. */
  readonly notes: readonly string[];
}

export type Verdict =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'fail'; readonly failure: Failure }
  | { readonly verdict: 'skip'; readonly feature: string }
  /** The script itself is at fault. */
  | { readonly verdict: 'error'; readonly message: string };

export type DrillResult = ResultBase & Verdict;

/** What a result says without its frames: plain data, as JSON has it. */
export type ResultSummary = {
  [K in DrillResult['verdict']]: Omit<Extract<DrillResult, { verdict: K }>, 'frames'>;
}[DrillResult['verdict']];

export function summaryOf({ frames: _, ...summary }: DrillResult): ResultSummary {
  return summary as ResultSummary;
}

/** How many of each there are. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: number;
}

export function totalsOf(results: readonly Pick<DrillResult, 'verdict'>[]): Totals {
  const count = (verdict: DrillResult['verdict']): number =>
    results.filter((result) => result.verdict === verdict).length;
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip'), errors: count('error') };
}

/** The last line of a run. A script error counts as failed. */
export function totalsLine({ passed, failed, skipped, errors }: Totals): string {
  return `${passed} passed, ${failed + errors} failed, ${skipped} skipped`;
}

/** A result as text: one line for pass and skip, several for the others. */
export function describeResult(result: DrillResult): string {
  const notes = result.notes.map((note) => `  note: ${note}`);
  switch (result.verdict) {
    case 'pass':
      return [`pass  ${result.file}`, ...notes].join('\n');
    case 'skip':
      return [`skip  ${result.file}: needs ${result.feature}`, ...notes].join('\n');
    case 'error':
      return [`error ${result.message}`, ...notes].join('\n');
    case 'fail': {
      const { position, what, expected, actual, ladder } = result.failure;
      return [
        `FAIL  ${result.file}:${position.line}:${position.column}: ${what[0] ?? 'not as expected'}`,
        ...what.slice(1).map((more) => `      ${more}`),
        `  expected  ${expected}`,
        `  actual    ${actual}`,
        ...(ladder.length > 0 ? ['', ...ladder, ''] : []),
        ...notes,
      ].join('\n');
    }
  }
}
