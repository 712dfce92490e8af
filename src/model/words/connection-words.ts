/** The words of a connection's life, with the listener's LISTEN around it. */

import { follow, type Place, START } from './connection-model.ts';
import type { WordOptions } from './meaning.ts';
import type { WordModel } from './paths.ts';
import { serialize } from './situation.ts';
import { SYMBOLS, type TestSymbol } from './symbols.ts';

export function connectionModel(
  options: WordOptions = { timeWaitProtection: true },
): WordModel<Place, TestSymbol> {
  return {
    start: START,
    symbols: SYMBOLS,
    follow: (place, symbol) => follow(place, symbol, options),
    serialize: ({ situation }) => serialize(situation),
  };
}
