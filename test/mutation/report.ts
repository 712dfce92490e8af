/** docs/MUTATION.md: what a whole run found. */

import { grouped } from './grouped.ts';
import type { Verdict } from './kept.ts';
import type { Mutant } from './mutants.ts';

export interface Finding {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** Why it may survive. */
  readonly reason: string | undefined;
}

const CHART_NAMES: Record<string, string> = {
  tcp: 'connection',
  listener: 'listener',
  interface: 'interface',
};

/** What a whole run was made with. */
export interface Run {
  /** How many tests were there to kill. */
  readonly tests: number;
  readonly lanes: number;
}

export function page(findings: readonly Finding[], run: Run): string {
  const survivors = findings.filter(survived);
  return [
    '# Mutation check of the charts',
    '',
    'A chart is worth what its arrows are worth, so each is put to the test: `npm run mutation` changes the charts in one',
    'place at a time and runs the tests over it. A mutant is killed when a test fails; a mutant that lives shows a test that',
    'is missing, or a part of the chart that nobody needs.',
    '',
    'What is changed: each arrow is removed, and led to every other state of its region; each action (on entry, on exit, on an',
    'arrow) is dropped; each guard is negated; each re-entry is taken away; each start is put elsewhere. The protocol',
    'functions read their arrows from the same machine, so they see the changed chart, too.',
    '',
    'What may kill: tests that send segments or make calls, and look at the wire, at data or at what is told to users and to the',
    'viewers of an inspector. The tests of the charts’ structure are left out, and `expect` is made blind to the names of',
    'states: a connection in the wrong state must be noticed by what it does.',
    '',
    '## Figures',
    '',
    `${sentence(findings)} ${run.tests} tests were there to kill; ${effort(findings, run)}.`,
    '',
    '| chart | change | mutants | killed |',
    '|---|---|---:|---:|',
    ...rows(findings),
    '',
    `## Survivors (${survivors.length})`,
    '',
    'Each stands in [survivors.ts](../test/mutation/survivors.ts) with its reason. One that is not listed there makes the run',
    'fail.',
    '',
    ...byReason(survivors),
    '## Running it',
    '',
    '```sh',
    'npm run mutation                       # all of it; goes on where it was broken off',
    "npm run mutation -- --only 'FIN-WAIT-2'  # mutants whose name has this in it (a regular expression)",
    'npm run mutation -- --survivors        # only those that are listed as survivors',
    'npm run mutation -- --json             # the findings as JSON on standard output',
    'npm run mutation -- --fresh            # forget what earlier runs found',
    'npm run mutation -- --survivors --all  # and show them to tests, too, that never come upon their place',
    'npm run mutation -- --see-states       # let assertions about states’ names count, too',
    '```',
    '',
    'The exit status is 1 when a mutant survives that is not listed, or a listed one is killed, and 2 when the tests can’t be',
    'run. Tests that fail on the charts as they are are named and left out; this page is written by a whole run alone, in which',
    'none did.',
    '',
    'In `npm test` are: that every mutant makes a working machine that differs, and that every listed survivor is a mutant',
    '(`test/mutation/mutants.test.ts`). No sample of mutants is: even of ten it would cost half a minute, most of which finds',
    'out which tests come upon which place. Whoever changes a chart runs `npm run mutation`; `--only` with the name of the',
    'state is enough meanwhile.',
    '',
    'How it works: in such a run the charts get their `setup` from `test/mutation/xstate.ts` instead of from XState, which',
    'changes the config on its way; nothing on disk is touched, and `machines/` knows nothing of it. A first run, without a',
    'mutant, notes which places of the charts each test comes upon, and a mutant is shown to those that come upon its place:',
    'first to the tests that killed its neighbours, then to those about single arrows, the slow ones last. The first failure',
    'is the end. A test that runs into its time limit counts at once if it takes next to no time otherwise; else it is asked',
    'again, alone, with a limit that no busy machine reaches. So is a run bounded that never comes to an end at all.',
    '',
  ].join('\n');
}

function effort(findings: readonly Finding[], { lanes }: Run): string {
  const sumMs = findings.reduce((sum, { verdict }) => sum + verdict.tookMs, 0);
  const ownMs = findings
    .filter(({ verdict }) => verdict.outcome !== 'survived')
    .map(({ verdict }) => verdict.tookMs);
  const medianMs = ownMs.sort((left, right) => left - right)[ownMs.length >> 1] ?? 0;
  return `it took ${Math.ceil(sumMs / lanes / 60_000)} minutes with ${lanes} side by side, ${(medianMs / 1_000).toFixed(1)} s for the median kill`;
}

/** The share of mutants killed, in a sentence. */
export function sentence(findings: readonly Finding[]): string {
  const total = findings.length;
  const killed = total - findings.filter(survived).length;
  const hung = findings.filter(({ verdict }) => verdict.outcome === 'hung').length;
  const ran = hung === 0 ? '' : `, ${hung} of them by a run that does not end`;
  return `${killed} of ${total} mutants are killed (${share(killed, total)})${ran}.`;
}

export function survived({ verdict }: Finding): boolean {
  return verdict.outcome === 'survived';
}

function share(killed: number, total: number): string {
  return `${((100 * killed) / Math.max(1, total)).toFixed(1)} %`;
}

function rows(findings: readonly Finding[]): string[] {
  const groups = grouped(findings, ({ mutant }) => `${mutant.machine}|${mutant.change.kind}`);
  return [...groups].map(([key, group]) => {
    const [machine = '', kind = ''] = key.split('|');
    const killed = group.length - group.filter(survived).length;
    return `| ${CHART_NAMES[machine]} | ${kind} | ${group.length} | ${killed} |`;
  });
}

function byReason(survivors: readonly Finding[]): string[] {
  const groups = grouped(survivors, ({ reason }) => reason ?? 'Not argued yet.');
  return [...groups].flatMap(([reason, group]) => [
    ...group.map(({ mutant }) => `- \`${mutant.id}\``),
    '',
    `  ${reason}`,
    '',
  ]);
}
