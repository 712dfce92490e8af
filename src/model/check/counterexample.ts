/** A violation, told so that it can be read, and run again. */

import {
  playSteps,
  printStepScript,
  type StepScript,
  type StepsExpected,
  type StepsPlayed,
} from '../../sim/index.ts';
import type { Counterexample } from './check.ts';
import type { Bounds, Model } from './model.ts';
import { scriptOf } from './script.ts';

export interface ToldCounterexample {
  readonly script: StepScript;
  readonly expected: StepsExpected;
  /** The text of a module that holds both: `statewire check --replay` plays it. */
  readonly module: string;
  /** What two real stacks do in its steps. */
  readonly played: StepsPlayed;
}

/** @param fault the name of the one that was put in on purpose, if one was */
export function tellCounterexample(
  model: Model,
  { rule, text, moves }: Counterexample,
  fault?: string,
): ToldCounterexample {
  const script = scriptOf(model, moves);
  const played = playSteps(script, model.parts);
  const states = played.steps.at(-1)?.states ?? { A: 'CLOSED', B: 'CLOSED' };
  const expected: StepsExpected = {
    rule,
    text,
    states,
    ...(fault === undefined ? {} : { fault }),
    bounds: writtenBounds(model.bounds),
  };
  return { script, expected, module: printStepScript(script, expected), played };
}

/** Bounds as a file has them. */
export function writtenBounds(bounds: Bounds): StepsExpected['bounds'] {
  return { ...bounds, calls: [...bounds.calls] };
}

/** Bounds from a file. What is missing there is as by default; what is wrong with them, `modelOf` says. */
export function readBounds(written: Readonly<Record<string, unknown>>): Partial<Bounds> {
  const { calls, ...rest } = written;
  return { ...rest, ...(Array.isArray(calls) ? { calls: new Set(calls) } : {}) } as Partial<Bounds>;
}
