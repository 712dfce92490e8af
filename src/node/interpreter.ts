/** Which interpreter the stacks of a process run on, its threads included. */

import { INTERPRETERS, type Interpreter, setDefaultInterpreter } from '../../machines/index.ts';

/** Threads get a copy of the process's environment when they begin. */
export const INTERPRETER_VARIABLE = 'STATEWIRE_INTERPRETER';

/** For all stacks made from now on, in this thread and in those that it starts. */
export function chooseInterpreter(interpreter: Interpreter): void {
  process.env[INTERPRETER_VARIABLE] = interpreter;
  setDefaultInterpreter(interpreter);
}

/** For a thread, or a test run: what was chosen where it was started. */
export function inheritInterpreter(): void {
  const chosen = INTERPRETERS.find((interpreter) => interpreter === process.env[INTERPRETER_VARIABLE]);
  if (chosen) setDefaultInterpreter(chosen);
}
