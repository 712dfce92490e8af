/** The model checker over the product's own charts and protocol functions, within bounds that take seconds. */

import { describe, expect, it } from 'vitest';
import { type Bounds, CALLS, Check, checkModel } from '../../../src/model/index.ts';

const NO_FAULTS = { losses: 0, duplicates: 0, reorderings: 0 };
const CLOSING: Bounds['calls'] = new Set([
  'OPEN passive',
  'OPEN active',
  'SEND',
  'RECEIVE',
  'CLOSE our direction',
]);

/** Each is explored to its end. */
const MODELS: readonly (readonly [string, Partial<Bounds>])[] = [
  ['opening and closing while a segment is lost, one duplicated and one overtaken', { octets: 0 }],
  ['an octet each way and a loss', { octets: 1, duplicates: 0, reorderings: 0 }],
  ['two octets each way', { octets: 2, ...NO_FAULTS }],
  [
    'every call that a user can make',
    { octets: 1, ...NO_FAULTS, calls: new Set(CALLS.filter((call) => call !== 'OPEN in LISTEN')) },
  ],
  ['a window of one octet', { octets: 1, ...NO_FAULTS, losses: 1, window: 1, calls: CLOSING }],
  ['retransmissions of what is not lost', { octets: 1, ...NO_FAULTS, inFlight: 3 }],
  ['two connections, one after the other', { octets: 0, ...NO_FAULTS, opens: 2 }],
  ['user timeouts', { octets: 0, ...NO_FAULTS, losses: 1, giveUps: 1 }],
  ['ACKs without delay', { octets: 1, ...NO_FAULTS, losses: 1, delayedAcks: false }],
  ['timers that run on', { octets: 1, ...NO_FAULTS, staleTimers: true }],
];

describe('the charts and the protocol functions', () => {
  it.each(MODELS)('break no rule: %s', (_, bounds) => {
    const { violation, isComplete, states } = checkModel({ bounds });
    expect(violation).toBeUndefined();
    expect(isComplete).toBe(true);
    expect(states).toBeGreaterThan(1_000);
  });
});

describe('checkModel', () => {
  const small = { octets: 1, ...NO_FAULTS };

  it('finds the same, state for state, as without folding', () => {
    for (const bounds of [small, { ...small, octets: 0, losses: 1, duplicates: 1 }]) {
      const folded = checkModel({ bounds });
      const unfolded = checkModel({ bounds, folds: false });
      expect(unfolded.states).toBe(folded.unfolded);
      expect(unfolded.pairs).toEqual(folded.pairs);
      expect(folded.states).toBeLessThan(unfolded.states * 0.51);
    }
  });

  it('finds the same wherever sequence numbers begin', () => {
    // But for 0 itself near them, which a RST for nobody has as its number (3.10.7.1).
    const states = [1_000, 2 ** 31 - 2, 2 ** 31 - 1].map(
      (iss) => checkModel({ bounds: { ...small, iss } }).states,
    );
    expect(new Set(states).size).toBe(1);
  });

  it('gives the same figures in portions, whatever their size', () => {
    const whole = checkModel({ bounds: small });
    const check = new Check({ bounds: small });
    let portions = 0;
    while (!check.run(7)) portions++;
    expect(portions).toBeGreaterThan(100);
    expect(check.result).toEqual(whole);
  });

  it('says so when it has not seen everything', () => {
    const { states, isComplete, violation } = checkModel({ mostStates: 500 });
    expect(states).toBeGreaterThanOrEqual(500);
    expect(isComplete).toBe(false);
    expect(violation).toBeUndefined();
  });

  it('comes upon every pair of states that is allowed, simultaneous open and close included', () => {
    const { pairs } = checkModel({ bounds: { octets: 0 } });
    expect(pairs).toContain('SYN-SENT, SYN-SENT');
    expect(pairs).toContain('CLOSING, CLOSING');
    expect(pairs).toContain('TIME-WAIT, TIME-WAIT');
    expect(pairs).toContain('LAST-ACK, TIME-WAIT');
  });

  it.each([
    [{ octets: -1 }, 'octets is -1; give a whole number of 0 to 16'],
    [{ losses: 1.5 }, 'losses is 1.5; give a whole number of 0 to 15'],
    [{ window: 0 }, 'window is 0; give a whole number of 1 to 65535'],
    [{ iss: 2 ** 32 }, 'iss is 4294967296; give a whole number of 0 to 4294967295'],
    [{ calls: new Set(['FLY']) as never }, 'there is no call "FLY"'],
  ])('refuses bounds that make no sense: %o', (bounds, message) => {
    expect(() => checkModel({ bounds })).toThrow(message);
  });
});
