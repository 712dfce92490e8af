import {
  type Bounds,
  type CheckFigures,
  type CheckResult,
  type Model,
  RULES,
  type SeededFault,
  type ToldCounterexample,
  writtenBounds,
} from '../model/index.ts';
import { type Ladder, printRfc } from '../sim/index.ts';
import type { CounterDrill } from './check-drill.ts';
import { CALL_NAMES } from './check-options.ts';
import { coloured, humanBytes } from './output.ts';

/** All that there is to say of a check. */
export interface Checked {
  readonly model: Model;
  readonly result: CheckResult;
  readonly seconds: number;
  readonly folds: boolean;
  readonly fault: SeededFault | undefined;
  readonly told: ToldCounterexample | undefined;
  readonly drill: CounterDrill | undefined;
}

export function jsonOf({ model, result, seconds, folds, fault, told, drill }: Checked): object {
  const { violation, isComplete, pairs, ...figures } = result;
  return {
    bounds: writtenBounds(model.bounds),
    ...(fault === undefined ? {} : { fault: fault.name }),
    folds,
    isComplete,
    ...figures,
    seconds: Number(seconds.toFixed(3)),
    statesPerSecond: Math.round(result.states / seconds),
    rules: Object.keys(RULES),
    pairs,
    ...(violation === undefined || told === undefined
      ? {}
      : {
          violation: {
            rule: violation.rule,
            meaning: RULES[violation.rule],
            text: violation.text,
            steps: told.script.steps,
            states: told.expected.states,
            ladder: ladderLines(told.played.ladder),
            module: told.module,
            drill: drill?.text,
          },
        }),
  };
}

export interface SavedFlags {
  readonly save?: string;
  readonly saveDrill?: string;
}

export function tellResult(checked: Checked, saved: SavedFlags): void {
  const lines = [...head(checked), '', ...figures(checked), '', ...verdict(checked)];
  if (checked.told) lines.push('', ...counterexample(checked, saved));
  process.stdout.write(`${lines.join('\n')}\n`);
}

function head({ model, fault }: Checked): string[] {
  const lines = [`bounds   ${boundsText(model.bounds)}`];
  if (fault) lines.push(`fault    ${fault.name}: ${fault.text}`);
  return lines;
}

export function boundsText(bounds: Bounds): string {
  const names = Object.keys(CALL_NAMES).filter((name) => bounds.calls.has(CALL_NAMES[name]!));
  const counts = [
    count(bounds.octets, 'octet', ' each way'),
    count(bounds.losses, 'loss', '', 'losses'),
    count(bounds.duplicates, 'duplicate'),
    count(bounds.reorderings, 'reordering'),
  ];
  if (bounds.opens > 1) counts.push(`${bounds.opens} opens`);
  if (bounds.giveUps > 0) counts.push(count(bounds.giveUps, 'user timeout'));
  if (bounds.inFlight > 1) counts.push(`retransmissions while fewer than ${bounds.inFlight} are under way`);
  if (bounds.window < 65_535) counts.push(`windows of ${bounds.window}`);
  if (!bounds.delayedAcks) counts.push('ACKs at once');
  if (bounds.staleTimers) counts.push('timers that run on');
  return `${counts.join(', ')}, ISS ${bounds.iss}; ${names.join(', ')}`;
}

function count(number: number, one: string, rest = '', many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}${rest}`;
}

function figures({ result, seconds, folds }: Checked): string[] {
  const { states, unfolded, transitions, depth, ends, steps, segments, mostUnderWay, bytes, pairs } = result;
  const rate = `${number(states / seconds)} states/s`;
  const rows: readonly (readonly [string, string])[] = [
    [
      'states',
      folds
        ? `${number(states)} folded, ${number(unfolded)} without folding`
        : `${number(states)}, not folded`,
    ],
    ['transitions', number(transitions)],
    ['depth', `${depth} moves`],
    ['time', `${seconds.toFixed(1)} s, ${rate}`],
    ['memory', `${humanBytes(bytes)} for states and moves`],
    ['one end', `${number(ends)} states, ${number(steps)} steps of charts and protocol functions`],
    ['segments', `${number(segments)} different ones, ${mostUnderWay} under way at most`],
    ['pairs', `${number(pairs.length)} pairs of states of both ends`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function verdict({ result, told }: Checked): string[] {
  const rules = Object.keys(RULES);
  if (told) {
    const { rule, text } = told.expected;
    return [
      `${coloured(process.stdout, 'red', 'violated')}: ${rule}: ${text}`,
      `  the rule: ${RULES[rule as keyof typeof RULES]}`,
    ];
  }
  if (!result.isComplete)
    return [
      `not complete: the states that were seen break no rule. What must happen in the end (never closed, endless exchange) is asked only of all states.`,
    ];
  return [
    `${coloured(process.stdout, 'green', 'no violation')}: every state within the bounds was seen, and keeps ${rules.length} rules:`,
    ...wrapped(rules.join(', '), 116).map((line) => `  ${line}`),
    'Unhandled labels, forbidden pairs and deadlocks are looked for in each state; that every connection closes, in all of them at last.',
  ];
}

function counterexample({ told, drill }: Checked, { save, saveDrill }: SavedFlags): string[] {
  const { script, played, module } = told!;
  const lines = [
    `The shortest way there has ${count(script.steps.length, 'step')}. Two real stacks take it like this:`,
    '',
    ...ladderLines(played.ladder),
  ];
  if (played.crash !== undefined) lines.push('', `Here a stack throws: ${played.crash}`);
  lines.push(
    '',
    save === undefined
      ? 'As a file, which --save FILE writes and --replay FILE plays:'
      : `Written to ${save}; statewire check --replay ${save} plays it.`,
  );
  if (save === undefined) lines.push('', ...module.trimEnd().split('\n').map(indent));
  if (!drill) return lines;
  lines.push(
    '',
    saveDrill === undefined
      ? 'As a packetdrill script of one end, which --save-drill FILE writes:'
      : `Written to ${saveDrill}, for statewire drill --strict ${saveDrill}.`,
  );
  if (saveDrill === undefined) lines.push('', ...drill.text.trimEnd().split('\n').map(indent));
  return lines;
}

/** Without the title. */
export function ladderLines(ladder: Ladder): string[] {
  return printRfc(ladder, { all: true }).slice(2);
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** How far a check is, in one line. */
export function progressText({ states, depth }: CheckFigures, seconds: number, isExplored: boolean): string {
  const what = isExplored ? 'what can still be reached from each of them?' : `${number(states / seconds)}/s`;
  return `${number(states)} states, ${depth} moves deep, ${seconds.toFixed(0)} s, ${what}`;
}
