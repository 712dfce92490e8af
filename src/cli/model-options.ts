/** Options that several of the model's commands have. */

import { Option } from 'commander';
import {
  allWords,
  CHART_NAMES,
  type ChartName,
  type MachineWord,
  machineWords,
  STRATEGIES,
  type Strategy,
} from '../model/index.ts';
import { seededRandom } from '../sim/index.ts';
import { parseWhole } from './parsers.ts';

export interface WordFlags {
  readonly machine: ChartName | 'all';
  readonly strategy: Strategy;
  readonly limit?: number;
  readonly seed: number;
}

export function machineOption(all: boolean): Option {
  return new Option('--machine <NAME>', 'which chart')
    .choices(all ? [...CHART_NAMES, 'all'] : [...CHART_NAMES])
    .default(all ? 'all' : 'connection');
}

export function strategyOption(): Option {
  return new Option(
    '--strategy <NAME>',
    'shortest: to every place one word; transition-cover: from every place every symbol; simple: no place twice; random: walks',
  )
    .choices([...STRATEGIES])
    .default('transition-cover');
}

export function limitOption(): Option {
  return new Option(
    '--limit <N>',
    'words of a chart at most (default: 10000; of random ones 1000)',
  ).argParser(parseWhole(1, 1_000_000));
}

export function seedOption(): Option {
  return new Option('--seed <N>', 'what is left to chance')
    .argParser(parseWhole(0, Number.MAX_SAFE_INTEGER))
    .default(1);
}

/** The words that the flags ask for. */
export function wordsFor({ machine, strategy, limit, seed }: WordFlags): MachineWord[] {
  const options = {
    limit: limit ?? (strategy === 'random' ? 1_000 : 10_000),
    random: seededRandom(seed),
  };
  return machine === 'all' ? allWords(strategy, options) : machineWords(machine, strategy, options);
}
