/** Learning: of any small machine an equal one, of a target what it does. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answersOf,
  differencesOf,
  learn,
  type MealyMachine,
  mealyToDot,
  RememberedAnswers,
  randomWords,
  selfTarget,
  steady,
  type Teacher,
  targetTeacher,
} from '../../src/model/index.ts';
import { seededRandom } from '../../src/sim/index.ts';

function taught(machine: MealyMachine): Teacher & { words: number } {
  return {
    words: 0,
    async ask(words) {
      this.words += words.length;
      return words.map((word) => answersOf(machine, word));
    },
  };
}

/** Any machine of a few states over three symbols, and the search that finds every difference. */
const machines = fc
  .integer({ min: 1, max: 8 })
  .chain((count) =>
    fc.array(
      fc.array(fc.record({ answer: fc.constantFrom('x', 'y'), to: fc.nat(count - 1) }), {
        minLength: 3,
        maxLength: 3,
      }),
      { minLength: count, maxLength: count },
    ),
  )
  .map(
    (states): MealyMachine => ({
      alphabet: ['a', 'b', 'c'],
      states: states.map((edges) => ({ access: [], edges })),
    }),
  );

describe('learn', () => {
  it('learns a machine that answers alike, with no more states', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async (machine) => {
        const learned = await learn(
          machine.alphabet,
          taught(machine),
          async (hypothesis) => differencesOf(hypothesis, machine)[0]?.word,
        );
        expect(differencesOf(learned, machine)).toEqual([]);
        expect(learned.states.length).toBeLessThanOrEqual(machine.states.length);
        for (const { access } of learned.states)
          expect(answersOf(learned, access)).toEqual(answersOf(machine, access));
      }),
      { numRuns: 200 },
    );
  });

  it('gives up at as many states as it is told', async () => {
    const chain: MealyMachine = {
      alphabet: ['a'],
      states: Array.from({ length: 20 }, (_, at) => ({
        access: [],
        edges: [{ answer: String(at), to: Math.min(at + 1, 19) }],
      })),
    };
    await expect(learn(['a'], taught(chain), async () => undefined, { mostStates: 10 })).rejects.toThrow(
      'more than 10 states',
    );
    const learned = await learn(['a'], taught(chain), async () => undefined, { mostStates: 20 });
    expect(learned.states.length).toBe(20);
  });

  it('says so when the same word is answered in two ways', async () => {
    let calls = 0;
    const moody: Teacher = { ask: async (words) => words.map((word) => word.map(() => String(calls++))) };
    const teacher = new RememberedAnswers(moody);
    await expect(learn(['a', 'b'], teacher, async () => undefined)).rejects.toThrow(
      'does not answer the same every time',
    );
  });
});

describe('a steady teacher', () => {
  it('counts what was said twice, and asks again where it was not', async () => {
    const asked: string[] = [];
    const late: Teacher = {
      async ask(words) {
        return words.map(([symbol]) => {
          asked.push(symbol!);
          const isLate = symbol === 'b' && asked.filter((each) => each === 'b').length === 1;
          return [isLate ? 'late' : symbol!];
        });
      },
    };
    expect(await steady(late).ask([['a'], ['b'], ['c']])).toEqual([['a'], ['b'], ['c']]);
    expect(asked.sort()).toEqual(['a', 'a', 'b', 'b', 'b', 'c', 'c']);
  });

  it('gives up where nothing is said twice', async () => {
    let asked = 0;
    const moody: Teacher = { ask: async (words) => words.map(() => [String(asked++)]) };
    await expect(steady(moody).ask([['a']])).rejects.toThrow('a is answered otherwise every time');
    expect(asked).toBe(6);
  });
});

describe('remembered answers', () => {
  it('ask nothing twice, nor what a longer word has told', async () => {
    const machine: MealyMachine = {
      alphabet: ['a'],
      states: [{ access: [], edges: [{ answer: 'x', to: 0 }] }],
    };
    const inner = taught(machine);
    const kept: (readonly string[])[] = [];
    const teacher = new RememberedAnswers(inner, (word) => kept.push(word));
    expect(await teacher.ask([['a'], ['a', 'a', 'a'], ['a', 'a']])).toEqual([
      ['x'],
      ['x', 'x', 'x'],
      ['x', 'x'],
    ]);
    expect(inner.words).toBe(1);
    expect(await teacher.ask([['a', 'a']])).toEqual([['x', 'x']]);
    expect(inner.words).toBe(1);
    expect(kept).toEqual([['a', 'a', 'a']]);
  });
});

describe('a learned machine', () => {
  it('is told apart from another by shortest words', () => {
    const one: MealyMachine = {
      alphabet: ['a', 'b'],
      states: [
        {
          access: [],
          edges: [
            { answer: '0', to: 1 },
            { answer: '0', to: 0 },
          ],
        },
        {
          access: ['a'],
          edges: [
            { answer: '0', to: 0 },
            { answer: '1', to: 1 },
          ],
        },
      ],
    };
    const other: MealyMachine = {
      ...one,
      states: [
        one.states[0]!,
        {
          access: ['a'],
          edges: [
            { answer: '0', to: 0 },
            { answer: '2', to: 1 },
          ],
        },
      ],
    };
    expect(differencesOf(one, one)).toEqual([]);
    expect(differencesOf(one, other)).toEqual([{ word: ['a', 'b'], answers: ['1', '2'] }]);
    expect(mealyToDot(one, 'one')).toContain('s0 -> s1 [label="a / 0"]');
  });
});

describe('statewire, learned by asking', () => {
  it('opens, closes and forgets as figure 5 has it', { timeout: 120_000 }, async () => {
    const alphabet = ['OPEN active', 'SYN,ACK', 'FIN', 'ACK', 'CLOSE'];
    const teacher = new RememberedAnswers(targetTeacher(selfTarget()));
    const machine = await learn(
      alphabet,
      teacher,
      randomWords(teacher, { random: seededRandom(3), words: 100, length: 5 }),
    );
    expect(answersOf(machine, ['OPEN active', 'SYN,ACK', 'CLOSE', 'ACK', 'FIN'])).toEqual([
      'SYN SYN-SENT',
      'ACK ESTABLISHED (opened)',
      'FIN FIN-WAIT-1',
      'none FIN-WAIT-2',
      'ACK TIME-WAIT (closing)',
    ]);
    expect(answersOf(machine, ['OPEN active', 'SYN,ACK', 'FIN', 'CLOSE', 'ACK']).slice(2)).toEqual([
      'ACK CLOSE-WAIT (closing)',
      'FIN LAST-ACK',
      'none CLOSED (closed)',
    ]);
    expect(machine.states.length).toBeGreaterThanOrEqual(7);
    expect(machine.states.length).toBeLessThan(20);
  });
});
