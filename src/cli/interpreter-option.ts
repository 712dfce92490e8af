import { type Command, Option } from 'commander';
import { INTERPRETERS, type Interpreter } from '../../machines/index.ts';
import { chooseInterpreter, INTERPRETER_VARIABLE } from '../node/interpreter.ts';

/** Lets the user say who steps the charts of the command's stacks, threads and all. */
export function addInterpreterOption(command: Command): void {
  command
    .optionsGroup('The charts:')
    .addOption(
      new Option(
        '--interpreter <WHICH>',
        'who steps them, with the same result: a table compiled from the charts (the default), or XState itself',
      )
        .choices(INTERPRETERS)
        .env(INTERPRETER_VARIABLE),
    )
    .hook('preAction', (_, action) => choose(action.opts()));
}

function choose({ interpreter }: { readonly interpreter?: Interpreter }): void {
  if (interpreter) chooseInterpreter(interpreter);
}
