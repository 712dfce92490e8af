import { describe, expect, it } from 'vitest';
import { type Effect, Effects } from '../../../src/stack/effects.ts';

const effect = (name: string) => ({ name }) as unknown as Effect;
const nameOf = (one: Effect) => (one as unknown as { name: string }).name;

describe('what actors have done', () => {
  it('is told in order, and what comes of it afterwards', () => {
    const told: string[] = [];
    const effects: Effects = new Effects((one) => {
      told.push(nameOf(one));
      if (nameOf(one) === 'first') {
        effects.push(effect('third'));
        effects.flush();
      }
    });
    effects.push(effect('first'));
    effects.push(effect('second'));
    effects.flush();
    expect(told).toEqual(['first', 'second', 'third']);
  });

  it('is told to the others although one listener throws', () => {
    const told: string[] = [];
    const effects = new Effects((one) => {
      told.push(nameOf(one));
      if (nameOf(one) === 'bad') throw new Error('a fault of the user');
    });
    for (const name of ['bad', 'second', 'third']) effects.push(effect(name));
    expect(() => effects.flush()).toThrow('a fault of the user');
    effects.flush();
    expect(told).toEqual(['bad', 'second', 'third']);
  });
});
