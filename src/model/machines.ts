/** The charts that words are written of, and how a word of each is played. */

import type { Random } from '../random.ts';
import type { Difference } from './difference.ts';
import { playInterfaceWord, playListenerWord } from './drive/host-play.ts';
import { playWord, type WordResult } from './drive/play.ts';
import type { Target } from './drive/target.ts';
import { type ArrowsTaken, CHART_NAMES, type ChartName } from './graph/arrows.ts';
import { type Avoid, connectionModel } from './words/connection-words.ts';
import { type InterfaceSymbol, interfaceModel } from './words/interface-words.ts';
import { type ListenerSymbol, listenerModel } from './words/listener-words.ts';
import { type PathOptions, type Strategy, type Word, wordsOf } from './words/paths.ts';
import { serialize } from './words/situation.ts';
import type { TestSymbol } from './words/symbols.ts';

/** A word, with the chart that it is of and how its connection is set up. */
export interface MachineWord extends Word {
  readonly machine: ChartName;
  /** Without the protection of RFC 1337: a RST ends TIME-WAIT. */
  readonly withoutTimeWaitProtection?: true;
}

/**
 * Words whose point is in their past, which the situation that a word has led to does not tell: each is there for an arrow
 * that no shortest word takes.
 */
const BEYOND: readonly (readonly TestSymbol[])[] = [
  ...twice([
    // The persist timer has backed off; it is then due earlier than it was. Once with keep-alive and once without.
    'OPEN active',
    'SYN,ACK',
    'window closes',
    'SEND',
    'persist timeout',
    'ACK of the probe',
    'window opens',
    'window closes',
    'SEND',
    'persist timeout',
    'window opens',
  ]),
];

/**
 * The words of a chart; see {@link wordsOf} for the strategies. `transition-cover` of the connection chart adds those that
 * take an arrow only with another set-up or another past.
 */
export function machineWords(
  machine: ChartName,
  strategy: Strategy,
  options: PathOptions = {},
): MachineWord[] {
  const limit = options.limit ?? 10_000;
  if (machine === 'listener') return named(machine, wordsOf(listenerModel, strategy, options));
  if (machine === 'interface') return named(machine, wordsOf(interfaceModel, strategy, options));
  const words = named(machine, wordsOf(connectionModel(), strategy, options));
  if (strategy !== 'transition-cover') return words;
  const unprotected = wordsOf(connectionModel({ timeWaitProtection: false }), strategy, options)
    .filter(({ symbols, places }) => symbols.at(-1) === 'RST' && places.at(-2)?.startsWith('TIME-WAIT'))
    .map((word): MachineWord => ({ ...word, machine, withoutTimeWaitProtection: true }));
  return [...words, ...unprotected, ...named(machine, BEYOND.map(spelled))].slice(0, limit);
}

function twice(word: readonly TestSymbol[]): readonly (readonly TestSymbol[])[] {
  return [word, [...word, 'ACK']];
}

/** All words of all charts that a strategy finds, chart by chart. */
export function allWords(strategy: Strategy, options: PathOptions & { readonly random?: Random } = {}) {
  return CHART_NAMES.flatMap((machine) => machineWords(machine, strategy, options));
}

/**
 * Words for a target that can't do all that ours can: other ways to the places to which the usual words come by what it can't
 * play, or does otherwise. Only those that are not among the usual ones.
 */
export function detours(
  target: Target,
  differences: readonly Difference[],
  options: PathOptions = {},
): MachineWord[] {
  const avoid: Avoid = (symbol, situation) =>
    target.cannot(symbol, situation) !== undefined ||
    differences.some(
      ({ at, symbol: of, says }) =>
        of === symbol && (at === undefined || at.test(serialize(situation))) && DIVERGES.test(says.source),
    );
  const usual = new Set(
    machineWords('connection', 'transition-cover', options).map(({ symbols }) => symbols.join('\n')),
  );
  const words = wordsOf(connectionModel(undefined, avoid), 'transition-cover', options);
  return named('connection', words).filter(({ symbols }) => !usual.has(symbols.join('\n')));
}

/** The target is in another state then: the rest of a word would tell nothing. */
const DIVERGES = /chart goes to|is in /;

function named(machine: ChartName, words: readonly Word[]): MachineWord[] {
  return words.map((word) => ({ ...word, machine }));
}

function spelled(symbols: readonly TestSymbol[]): Word {
  const model = connectionModel();
  const places: string[] = [];
  let place = model.start;
  for (const symbol of symbols) {
    const next = model.follow(place, symbol);
    if (next === undefined)
      throw new RangeError(`${symbols.join(' · ')} is no word: ${symbol} can't happen there`);
    place = next;
    places.push(model.serialize(place));
  }
  return { symbols, places };
}

export interface PlayMachineOptions {
  readonly index: number;
  readonly seed?: number;
  readonly slow?: boolean;
  /** Counts the arrows taken, where the target lets itself be looked into. */
  readonly taken?: ArrowsTaken;
}

/** Plays a word of any chart. Those of the listener and the interface need a stack of our own. */
export async function playMachineWord(
  target: Target,
  word: MachineWord,
  options: PlayMachineOptions,
): Promise<WordResult> {
  const { symbols } = word;
  if (word.withoutTimeWaitProtection && !target.choosesTimeWaitProtection) {
    const because = 'its protection of TIME-WAIT (RFC 1337) is one for all connections';
    return { symbols, verdict: 'not run', because, steps: [] };
  }
  if (word.machine === 'connection')
    return playWord(target, symbols as readonly TestSymbol[], {
      index: options.index,
      timeWaitProtection: word.withoutTimeWaitProtection !== true,
      ...(options.slow === undefined ? {} : { slow: options.slow }),
    });
  if (target.name !== 'self') {
    const because = `only a stack of statewire's has the bounds and switches of this ${word.machine} chart`;
    return { symbols, verdict: 'not run', because, steps: [] };
  }
  const host = {
    seed: (options.seed ?? 1) + options.index,
    ...(options.taken ? { inspect: options.taken.inspect as never } : {}),
  };
  return word.machine === 'listener'
    ? playListenerWord(symbols as readonly ListenerSymbol[], host)
    : playInterfaceWord(symbols as readonly InterfaceSymbol[], host);
}
