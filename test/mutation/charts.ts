/** The charts that are mutated. */

import type { AnyStateMachine } from 'xstate';
import { connectionMachine, interfaceMachine, listenerMachine } from '../../machines/index.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

export const CHARTS = [connectionMachine, listenerMachine, interfaceMachine] as unknown as AnyStateMachine[];

/** Every mutant of every chart. */
export const MUTANTS: readonly Mutant[] = CHARTS.flatMap(mutantsOf);
