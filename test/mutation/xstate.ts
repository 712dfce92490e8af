/**
 * What the charts import in place of `xstate` in a mutation run: the same, but that `setup` makes machines of a changed
 * config. The charts themselves know nothing of it.
 */

import { setup as realSetup } from 'xstate';
import { instrument, mutate } from './edit.ts';
import type { Mutant, StateConfig } from './mutants.ts';
import { reached } from './reached.ts';

export * from 'xstate';

const mutant =
  process.env.STATEWIRE_MUTANT === undefined
    ? undefined
    : (JSON.parse(process.env.STATEWIRE_MUTANT) as Mutant);

export const setup = ((options: never) => {
  const made = realSetup(options);
  return {
    ...made,
    createMachine: (config: never) => made.createMachine(edited(config as StateConfig) as never),
  };
}) as unknown as typeof realSetup;

function edited(config: StateConfig): StateConfig {
  return mutant ? mutate(config, mutant) : instrument(config, (place) => reached.add(place));
}
