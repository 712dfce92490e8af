import { type Parts, RULES, readBounds, replayScript } from '../model/index.ts';
import { isStepScript, type StepScript, type StepsExpected } from '../sim/index.ts';
import { faultNamed } from './check-faults.ts';
import { ladderLines } from './check-report.ts';
import { EXIT, UsageError } from './exit.ts';
import { importFile } from './sim-files.ts';

export interface ReplayFlags {
  readonly fault?: string | false;
  readonly json?: boolean;
}

interface Saved {
  readonly script: StepScript;
  readonly expected: StepsExpected;
}

/** `statewire check --replay FILE`, and `statewire sim --replay FILE` of such a file: whether the stack still does what the file says. */
export async function replay(file: string, { fault, json = false }: ReplayFlags): Promise<void> {
  replaySaved(await load(file), file, fault, json);
}

/** Plays what a file holds, and tells what came of it. */
export function replaySaved(
  { script, expected }: Saved,
  file: string,
  fault: string | false | undefined,
  isJson: boolean,
): void {
  const name = fault === false ? undefined : (fault ?? expected.fault);
  const parts: Partial<Parts> = name === undefined ? {} : faultNamed(name).parts;
  const { violation, stepsTaken, stopped, played, agrees } = replayScript(
    script,
    readBounds(expected.bounds),
    parts,
  );
  const states = played?.steps.at(-1)?.states;
  const isSame =
    violation?.rule === expected.rule &&
    states?.A === expected.states.A &&
    states.B === expected.states.B &&
    stepsTaken === script.steps.length;
  if (violation) process.exitCode = EXIT.failure;
  if (isJson) {
    const ladder = played && ladderLines(played.ladder);
    process.stdout.write(
      `${JSON.stringify({ file, fault: name, expected, isSame, violation, stepsTaken, stopped, states, agrees, ladder }, null, 2)}\n`,
    );
    return;
  }
  const lines = name === undefined ? [] : [`fault    ${name}: ${faultNamed(name).text}`, ''];
  if (played) lines.push(...ladderLines(played.ladder), '');
  if (played?.crash !== undefined) lines.push(`A stack throws: ${played.crash}`, '');
  lines.push(...outcome(expected, violation, isSame, stopped));
  if (!agrees && stopped === undefined)
    lines.push('The stacks were in other states than the model: one of the two is wrong; please report it.');
  process.stdout.write(`${lines.join('\n')}\n`);
}

function outcome(
  expected: StepsExpected,
  violation: { readonly rule: string; readonly text: string } | undefined,
  isSame: boolean,
  stopped: string | undefined,
): string[] {
  if (isSame) {
    return [
      `violated: ${expected.rule}: ${violation!.text}`,
      `  the rule: ${RULES[expected.rule as keyof typeof RULES]}`,
      'It fails as it did.',
    ];
  }
  if (violation)
    return [
      `violated: ${violation.rule}: ${violation.text}`,
      `It failed otherwise: ${expected.rule}: ${expected.text}`,
    ];
  const why = stopped === undefined ? 'all of its steps are possible, and break no rule' : stopped;
  return [`no violation: ${why}.`, `It did fail: ${expected.rule}: ${expected.text}`];
}

/** Whether a file holds a script of steps: a counterexample, and no case of a campaign. */
export async function holdsSteps(file: string): Promise<boolean> {
  const { default: script } = (await importFile(file)) as { readonly default?: unknown };
  return isStepScript(script);
}

/** @throws UsageError for a file that is not there, or holds something else */
async function load(file: string): Promise<Saved> {
  const { default: script, expected } = (await importFile(file)) as {
    readonly default?: unknown;
    readonly expected?: Partial<StepsExpected>;
  };
  const isWhole =
    typeof expected?.rule === 'string' &&
    Object.hasOwn(RULES, expected.rule) &&
    typeof expected.states?.A === 'string' &&
    typeof expected.bounds === 'object';
  if (!isStepScript(script) || !isWhole)
    throw new UsageError(
      `${file}: holds no counterexample of statewire check --save. Cases of statewire sim are for statewire sim --replay.`,
    );
  return { script, expected: expected as StepsExpected };
}
