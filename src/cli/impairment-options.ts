import { type Command, Option } from 'commander';
import { impairmentFlags, impairmentsFromFlags } from '../net/impairment-flags.ts';
import type { Impairments } from '../net/impairments.ts';

/** Adds what {@link addImpairments} does, and `--seed N`. */
export function addImpairmentOptions(command: Command): Command {
  return addImpairments(command).option(
    '--seed <N>',
    'repeats the choices of chance that the bad network makes',
  );
}

/** Adds `--loss P` and the like, each with the suffixes `-in` and `-out` too. */
export function addImpairments(command: Command): Command {
  command.optionsGroup(
    'A bad network (both directions; --loss-in, --delay-out … for one, as seen from the stack):',
  );
  for (const { name, value, description } of impairmentFlags) {
    command.option(`--${name} <${value}>`, description);
    for (const direction of ['in', 'out']) {
      command.addOption(new Option(`--${name}-${direction} <${value}>`, description).hideHelp());
    }
  }
  return command;
}

export interface ChosenImpairments {
  readonly in: Impairments;
  readonly out: Impairments;
}

/**
 * The impairments that the options ask for; undefined where there are none.
 *
 * @throws StackError EINVAL, with the flag's name
 */
export function chosenImpairments(flags: Readonly<Record<string, unknown>>): ChosenImpairments | undefined {
  const chosen = impairmentsFromFlags(flags);
  return [chosen.in, chosen.out].some((direction) => Object.keys(direction).length > 0) ? chosen : undefined;
}
