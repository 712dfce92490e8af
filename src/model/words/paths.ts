/**
 * Test words: paths through a model, found with `xstate/graph`. All strategies are bounded.
 */

import { fromTransition } from 'xstate';
import { getAdjacencyMap, getShortestPaths } from 'xstate/graph';
import { below, type Random } from '../../random.ts';

/** What words can be written of: a place to begin, and where each symbol leads. */
export interface WordModel<P, S extends string> {
  readonly start: P;
  readonly symbols: readonly S[];
  follow(place: P, symbol: S): P | undefined;
  /** One line, equal for places from which words go on alike. */
  serialize(place: P): string;
}

export const STRATEGIES = ['shortest', 'simple', 'transition-cover', 'random'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface Word<S extends string = string> {
  readonly symbols: readonly S[];
  /** Where each symbol leads, by the chart; one line each. */
  readonly places: readonly string[];
}

export interface PathOptions {
  /** How many words at most. Default 10,000. */
  readonly limit?: number;
  /** For `random`. */
  readonly random?: Random;
  /** Symbols in a word of `random`, at most. Default 20. */
  readonly length?: number;
}

/**
 * Words of a model:
 * - `shortest`: to every place one shortest word.
 * - `simple`: words that come to no place twice, shorter ones first.
 * - `transition-cover`: for every place and every symbol that can happen there a shortest word to the place, and the symbol.
 * - `random`: walks; the same numbers drawn give the same words.
 *
 * Of the first and the third, words that another begins with are left out.
 *
 * @throws RangeError for `random` without a source of random numbers
 */
export function wordsOf<P, S extends string>(
  model: WordModel<P, S>,
  strategy: Strategy,
  options: PathOptions = {},
): Word<S>[] {
  const limit = options.limit ?? 10_000;
  switch (strategy) {
    case 'shortest':
      return withoutBeginnings(shortest(model)).slice(0, limit);
    case 'transition-cover':
      return withoutBeginnings(transitionCover(model)).slice(0, limit);
    case 'simple':
      return simple(model, limit);
    case 'random':
      return walks(model, limit, options);
  }
}

/** More places than any of our models has: the search would end even if one had no end. */
const MOST_PLACES = 100_000;

function graphOf<P, S extends string>(model: WordModel<P, S>) {
  type Step = { readonly type: S };
  const logic = fromTransition((place: P, { type }: Step) => model.follow(place, type) ?? place, model.start);
  const options = {
    events: (snapshot: { readonly context: P }): readonly Step[] =>
      model.symbols
        .filter((symbol) => model.follow(snapshot.context, symbol) !== undefined)
        .map((type) => ({ type })),
    serializeState: (snapshot: { readonly context: P }) => model.serialize(snapshot.context),
    serializeEvent: ({ type }: Step) => type,
    limit: MOST_PLACES,
  };
  return { logic, options: options as never };
}

function shortest<P, S extends string>(model: WordModel<P, S>): Word<S>[] {
  const { logic, options } = graphOf(model);
  return getShortestPaths(logic, options).map(({ steps }) => {
    // Each step is an event and where it leads; the first of them is the logic's own beginning.
    const taken = (steps as readonly { state: { context: P }; event: { type: string } }[]).filter(
      ({ event }) => !event.type.startsWith('xstate.'),
    );
    return {
      symbols: taken.map(({ event }) => event.type as S),
      places: taken.map(({ state }) => model.serialize(state.context)),
    };
  });
}

interface Edge<S> {
  readonly symbol: S;
  readonly to: string;
}

function edgesOf<P, S extends string>(model: WordModel<P, S>): ReadonlyMap<string, readonly Edge<S>[]> {
  const { logic, options } = graphOf(model);
  const map = getAdjacencyMap(logic, options) as unknown as Record<
    string,
    { transitions: Record<string, { event: { type: S }; state: { context: P } }> }
  >;
  return new Map(
    Object.entries(map).map(([place, { transitions }]) => [
      place,
      Object.values(transitions).map(({ event, state }) => ({
        symbol: event.type,
        to: model.serialize(state.context),
      })),
    ]),
  );
}

function transitionCover<P, S extends string>(model: WordModel<P, S>): Word<S>[] {
  const start = model.serialize(model.start);
  const ways = new Map<string, Word<S>>([[start, { symbols: [], places: [] }]]);
  for (const word of shortest(model)) if (word.places.length > 0) ways.set(word.places.at(-1)!, word);
  const found: Word<S>[] = [];
  for (const [place, edges] of edgesOf(model)) {
    const way = ways.get(place);
    if (way) for (const edge of edges) found.push(longer(way, edge));
  }
  return found;
}

function simple<P, S extends string>(model: WordModel<P, S>, limit: number): Word<S>[] {
  const start = model.serialize(model.start);
  const edges = edgesOf(model);
  const found: Word<S>[] = [];
  // `getSimplePaths` of xstate/graph looks for all of them at once, which are more than can be counted.
  let ends: Word<S>[] = [{ symbols: [], places: [] }];
  while (ends.length > 0 && found.length < limit) {
    const next: Word<S>[] = [];
    for (const word of ends) {
      for (const edge of edges.get(word.places.at(-1) ?? start) ?? []) {
        if (edge.to === start || word.places.includes(edge.to)) continue;
        next.push(longer(word, edge));
        if (found.length + next.length >= limit) return [...found, ...next];
      }
    }
    found.push(...next);
    ends = next;
  }
  return found;
}

function walks<P, S extends string>(
  model: WordModel<P, S>,
  limit: number,
  { random, length = 20 }: PathOptions,
): Word<S>[] {
  if (!random) throw new RangeError('random words need a source of random numbers: give `random`.');
  return Array.from({ length: limit }, () => {
    const symbols: S[] = [];
    const places: string[] = [];
    let place = model.start;
    while (symbols.length < length) {
      const possible = model.symbols.filter((symbol) => model.follow(place, symbol) !== undefined);
      if (possible.length === 0) break;
      const symbol = possible[below(random, possible.length)]!;
      place = model.follow(place, symbol)!;
      symbols.push(symbol);
      places.push(model.serialize(place));
    }
    return { symbols, places };
  });
}

function longer<S extends string>(word: Word<S>, { symbol, to }: Edge<S>): Word<S> {
  return { symbols: [...word.symbols, symbol], places: [...word.places, to] };
}

/** Without those that another one begins with: it tests them as well. */
function withoutBeginnings<S extends string>(found: readonly Word<S>[]): Word<S>[] {
  const begun = new Set<string>();
  for (const { symbols } of found)
    for (let count = 0; count < symbols.length; count++) begun.add(symbols.slice(0, count).join('\n'));
  return found.filter(({ symbols }) => symbols.length > 0 && !begun.has(symbols.join('\n')));
}
