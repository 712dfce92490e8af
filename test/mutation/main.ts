/** `npm run mutation`: what the tests notice when a chart is wrong. docs/MUTATION.md says how, and what was found. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTANTS } from './charts.ts';
import { judge } from './judge.ts';
import { Kept } from './kept.ts';
import { Killers } from './killers.ts';
import type { RanTest } from './lane.ts';
import { Lane } from './lanes.ts';
import type { Mutant } from './mutants.ts';
import { protocolOf } from './protocol/section.ts';
import { type Finding, page, sentence, survived } from './report.ts';
import { SURVIVORS } from './survivors.ts';

const PAGE = fileURLToPath(new URL('../../docs/MUTATION.md', import.meta.url));
const LANES = 2;
const BASELINE_BOUND_MS = 600_000;
const BASELINE_TIME_LIMIT_MS = 60_000;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    survivors: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    'see-states': { type: 'boolean', default: false },
  },
});
if (options['see-states']) process.env.STATEWIRE_SEES_STATES = '1';

const lanes = Array.from({ length: LANES }, () => new Lane());
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const lane of lanes) lane.end();
    process.exit(130);
  });
try {
  process.exitCode = await main();
} finally {
  for (const lane of lanes) lane.end();
}

async function main(): Promise<number> {
  const kept = new Kept(options['see-states'] ? 'seeing' : 'blind');
  if (options.fresh) kept.forget();
  const mutants = chosen();
  say(`${mutants.length} mutants`);
  const tests = kept.tests ?? (await baseline());
  if (tests.length === 0) return 2;
  const failing = tests.filter(({ passed }) => !passed);
  for (const { file, name, message } of failing)
    say(`fails without a mutant, and is left out: ${file}: ${name}: ${message?.slice(0, 200)}`);
  kept.tests = tests;

  const killers = new Killers(tests.filter(({ passed }) => passed));
  // Whoever asks all tests asks anew.
  const verdicts = new Map(options.all ? [] : kept.verdicts);
  const waiting = mutants.filter(({ id }) => !verdicts.has(id));
  let done = mutants.length - waiting.length;
  if (done > 0) say(`${done} of them are known from a run before`);
  await Promise.all(
    lanes.map(async (lane) => {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const verdict = await judge(mutant, lane, killers, options.all);
        verdicts.set(mutant.id, verdict);
        if (!options.all) kept.add(verdict);
        const by = verdict.by === undefined ? '' : ` by ${verdict.by}`;
        say(`${++done}/${mutants.length} ${verdict.outcome.padEnd(8)} ${mutant.id}${by}`);
      }
    }),
  );

  return report(
    mutants.map((mutant) => ({
      mutant,
      verdict: verdicts.get(mutant.id)!,
      reason: SURVIVORS[mutant.id],
    })),
    { count: killers.count, failing: failing.length },
  );
}

function chosen(): readonly Mutant[] {
  const pattern = new RegExp(options.only ?? '');
  return MUTANTS.filter(({ id }) => pattern.test(id) && (!options.survivors || id in SURVIVORS));
}

async function baseline(): Promise<readonly RanTest[]> {
  say('running the tests over the charts as they are');
  const answer = await lanes[0]!.run(
    { mutant: undefined, files: undefined, timeLimitMs: BASELINE_TIME_LIMIT_MS },
    BASELINE_BOUND_MS,
  );
  if (!answer)
    throw new Error(`the tests did not end within ${BASELINE_BOUND_MS / 1_000} s, without a mutant`);
  for (const error of answer.errors) say(error);
  return answer.errors.length > 0 ? [] : answer.tests;
}

function report(
  findings: readonly Finding[],
  tests: { readonly count: number; readonly failing: number },
): number {
  const unlisted = findings.filter((finding) => survived(finding) && finding.reason === undefined);
  const dead = findings.filter((finding) => !survived(finding) && finding.reason !== undefined);
  if (options.json) console.log(JSON.stringify(findings, null, 2));
  for (const { mutant, reason } of findings.filter(survived))
    say(`survived: ${mutant.id}\n  ${reason ?? '?'}`);
  for (const { mutant, verdict } of dead)
    say(`listed as a survivor, and killed: ${mutant.id} by ${verdict.by}`);
  say(sentence(findings));
  const whole = findings.length === MUTANTS.length && tests.failing === 0 && !options['see-states'];
  if (whole && unlisted.length + dead.length === 0) {
    const rest = protocolOf(readFileSync(PAGE, 'utf8'));
    writeFileSync(PAGE, `${page(findings, { tests: tests.count, lanes: LANES })}${rest}`);
    say('docs/MUTATION.md is written');
  } else if (unlisted.length > 0)
    say(`${unlisted.length} survivors are not argued in test/mutation/survivors.ts`);
  return unlisted.length + dead.length === 0 ? 0 : 1;
}

/** To standard error: standard output is for `--json` alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
