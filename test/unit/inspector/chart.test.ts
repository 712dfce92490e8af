import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { readChart } from '../../../inspector/src/chart/graph.ts';
import { LINES, orphans, place } from '../../../inspector/src/chart/layout.ts';
import { paragraphsOf } from '../../../inspector/src/chart/paragraphs.ts';
import { readRules, rulesOf } from '../../../inspector/src/chart/rules.ts';
import { connectionMachine } from '../../../machines/index.ts';
import { STATES } from '../../../src/tcp/state.ts';

describe("the inspector's chart", () => {
  it('shows every state of RFC 9293 and every arrow of the machines, each in its place', () => {
    const { states, arrows } = readChart();
    expect(states.map(({ name }) => name).sort()).toEqual([...STATES, 'synchronized'].sort());
    expect(arrows.length).toBeGreaterThan(35);
    expect(place(arrows).unplaced).toEqual([]);
  });

  it('has no label that no arrow of the machine stands behind', () => {
    expect(orphans(readChart().arrows)).toEqual([]);
  });

  it('shows an arrow that the layout does not know, unplaced', () => {
    const config = structuredClone(withoutFunctions(connectionMachine.config)) as {
      states: {
        open: {
          states: { connection: { states: { synchronized: { states: Record<string, { on: object }> } } } };
        };
      };
    };
    const { states } = config.states.open.states.connection.states.synchronized;
    states.ESTABLISHED!.on = { ...states.ESTABLISHED!.on, 'made.up': { target: 'CLOSING' } };
    const { arrows } = readChart(createMachine(config as never));
    expect(place(arrows).unplaced.map(({ id }) => id)).toEqual(['ESTABLISHED made.up CLOSING']);
    const known = readChart().arrows.length;
    expect(place(arrows).placed).toHaveLength(known);
  });

  it('has the timers beside it, with every state of their regions', () => {
    const timers = readChart().timers.map(({ name, states }) => [name, states.map((state) => state.name)]);
    const { states } = connectionMachine.root.states.open!;
    expect(timers).toEqual([
      ['send timer', Object.keys(states['send timer']!.states)],
      ['ack timer', Object.keys(states['ack timer']!.states)],
    ]);
  });

  it('draws each label once, and none on top of another', () => {
    const places = LINES.flatMap(({ labels }) => Object.values(labels)).map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('knows the rules behind the arrows', () => {
    const rules = readRules(
      readFileSync(new URL('../../conformance/event-processing.csv', import.meta.url), 'utf8'),
    );
    expect(rules).toHaveLength(355);
    const { arrows } = readChart();
    const ruleIds = (id: string): readonly string[] =>
      rulesOf(arrows.find((arrow) => arrow.id === id)!, rules).map((rule) => rule.id);
    expect(ruleIds('ESTABLISHED close FIN-WAIT-1')).toEqual(['EP-076', 'EP-077']);
    expect(ruleIds('SYN-SENT rcv.SYN-ACK ESTABLISHED')).toEqual(['EP-122']);
    expect(ruleIds('FIN-WAIT-2 after finWait2 CLOSED')).toEqual([]);
    // Without a row: ICMP, which section 3.10 leaves to 3.9.2.2, MAY-2’s way back to TIME-WAIT, and two that the RFC does not have.
    const bare = arrows.filter((arrow) => rulesOf(arrow, rules).length === 0).map(({ event }) => event);
    expect(new Set(bare)).toEqual(
      new Set(['icmp.hard-error', 'rcv.RST-of-old-duplicate', 'reader.gone', 'after finWait2']),
    );
  });

  it('finds the paragraph that an arrow names', () => {
    for (const { event, descriptions } of readChart().arrows) {
      const found = descriptions.flatMap((description) => paragraphsOf(description));
      expect(found.length > 0 || event === 'after finWait2', `${event}: ${descriptions}`).toBe(true);
    }
  });
});

/** A machine's config may hold functions, which a structured clone refuses. */
function withoutFunctions(config: unknown): unknown {
  return JSON.parse(JSON.stringify(config));
}
