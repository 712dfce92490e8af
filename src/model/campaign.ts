/** Plays many words on a target and tells, in counts and groups, where all agree and where not. */

import type { Difference } from './difference.ts';
import type { StepResult, Verdict, WordResult } from './drive/play.ts';
import type { Target } from './drive/target.ts';
import { type ArrowsTaken, CHART_NAMES, type ChartName } from './graph/arrows.ts';
import { type MachineWord, playMachineWord } from './machines.ts';

/** Words that disagree at the same symbol, in the same state, in the same way. */
export interface DisagreementGroup {
  readonly machine: ChartName;
  readonly before: string;
  readonly symbol: string;
  readonly says: readonly string[];
  readonly count: number;
  /** The shortest of the words, up to where it disagrees. */
  readonly example: readonly string[];
  readonly reply: string;
  /** Undefined: it is new. */
  readonly known: Difference | undefined;
}

export interface ArrowReport {
  readonly machine: ChartName;
  readonly arrow: string;
  readonly description: string;
  readonly count: number;
}

export interface CampaignResult {
  readonly target: string;
  readonly words: number;
  /** How many words came to which verdict; together they are all words. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly steps: number;
  readonly disagreements: readonly DisagreementGroup[];
  /** Why words were not run, and how many. */
  readonly notRun: readonly { readonly because: string; readonly count: number }[];
  /** Each arrow with how often it was taken; undefined for a target that can't be looked into. */
  readonly arrows: readonly ArrowReport[] | undefined;
}

export interface CampaignOptions {
  readonly seed?: number;
  readonly slow?: boolean;
  readonly differences?: readonly Difference[];
  /** Counts the arrows, for a target that was made with its `inspect`. */
  readonly taken?: ArrowsTaken;
  readonly onWord?: (done: number, of: number) => void;
}

/** Plays `words`, as many at once as the target takes. */
export async function playWords(
  target: Target,
  words: readonly MachineWord[],
  options: CampaignOptions = {},
): Promise<CampaignResult> {
  const results: WordResult[] = new Array(words.length);
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < words.length; index = next++) {
      results[index] = await playMachineWord(target, words[index]!, {
        index,
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        ...(options.slow === undefined ? {} : { slow: options.slow }),
        ...(options.taken ? { taken: options.taken } : {}),
      });
      options.onWord?.(++done, words.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(target.sessions, words.length) }, lane));
  if (target.realTime) await again(target, words, results, options);
  return summed(target.name, words, results, options);
}

/**
 * On a busy machine an answer may come too late for its step. What disagrees in a way that is not known is played again, by
 * itself; what then agrees was late.
 */
async function again(
  target: Target,
  words: readonly MachineWord[],
  results: WordResult[],
  { differences = [], slow }: CampaignOptions,
): Promise<void> {
  let index = words.length;
  for (const [at, word] of words.entries()) {
    for (let left = MOST_AGAIN; left > 0 && isNew(results[at]!, differences); left--)
      results[at] = await playMachineWord(target, word, {
        index: index++,
        ...(slow === undefined ? {} : { slow }),
      });
  }
}

const MOST_AGAIN = 2;

function isNew(result: WordResult, differences: readonly Difference[]): boolean {
  return result.verdict === 'disagreed' && !differences.some((each) => explains(each, result.steps.at(-1)!));
}

function summed(
  target: string,
  words: readonly MachineWord[],
  results: readonly WordResult[],
  { differences = [], taken }: CampaignOptions,
): CampaignResult {
  const verdicts: Record<Verdict, number> = { agreed: 0, disagreed: 0, unobservable: 0, 'not run': 0 };
  const reasons = new Map<string, number>();
  const groups = new Map<string, DisagreementGroup>();
  let steps = 0;
  results.forEach((result, index) => {
    verdicts[result.verdict]++;
    steps += result.steps.length;
    if (result.verdict === 'not run') {
      const because = result.because ?? '';
      reasons.set(because, (reasons.get(because) ?? 0) + 1);
    }
    if (result.verdict === 'disagreed') group(groups, words[index]!, result, differences);
  });
  return {
    target,
    words: words.length,
    verdicts,
    steps,
    disagreements: [...groups.values()].sort((a, b) => b.count - a.count),
    notRun: [...reasons].map(([because, count]) => ({ because, count })).sort((a, b) => b.count - a.count),
    arrows: taken && arrowReports(taken, new Set(words.map(({ machine }) => machine))),
  };
}

function group(
  groups: Map<string, DisagreementGroup>,
  { machine }: MachineWord,
  { steps }: WordResult,
  differences: readonly Difference[],
): void {
  const last = steps.at(-1)!;
  const known = differences.find((difference) => explains(difference, last));
  const key = [machine, last.before, last.symbol, known?.reason, ...last.disagreements].join('\n');
  const example = steps.map(({ symbol }) => symbol);
  const before = groups.get(key);
  groups.set(key, {
    machine,
    before: last.before,
    symbol: last.symbol,
    says: last.disagreements,
    count: (before?.count ?? 0) + 1,
    example: before && before.example.length <= example.length ? before.example : example,
    reply: last.reply,
    known,
  });
}

function explains({ at, symbol, says }: Difference, step: StepResult): boolean {
  return (
    (at === undefined || at.test(step.situation)) &&
    (symbol === undefined || symbol === step.symbol) &&
    says.test(step.disagreements.join('; '))
  );
}

function arrowReports(taken: ArrowsTaken, machines: ReadonlySet<ChartName>): ArrowReport[] {
  return CHART_NAMES.filter((machine) => machines.has(machine)).flatMap((machine) =>
    taken.of(machine).map(({ arrow, count }) => ({
      machine,
      arrow: arrow.id,
      description: arrow.description,
      count,
    })),
  );
}
