import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Parts, RULES, readBounds, replayScript } from '../model/index.ts';
import { isStepScript, type StepScript, type StepsExpected } from '../sim/index.ts';
import { faultNamed } from './check-faults.ts';
import { ladderLines } from './check-report.ts';
import { EXIT, Failure, UsageError } from './exit.ts';

export interface ReplayFlags {
  readonly fault?: string | false;
  readonly json?: boolean;
}

interface Saved {
  readonly script: StepScript;
  readonly expected: StepsExpected;
}

/** `statewire check --replay FILE`: whether the stack still does what the file says. */
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

/** @throws UsageError for a file that is not there, or holds something else */
async function load(file: string): Promise<Saved> {
  let module: { readonly default?: unknown; readonly expected?: Partial<StepsExpected> };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as typeof module;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(resolve(file)))
      throw new UsageError(`${file}: there is no such file.`);
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new UsageError(`${file}: can't be imported; give a module of JavaScript, as name.mjs.`);
    throw new Failure(`${file}: ${message}`);
  }
  const { default: script, expected } = module;
  const isWhole =
    typeof expected?.rule === 'string' &&
    Object.hasOwn(RULES, expected.rule) &&
    typeof expected.states?.A === 'string' &&
    typeof expected.bounds === 'object';
  if (!isStepScript(script) || !isWhole)
    throw new UsageError(`${file}: holds no counterexample; statewire check --save writes them.`);
  return { script, expected: expected as StepsExpected };
}
