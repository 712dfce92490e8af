/** Test words on this stack: the chart, the table of RFC 9293 and the wire agree at every step. */

import { describe, expect, it } from 'vitest';
import {
  ArrowsTaken,
  allWords,
  machineWords,
  playWords,
  type Session,
  selfTarget,
  type Target,
} from '../../src/model/index.ts';
import { seededRandom } from '../../src/sim/index.ts';
import { WAYS as PACED_WAYS } from '../chart/pacing-ways.ts';
import { BY_NO_TRAFFIC, nameOf, WAYS } from '../chart/rack-ways.ts';

const LONG_MS = 300_000;

describe('test words of the charts, on this stack', () => {
  it('agree with the table and with the wire, and take every arrow of every chart', {
    timeout: LONG_MS,
  }, async () => {
    const taken = new ArrowsTaken();
    const target = selfTarget({ inspect: taken.inspect as never });
    const words = allWords('transition-cover');
    const result = await playWords(target, words, { taken });
    expect(result.disagreements).toEqual([]);
    // The words' peer does not offer SACK, and without it there is no RACK-TLP: test/chart/rack-timers.test.ts takes those arrows.
    // Nor is anything paced: pacing-timer.test.ts beside it takes those.
    const never = result.arrows?.filter(({ count }) => count === 0).map(({ arrow }) => nameOf(arrow));
    const elsewhere = new Set([...Object.keys(WAYS), ...BY_NO_TRAFFIC, ...Object.keys(PACED_WAYS)]);
    expect(never?.filter((name) => !elsewhere.has(name))).toEqual([]);
    expect(result.arrows?.length).toBeGreaterThan(70);
    expect(result.verdicts).toEqual({ agreed: words.length, disagreed: 0, unobservable: 0, 'not run': 0 });
  });

  it('agree on random walks, too', { timeout: LONG_MS }, async () => {
    const words = machineWords('connection', 'random', { limit: 300, length: 30, random: seededRandom(20) });
    const result = await playWords(selfTarget({ seed: 20 }), words, { seed: 20 });
    expect(result.disagreements).toEqual([]);
    expect(result.verdicts.agreed).toBe(300);
  });
});

/** A target with a fault: some of what its user is told, or of what it sends, is not so. */
function faulty(change: (session: Session) => Partial<Session>): Target {
  const target = selfTarget();
  return {
    ...target,
    name: 'faulty',
    async session(options) {
      const session = await target.session(options);
      const own: Record<string, unknown> = {};
      for (let at = Object.getPrototypeOf(session); at !== Object.prototype; at = Object.getPrototypeOf(at))
        for (const name of Object.getOwnPropertyNames(at)) {
          const value = (session as unknown as Record<string, unknown>)[name];
          if (typeof value === 'function') own[name] = value.bind(session);
        }
      return { ...own, stack: session.stack, peer: session.peer, ...change(session) } as unknown as Session;
    },
  };
}

describe('a target with a fault', () => {
  const words = machineWords('connection', 'shortest');

  it('is found out when it is silent', async () => {
    const mute = faulty(() => ({ heard: () => [] }));
    const { disagreements, verdicts } = await playWords(mute, words);
    expect(verdicts.agreed).toBeLessThan(words.length / 2);
    expect(disagreements.map(({ says }) => says.join()).join()).toContain(
      'EP-002: the answer is to be SYN, and was none',
    );
  });

  it('is found out when it is in another state than the chart', async () => {
    const stuck = faulty((session) => ({
      state: () => (session.state() === 'TIME-WAIT' ? 'CLOSED' : session.state()),
    }));
    const { disagreements } = await playWords(stuck, words);
    expect(disagreements.map(({ says }) => says.join()).join()).toContain(
      'the chart goes to TIME-WAIT, faulty is in CLOSED',
    );
  });

  it('is found out when its user reads what was not sent', async () => {
    const wrong = faulty((session) => ({ read: () => session.read().map((octet) => octet ^ 1) }));
    const { disagreements } = await playWords(
      wrong,
      machineWords('connection', 'random', { limit: 40, random: seededRandom(1) }),
    );
    expect(disagreements.map(({ says }) => says.join()).join()).toContain('the user has read');
  });

  it('is found out when its user is not told', async () => {
    const silent = faulty(() => ({ told: () => [] }));
    const { disagreements } = await playWords(silent, words);
    expect(disagreements.map(({ says }) => says.join()).join()).toContain(
      'the user is to be told opened, and was not',
    );
  });

  it('has its known differences told apart from new ones', async () => {
    const mute = faulty(() => ({ heard: () => [] }));
    const { disagreements } = await playWords(mute, words, {
      differences: [
        { symbol: 'OPEN active', says: /to be SYN, and was none/, kind: 'quirk', reason: 'it is mute' },
      ],
    });
    const known = disagreements.filter((group) => group.known !== undefined);
    expect(known.map(({ symbol }) => symbol)).toEqual(['OPEN active']);
    expect(known.length).toBeLessThan(disagreements.length);
  });
});
