/** docs/CONFORMANCE.md, made from the tables, the statuses and the tests of a run. */

import { READINGS } from './notes.ts';
import { SCENARIOS } from './scenarios.ts';
import { statusOf } from './status.ts';
import type { Status } from './status-kinds.ts';
import { EVENTS, type EventRow, EXTENSIONS, type Requirement, RFC9293 } from './tables.ts';
import { type RanTest, type TestsById, testsById } from './verify.ts';

const KINDS = ['met', 'not met', 'not applicable', 'later'] as const satisfies readonly Status['is'][];
const LEVELS = ['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY'] as const;

export function page(tests: readonly RanTest[]): string {
  const byId = testsById(tests);
  const rfcs = [...new Set(EXTENSIONS.map(({ rfc }) => rfc))];
  return `${[
    '# Conformance',
    'What RFC 9293 and its extensions require, in this project’s words, and how statewire stands to each requirement. This page is made by `npm run conformance` from the tables in `test/conformance/` and a run of all tests; `npm test` fails when it is stale, and when a requirement that is said to be met has no test that passes. A test belongs to a requirement by the id in its title.',
    '## In short',
    ...counts(),
    '## RFC 9293',
    ...requirementTable(RFC9293, byId),
    ...rfcs.flatMap((rfc) => [
      `## RFC ${rfc}`,
      ...requirementTable(
        EXTENSIONS.filter((row) => row.rfc === rfc),
        byId,
      ),
    ]),
    '## Event processing',
    'State × event × condition, after RFC 9293 section 3.10. Each row is played against a stack that real segments have brought to its state: `npx vitest run test/conformance/event-processing.test.ts -t EP-123`.',
    ...eventCounts(),
    ...eventTable(),
  ].join('\n\n')}\n`;
}

function counts(): string[] {
  const all = [...RFC9293, ...EXTENSIONS];
  const of = (rows: readonly Requirement[], is: Status['is']): number =>
    rows.filter(({ id }) => statusOf(id)?.is === is).length;
  const lines = LEVELS.map((level) => {
    const rows = all.filter((row) => row.level === level);
    return `| ${level} | ${rows.length} | ${KINDS.map((is) => of(rows, is)).join(' | ')} |`;
  });
  return [
    table(['Level', 'Rows', ...KINDS], lines),
    'Of RFC 9293 alone:',
    table(
      ['Level', 'Rows', ...KINDS],
      LEVELS.map((level) => {
        const rows = RFC9293.filter((row) => row.level === level);
        return `| ${level} | ${rows.length} | ${KINDS.map((is) => of(rows, is)).join(' | ')} |`;
      }),
    ),
  ];
}

function requirementTable(rows: readonly Requirement[], byId: TestsById): string[] {
  return [
    table(
      ['Id', 'Level', 'Section', 'Requirement', 'Status', 'Where, or why not', 'Tests'],
      rows.map((row) => requirementLine(row, byId)),
    ),
  ];
}

function requirementLine({ id, level, section, summary }: Requirement, byId: TestsById): string {
  const status = statusOf(id);
  const cells = [id, level, section, summary, status?.is ?? '?', whereOrWhy(status), files(id, byId, status)];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function whereOrWhy(status: Status | undefined): string {
  if (!status) return '';
  if (status.is !== 'met') return status.reason;
  const [file, name] = status.source.split(' ');
  const where = name === undefined ? `\`${file}\`` : `\`${file}\`, \`${name}\``;
  return status.note === undefined ? where : `${where}: ${status.note}`;
}

/** The files, rather than the titles: a page need not change with every wording. */
function files(id: string, byId: TestsById, status: Status | undefined): string {
  if (status?.is !== 'met') return '';
  const names = new Set((byId.get(id) ?? []).map(({ file }) => file));
  return [...names]
    .sort()
    .map((file) => `\`${file}\``)
    .join(', ');
}

function eventCounts(): string[] {
  const variants = [...new Set(EVENTS.map(({ variant }) => variant))];
  const line = (name: string, rows: readonly EventRow[]): string => {
    const left = rows.filter(({ id }) => 'notApplicable' in (SCENARIOS.get(id) ?? {})).length;
    return `| ${name} | ${rows.length} | ${rows.length - left} | ${left} |`;
  };
  return [
    table(
      ['Variant', 'Rows', 'Played', 'Not applicable'],
      [
        ...variants.map((variant) =>
          line(
            variant,
            EVENTS.filter((row) => row.variant === variant),
          ),
        ),
        line('all', EVENTS),
      ],
    ),
  ];
}

function eventTable(): string[] {
  return [
    table(
      ['Id', 'State', 'Event', 'Condition', 'Reply', 'Next state', 'How it was read, or why not'],
      EVENTS.map((row) => {
        const { id, state, event, condition, reply_segments } = row;
        const scenario = SCENARIOS.get(id);
        const reading = READINGS.get(id);
        const remark =
          scenario && 'notApplicable' in scenario
            ? `not applicable: ${scenario.notApplicable}`
            : (reading?.read ?? '');
        const next =
          reading?.nextState === undefined ? row.next_state : `${row.next_state}, here ${reading.nextState}`;
        return `| ${[id, state, event, condition, reply_segments, next, remark].map(cell).join(' | ')} |`;
      }),
    ),
  ];
}

function table(head: readonly string[], lines: readonly string[]): string {
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** Angle brackets and bars are markup in a table of Markdown, but for what stands in backticks. */
function cell(text: string): string {
  return text
    .split('`')
    .map((part, i) => (i % 2 === 1 ? part : part.replaceAll('|', '\\|').replaceAll('<', '&lt;')))
    .join('`');
}
