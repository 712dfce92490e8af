import type { AnyStateMachine } from 'xstate';
import { compiled } from './compile.ts';

/** Who steps a chart: XState, or the table compiled from the same definition. Nothing but the time it takes tells them apart. */
export type Interpreter = 'xstate' | 'compiled';

export const INTERPRETERS: readonly Interpreter[] = ['xstate', 'compiled'];

let byDefault: Interpreter = 'compiled';

/** For stacks that are made from now on and don't say: where somebody else makes them, as a scene or a test does. */
export function setDefaultInterpreter(interpreter: Interpreter): void {
  byDefault = interpreter;
}

/** The machine, to be stepped so. */
export function interpreted<Machine extends AnyStateMachine>(
  machine: Machine,
  interpreter: Interpreter = byDefault,
): Machine {
  return interpreter === 'compiled' ? compiled(machine) : machine;
}
