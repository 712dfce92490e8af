/** A campaign's result for people. */

import type { ArrowReport, CampaignResult, DisagreementGroup } from '../model/index.ts';

const MOST_GROUPS = 40;

export function campaignText(result: CampaignResult, verbose: boolean): string {
  return [
    ...(result.arrows ? arrowLines(result.arrows, verbose) : []),
    ...groupLines(result.disagreements, verbose),
    ...result.notRun.map(({ because, count }) => `not run: ${count} words: ${because}`),
    summaryLine(result),
  ].join('\n');
}

function summaryLine({ target, words, steps, verdicts }: CampaignResult): string {
  const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  return `${target}: ${words} words, ${steps} steps: ${counts.join(', ')}`;
}

function arrowLines(arrows: readonly ArrowReport[], verbose: boolean): string[] {
  const machines = [...new Set(arrows.map(({ machine }) => machine))];
  return machines.flatMap((machine) => {
    const own = arrows.filter((arrow) => arrow.machine === machine);
    const missed = own.filter(({ count }) => count === 0);
    const taken = own.length - missed.length;
    const percent = Math.floor((100 * taken) / own.length);
    const shown = verbose ? own : missed;
    const width = Math.max(...shown.map(({ count }) => String(count).length), 1);
    return [
      `${machine}: ${taken} of ${own.length} arrows taken (${percent} %)`,
      ...shown.map(({ arrow, count }) =>
        count === 0 ? `  not taken: ${arrow}` : `  ${String(count).padStart(width)}  ${arrow}`,
      ),
    ];
  });
}

function groupLines(groups: readonly DisagreementGroup[], verbose: boolean): string[] {
  const fresh = groups.filter(({ known }) => known === undefined);
  const known = groups.filter((each) => each.known !== undefined);
  const lines = fresh
    .slice(0, MOST_GROUPS)
    .flatMap((group) => [
      `${group.count} ${group.count === 1 ? 'word disagrees' : 'words disagree'}: ${group.before} · ${group.symbol}`,
      ...group.says.map((sentence) => `    ${sentence}`),
      `    as in: ${group.example.join(' · ')}`,
    ]);
  if (fresh.length > MOST_GROUPS) lines.push(`… and ${fresh.length - MOST_GROUPS} more ways to disagree`);
  if (known.length === 0) return lines;
  const reasons = new Map<string, { count: number; groups: DisagreementGroup[] }>();
  for (const group of known) {
    const { kind, reason } = group.known!;
    const entry = reasons.get(`${kind}: ${reason}`) ?? { count: 0, groups: [] };
    entry.count += group.count;
    entry.groups.push(group);
    reasons.set(`${kind}: ${reason}`, entry);
  }
  return [
    ...lines,
    'known differences:',
    ...[...reasons].flatMap(([reason, { count, groups: own }]) => [
      `  ${count} ${count === 1 ? 'word' : 'words'}, ${reason}`,
      ...(verbose
        ? own.map(({ before, symbol, example }) => `      ${before} · ${symbol}: ${example.join(' · ')}`)
        : []),
    ]),
  ];
}
