/** A machine's config with one mutant in it, or with every place told when it is reached. The config handed in stays as it is. */

import { and, not } from 'xstate';
import { type ArrowConfig, listOf, type Mutant, type Place, placeName, type StateConfig } from './mutants.ts';

type Arrows = readonly ArrowConfig[];

/** The config with the mutant's change made, or as it is when the mutant is of another machine. */
export function mutate(config: StateConfig, mutant: Mutant): StateConfig {
  if (config.id !== mutant.machine) return config;
  return at(config, mutant.path, (state) => changed(state, mutant));
}

/** The config, `reached` called with the name of each place that is come upon: an arrow taken, an action done, a guard asked. */
export function instrument(config: StateConfig, reached: (place: string) => void): StateConfig {
  const instrumentAt = (state: StateConfig, path: readonly string[]): StateConfig => {
    const name = (slot: Place['slot'], key?: string): string =>
      placeName({ machine: config.id!, path, slot, key });
    const asked = (place: string) => (): boolean => {
      reached(place);
      return true;
    };
    const told = (arrows: ArrowConfig | Arrows, place: string): Arrows =>
      listOf<ArrowConfig>(arrows).map((arrow) => ({
        ...arrow,
        // Asking a guard is a way to come upon an arrow, too, even if it is not taken.
        ...(arrow.guard && { guard: and([asked(place), arrow.guard]) as unknown as string }),
        actions: [...listOf(arrow.actions), () => reached(place)],
      }));
    const each = (slot: 'on' | 'after') =>
      state[slot] && {
        [slot]: Object.fromEntries(
          Object.entries(state[slot]).map(([key, arrows]) => [key, told(arrows, name(slot, key))]),
        ),
      };
    return {
      ...state,
      ...each('on'),
      ...each('after'),
      ...(state.always && { always: told(state.always, name('always')) }),
      ...(state.initial && {
        // XState takes this only where the state is entered without one of its own being named.
        initial: { target: state.initial, actions: () => reached(name('initial')) } as unknown as string,
      }),
      entry: [...listOf(state.entry), () => reached(name('entry'))],
      exit: [...listOf(state.exit), () => reached(name('exit'))],
      ...(state.states && {
        states: Object.fromEntries(
          Object.entries(state.states).map(([key, inner]) => [key, instrumentAt(inner, [...path, key])]),
        ),
      }),
    };
  };
  return instrumentAt(config, []);
}

function at(
  state: StateConfig,
  [key, ...rest]: readonly string[],
  change: (state: StateConfig) => StateConfig,
): StateConfig {
  if (key === undefined) return change(state);
  const inner = state.states?.[key];
  if (!inner) throw new Error(`the chart has no state ${key} where the mutant's path leads`);
  return { ...state, states: { ...state.states, [key]: at(inner, rest, change) } };
}

function changed(state: StateConfig, { slot, key, change }: Mutant): StateConfig {
  switch (slot) {
    case 'initial':
      return { ...state, initial: (change as { target: string }).target };
    case 'entry':
    case 'exit':
      return { ...state, [slot]: without(listOf(state[slot]), (change as { action: number }).action) };
    case 'always':
      return { ...state, always: changedArrows(listOf<ArrowConfig>(state.always), change) };
    case 'on':
    case 'after': {
      const { [key!]: written, ...others } = state[slot]!;
      const arrows = changedArrows(listOf<ArrowConfig>(written), change);
      // An empty list is still an answer to the event, which a state further out may take.
      return { ...state, [slot]: arrows.length > 0 ? { ...others, [key!]: arrows } : others };
    }
  }
}

function changedArrows(arrows: Arrows, change: Mutant['change']): Arrows {
  if (!('arrow' in change) || change.arrow === undefined) throw new Error(`${change.kind} concerns no arrow`);
  const index = change.arrow;
  const arrow = arrows[index]!;
  switch (change.kind) {
    case 'remove':
      return without(arrows, index);
    case 'redirect':
      return arrows.with(index, { ...arrow, target: `#${change.target}` });
    case 'negate guard':
      return arrows.with(index, { ...arrow, guard: not(arrow.guard!) as unknown as string });
    case 'drop re-entry':
      return arrows.with(index, { ...arrow, reenter: false });
    case 'drop action':
      return arrows.with(index, { ...arrow, actions: without(listOf(arrow.actions), change.action) });
  }
}

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_, at) => at !== index);
}
