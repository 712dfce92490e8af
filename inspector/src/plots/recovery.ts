/** Loss recovery over time, as the plots show it: which stage and which marks lie where, in words and in columns. Pure. */

import { STAGE_WORDS } from '../../../src/inspect/recovery-words.ts';
import type { Recovery, RecoveryMark, StageSpan } from '../store/recovery-log.ts';
import { duration, seconds } from '../ui/format.ts';

export interface MarkWords {
  /** What stands beside the sign, so that it can be told without its colour. */
  readonly letter: string;
  readonly name: string;
}

export const MARK_WORDS: Readonly<Record<RecoveryMark['what'], MarkWords>> = {
  probe: { letter: 'P', name: 'tail loss probe' },
  undone: { letter: 'U', name: 'response undone' },
  reduced: { letter: 'E', name: 'reduced without a stage' },
};

export const NO_RECOVERY: Recovery = { spans: [], marks: [] };

/** A stage's words; those of a stage of a later version are its own name. */
export function stageWords({ stage }: Pick<StageSpan, 'stage'>): (typeof STAGE_WORDS)[StageSpan['stage']] {
  return STAGE_WORDS[stage] ?? { name: stage, short: stage, why: stage };
}

/** What lies at a moment, or within `reachSeconds` of it: a line each. */
export function hints(
  { spans, marks }: Recovery,
  atSeconds: number,
  reachSeconds: number,
): readonly string[] {
  const reachMs = reachSeconds * 1_000;
  const atMs = atSeconds * 1_000;
  const near = marks
    .filter(({ timeMs }) => Math.abs(timeMs - atMs) <= reachMs)
    .map(({ what, timeMs, why }) => `${MARK_WORDS[what]?.name ?? what}, ${seconds(timeMs)}: ${why}`);
  const within = spans.filter(({ fromMs, toMs }) => fromMs - reachMs <= atMs && atMs <= toMs + reachMs);
  return [
    ...within.slice(-MOST_HINTS).map((span) => `${stageWords(span).name}, ${lasting(span)}: ${span.why}`),
    ...near.slice(-MOST_HINTS),
  ];
}

const MOST_HINTS = 3;

/** `0.100 s to 0.160 s (60 ms)`. */
export function lasting({ fromMs, toMs }: StageSpan): string {
  return `${seconds(fromMs)} to ${seconds(toMs)} (${duration(toMs - fromMs)})`;
}

/** Stages and marks in the order in which they came. */
export function inTurn({
  spans,
  marks,
}: Recovery): readonly (
  | { readonly order: number; readonly span: StageSpan }
  | { readonly order: number; readonly mark: RecoveryMark }
)[] {
  return [
    ...spans.map((span) => ({ order: span.fromOrder, span })),
    ...marks.map((mark) => ({ order: mark.order, mark })),
  ].sort((a, b) => a.order - b.order);
}

/** `2 × fast recovery, 1 × tail loss probe`; empty where nothing happened. */
export function summary({ spans, marks }: Recovery): string {
  const counts = new Map<string, number>();
  for (const name of [
    ...spans.map((span) => stageWords(span).name),
    ...marks.map(({ what }) => MARK_WORDS[what]?.name ?? what),
  ])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(', ');
}

export const RECOVERY_COLUMNS = ['stage', 'tail_loss_probes', 'undone', 'reduced'] as const;

/** For each point of the gauges: the stage that it is in, or nothing, and how often each mark was set so far. */
export function recoveryColumns(
  { spans, marks }: Recovery,
  orders: ArrayLike<number>,
): readonly (readonly (string | number)[])[] {
  const columns: [string[], number[], number[], number[]] = [[], [], [], []];
  const counts = { probe: 0, undone: 0, reduced: 0 };
  let span = 0;
  let mark = 0;
  for (let point = 0; point < orders.length; point++) {
    const order = orders[point]!;
    while (span < spans.length && spans[span]!.toOrder <= order) span++;
    while (mark < marks.length && marks[mark]!.order <= order) counts[marks[mark++]!.what]++;
    const present = spans[span];
    columns[0].push(present && present.fromOrder <= order ? present.stage : '');
    columns[1].push(counts.probe);
    columns[2].push(counts.undone);
    columns[3].push(counts.reduced);
  }
  return columns;
}
