/** The words of a connection's life, with the listener's LISTEN around it. */

import { follow, type Place, START } from './connection-model.ts';
import type { WordOptions } from './meaning.ts';
import type { WordModel } from './paths.ts';
import { type Situation, serialize } from './situation.ts';
import { SYMBOLS, type TestSymbol } from './symbols.ts';

/** Symbols that are not to be in a word, where it has led. */
export type Avoid = (symbol: TestSymbol, situation: Situation) => boolean;

export function connectionModel(
  options: WordOptions = { timeWaitProtection: true },
  avoid: Avoid = () => false,
): WordModel<Place, TestSymbol> {
  return {
    start: START,
    symbols: SYMBOLS,
    follow: (place, symbol) => (avoid(symbol, place.situation) ? undefined : follow(place, symbol, options)),
    serialize: ({ situation }) => serialize(situation),
  };
}
