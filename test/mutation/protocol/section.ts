/** What docs/MUTATION.md says of the mutants of loss recovery and of the congestion controllers. */

import { grouped } from '../grouped.ts';
import { SURVIVORS } from './survivors.ts';

/** As far as it is read here; https://github.com/stryker-mutator/mutation-testing-elements has the schema. */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'Ignored' | string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Found extends Mutant {
  readonly file: string;
  readonly key: string;
}

export const HEADING = '# Mutation check of loss recovery and congestion control';

/** The page with this section at its end, in place of the one it had. */
export function withSection(page: string, text: string): string {
  return `${chartsOf(page).trimEnd()}\n\n${text}`;
}

/** What a page says of the charts, and what it says of the rest. */
export function chartsOf(page: string): string {
  return page.split(`\n${HEADING}\n`)[0]!;
}

export function protocolOf(page: string): string {
  const [, text] = page.split(`\n${HEADING}\n`);
  return text === undefined ? '' : `\n${HEADING}\n${text}`;
}

/** @param files all that there are to mutate: those that the report lacks were not asked yet */
export function section(report: Report, files: readonly string[]): string {
  const found = mutantsOf(report);
  const killed = found.filter(isKilled);
  const hung = killed.filter(({ status }) => status === 'Timeout').length;
  const share = ((100 * killed.length) / Math.max(1, found.length)).toFixed(1);
  return [
    HEADING,
    '',
    '`npm run mutation:protocol` does to `src/tcp/recovery` and `src/tcp/congestion` what the above does to charts, by',
    '[Stryker](https://stryker-mutator.io): comparisons are moved by one or turned round, sums become differences, conditions are',
    'negated, calls left out. Texts, whole blocks and whole conditions are left as they are, since these mutants are many.',
    '',
    'What may kill: the tests of recovery, of the controllers and of the requirements that take milliseconds',
    '(`test/mutation/protocol/vitest.config.ts`). Simulations, drill scripts and runs against Linux would kill more.',
    '',
    `${killed.length} of ${found.length} mutants are killed (${share} %), ${hung} of them by a run that does not end.`,
    '',
    '| file | mutants | killed | argued |',
    '|---|---:|---:|---:|',
    ...rows(found),
    '',
    ...notAsked(report, files),
    ...argued(found),
    '',
    '## Running it on code',
    '',
    '```sh',
    'npm run mutation:protocol                                        # all of it; asks again only what a change concerns',
    "npm run mutation:protocol -- --mutate 'src/tcp/recovery/rack.ts'  # one file",
    'npm run mutation:protocol -- --told                              # write this part of the page again',
    '```',
    '',
  ].join('\n');
}

/** Survivors without a reason. */
export function unargued(report: Report): readonly string[] {
  return mutantsOf(report)
    .filter((mutant) => !isKilled(mutant) && SURVIVORS[mutant.key] === undefined)
    .map(({ key }) => key);
}

function rows(found: readonly Found[]): string[] {
  return [...grouped(found, ({ file }) => file)].map(([file, mutants]) => {
    const killed = mutants.filter(isKilled).length;
    const reasons = mutants.filter(
      (mutant) => !isKilled(mutant) && SURVIVORS[mutant.key] !== undefined,
    ).length;
    return `| ${file.replace('src/tcp/', '')} | ${mutants.length} | ${killed} | ${reasons} |`;
  });
}

function notAsked({ files: asked }: Report, files: readonly string[]): string[] {
  const left = files.filter((file) => asked[file] === undefined).map((file) => file.replace('src/tcp/', ''));
  return left.length === 0 ? [] : [`Not asked yet: ${left.join(', ')}.`, ''];
}

function argued(found: readonly Found[]): string[] {
  const survivors = found.filter((mutant) => !isKilled(mutant));
  const known = survivors.filter(({ key }) => SURVIVORS[key] !== undefined);
  const lines = [...grouped(known, ({ key }) => SURVIVORS[key]!)].flatMap(([reason, mutants]) => [
    ...mutants.map(({ key }) => `- \`${key}\``),
    '',
    `  ${reason}`,
    '',
  ]);
  const open = survivors.length - known.length;
  return [
    `## Survivors that are argued (${known.length})`,
    '',
    ...(lines.length === 0 ? ['None.', ''] : lines),
    open === 0
      ? 'No other one survives.'
      : `${open} more survive, and are neither killed nor argued yet; the run names them, and ends with status 1.`,
  ];
}

function mutantsOf({ files }: Report): readonly Found[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants
      .filter(({ status }) => status !== 'Ignored')
      .map((mutant) => ({ ...mutant, file, key: keyOf(file, lines, mutant) }));
  });
}

/** By what stands there, so that a line that moves keeps its mutants. */
function keyOf(file: string, lines: readonly string[], { location, replacement = '' }: Mutant): string {
  const { start, end } = location;
  const line = lines[start.line - 1] ?? '';
  const written = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : line.trim();
  const inOneLine = replacement.replaceAll(/\s+/g, ' ');
  return `${file.replace('src/tcp/', '')}: ${written} → ${inOneLine} in ${line.trim()}`;
}

function isKilled({ status }: Mutant): boolean {
  return status === 'Killed' || status === 'Timeout' || status === 'RuntimeError';
}
