/** Test words: that they are words, that they are bounded, and that they come back the same. */

import { describe, expect, it } from 'vitest';
import { allWords, CHART_NAMES, type MachineWord, machineWords, STRATEGIES } from '../../src/model/index.ts';
import { connectionModel } from '../../src/model/words/connection-words.ts';
import { interfaceModel } from '../../src/model/words/interface-words.ts';
import { listenerModel } from '../../src/model/words/listener-words.ts';
import type { WordModel } from '../../src/model/words/paths.ts';
import { seededRandom } from '../../src/sim/index.ts';

const MODELS = {
  connection: connectionModel(),
  listener: listenerModel,
  interface: interfaceModel,
} as unknown as Readonly<Record<string, WordModel<unknown, string>>>;

function placesOf({ machine, symbols, withoutTimeWaitProtection }: MachineWord): string[] {
  const model = withoutTimeWaitProtection
    ? (connectionModel({ timeWaitProtection: false }) as unknown as WordModel<unknown, string>)
    : MODELS[machine]!;
  const places: string[] = [];
  let place = model.start;
  for (const symbol of symbols) {
    const next = model.follow(place, symbol);
    expect(next, `${symbols.join(' · ')}: ${symbol}`).toBeDefined();
    place = next;
    places.push(model.serialize(place));
  }
  return places;
}

describe('test words', () => {
  for (const strategy of STRATEGIES) {
    it(`of ${strategy} are words of their chart, and tell where each symbol leads`, () => {
      const words = allWords(strategy, { limit: 300, random: seededRandom(1) });
      expect(words.length).toBeGreaterThan(20);
      for (const word of words) expect(placesOf(word)).toEqual(word.places);
    });

    it(`of ${strategy} are no more than was asked for`, () => {
      for (const machine of CHART_NAMES)
        expect(
          machineWords(machine, strategy, { limit: 7, random: seededRandom(1) }).length,
        ).toBeLessThanOrEqual(7);
    });

    it(`of ${strategy} are the same every time`, () => {
      const once = () => JSON.stringify(allWords(strategy, { limit: 200, random: seededRandom(9) }));
      expect(once()).toBe(once());
    });
  }

  it('of shortest come to every state that RFC 9293 names', () => {
    const states = new Set(
      machineWords('connection', 'shortest').flatMap(({ places }) =>
        places.map((place) => place.split(' ')[0]),
      ),
    );
    expect([...states].sort()).toEqual(
      [
        'CLOSED',
        'CLOSE-WAIT',
        'CLOSING',
        'ESTABLISHED',
        'FIN-WAIT-1',
        'FIN-WAIT-2',
        'LAST-ACK',
        'LISTEN',
        'SYN-RECEIVED',
        'SYN-SENT',
        'TIME-WAIT',
      ].sort(),
    );
  });

  it('of transition-cover hold every symbol that can happen, at every place', () => {
    const held = new Set<string>();
    for (const { symbols, places, withoutTimeWaitProtection } of machineWords(
      'connection',
      'transition-cover',
    )) {
      if (withoutTimeWaitProtection) continue;
      for (const [at, symbol] of symbols.entries()) held.add(`${places[at - 1] ?? 'CLOSED'} ${symbol}`);
    }
    const model = connectionModel();
    const seen = new Set<string>();
    const open = [model.start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const name = model.serialize(place);
      if (seen.has(name)) continue;
      seen.add(name);
      for (const symbol of model.symbols) {
        const next = model.follow(place, symbol);
        if (next === undefined) continue;
        expect(held, `${name} · ${symbol}`).toContain(`${name} ${symbol}`);
        open.push(next);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  });

  it('of simple come to no place twice', () => {
    for (const { places } of machineWords('connection', 'simple', { limit: 2_000 }))
      expect(new Set(places).size).toBe(places.length);
  });

  it('are none that another begins with', () => {
    const words = machineWords('listener', 'transition-cover').map(({ symbols }) => symbols.join('\n'));
    for (const word of words)
      expect(words.filter((other) => other !== word && other.startsWith(`${word}\n`))).toEqual([]);
  });

  it('of random need a source of random numbers', () => {
    expect(() => machineWords('connection', 'random')).toThrow('give `random`');
  });

  it('of random are other words with another seed', () => {
    const words = (seed: number) =>
      JSON.stringify(machineWords('connection', 'random', { limit: 20, random: seededRandom(seed) }));
    expect(words(1)).not.toBe(words(2));
  });
});
