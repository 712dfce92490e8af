/** What words are held against: the rows named must be those of the event-processing table. */

import { describe, expect, it } from 'vitest';
import { expected } from '../../src/model/drive/expected.ts';
import type { Place } from '../../src/model/words/connection-model.ts';
import { connectionModel } from '../../src/model/words/connection-words.ts';
import type { TestSymbol } from '../../src/model/words/symbols.ts';
import { EVENTS } from '../conformance/tables.ts';

const rows = new Map(EVENTS.map((row) => [row.id, row]));
const OPTIONS = [{ timeWaitProtection: true }, { timeWaitProtection: false }];

interface Case {
  readonly place: Place;
  readonly symbol: TestSymbol;
  readonly expectation: NonNullable<ReturnType<typeof expected>>;
}

/** Every symbol at every place. */
function* cases(): Generator<Case> {
  for (const options of OPTIONS) {
    const model = connectionModel(options);
    const seen = new Set<string>();
    const open = [model.start];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (seen.has(model.serialize(place))) continue;
      seen.add(model.serialize(place));
      for (const symbol of model.symbols) {
        const next = model.follow(place, symbol);
        if (next === undefined) continue;
        open.push(next);
        const expectation = expected(place.situation, symbol, options);
        if (expectation) yield { place, symbol, expectation };
      }
    }
  }
}

const all = [...cases()];

describe('the expectations of test words', () => {
  it('are there for nearly all that can happen', () => {
    expect(all.length).toBeGreaterThan(1_500);
    expect(new Set(all.flatMap(({ expectation }) => expectation.rows)).size).toBeGreaterThan(120);
  });

  it('name rows of the table, the first of them for the state that the word is in', () => {
    for (const { place, symbol, expectation } of all) {
      for (const id of expectation.rows) expect(rows.has(id), id).toBe(true);
      const [first] = expectation.rows;
      if (first === undefined) continue;
      const { state } = place.situation;
      expect(rows.get(first)!.state, `${state} · ${symbol}: ${first}`).toBe(stateOfFirst(first, state));
    }
  });

  it('lead where the last row leads', () => {
    for (const { place, symbol, expectation } of all) {
      const last = expectation.rows.at(-1);
      if (last === undefined) continue;
      const next = rows.get(last)!.next_state;
      const where = `${place.situation.state} · ${symbol}: ${expectation.rows.join(', ')}`;
      // Where a listener is left, "CLOSED" is its LISTEN.
      const also = next === 'CLOSED' && place.situation.listens ? 'LISTEN' : next;
      expect([next, also, ...queuedClose(expectation.rows)], where).toContain(expectation.next);
    }
  });

  it('answer with what the row answers with', () => {
    let compared = 0;
    for (const { place, symbol, expectation } of all) {
      if (expectation.rows.length !== 1 || expectation.reply === '*') continue;
      const { reply_segments: reply } = rows.get(expectation.rows[0]!)!;
      const kind = kindOf(reply);
      // What text goes out once it may is not the row's to say.
      if (kind === undefined || place.situation.text === 'held' || symbol === 'window opens') continue;
      compared++;
      const where = `${place.situation.state} · ${symbol}: ${expectation.rows[0]} says ${reply}`;
      expect(
        expectation.reply.split('|').some((each) => kind.test(each)),
        `${where}, not ${expectation.reply}`,
      ).toBe(true);
    }
    expect(compared).toBeGreaterThan(1_000);
  });
});

/** Text that ends a connection whose reader is gone is held against the row of the state that the ACK in it leads to. */
function stateOfFirst(id: string, state: string): string {
  return id === 'EP-302' && state === 'FIN-WAIT-1'
    ? 'FIN-WAIT-2'
    : id === 'EP-301' && state === 'SYN-RECEIVED'
      ? 'FIN-WAIT-1'
      : state;
}

/** The CLOSE that waited in SYN-RECEIVED takes effect in ESTABLISHED, in the same step. */
function queuedClose(ids: readonly string[]): string[] {
  return ids.includes('EP-075') && ids.includes('EP-255') ? ['FIN-WAIT-1'] : [];
}

function kindOf(reply: string): RegExp | undefined {
  if (reply === 'none') return /^none$/;
  if (reply.includes('CTL=SYN,ACK')) return /SYN,ACK/;
  if (reply.includes('CTL=FIN,ACK')) return /FIN/;
  if (reply.includes('CTL=RST,ACK')) return /^RST,ACK$/;
  if (reply.includes('CTL=RST')) return /^RST$/;
  if (reply.includes('CTL=SYN')) return /^SYN$/;
  if (reply.startsWith('<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>') || reply.startsWith('challenge')) return /ACK/;
  if (reply.startsWith('window probe')) return /^probe$/;
  return undefined;
}
