/** The charts as graphs: every state and arrow of the machine is in each, and other programs can read them. */

import { instance } from '@viz-js/viz';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { connectionMachine, interfaceMachine, listenerMachine } from '../../machines/index.ts';
import { arrowsOf, CHART_NAMES, statesOf, toDot, toJson, toMermaid, toScxml } from '../../src/model/index.ts';
import { transitionsOf } from '../chart/arrows-of.ts';

const MACHINES = { connection: connectionMachine, listener: listenerMachine, interface: interfaceMachine };

describe('the arrows of a chart', () => {
  for (const chart of CHART_NAMES) {
    it(`are those of the machine, each with its paragraph and a name of its own (${chart})`, () => {
      const arrows = arrowsOf(chart);
      expect(arrows.length).toBe(transitionsOf(MACHINES[chart] as never).length);
      expect(new Set(arrows.map(({ id }) => id)).size).toBe(arrows.length);
      expect(arrows.filter(({ description }) => description === '')).toEqual([]);
    });
  }

  it('name guards, actions and where they lead', () => {
    const arrow = arrowsOf('connection').find(({ guard }) => guard === 'nobodyReads');
    expect(arrow).toMatchObject({
      id: 'connection: open.connection.synchronized.FIN-WAIT-1 rcv.ACK-of-FIN → open.connection.synchronized.FIN-WAIT-2.orphaned',
      event: 'rcv.ACK-of-FIN',
      actions: ['tellFinAcknowledged'],
      description: '3.10.7.4, fifth; both directions were closed by the user',
    });
  });
});

describe('a chart for Graphviz', () => {
  for (const chart of CHART_NAMES) {
    it(`is drawn with every state and arrow (${chart})`, async () => {
      const drawn = (await instance()).renderString(toDot(chart), { format: 'svg' });
      const svg = drawn.replaceAll('&#45;', '-');
      for (const { name } of statesOf(chart)) expect(svg).toContain(`>${name}<`);
      const lines = svg.match(/class="edge"/g)?.length ?? 0;
      const beginnings = statesOf(chart).filter(({ initial }) => initial !== undefined).length;
      expect(lines).toBe(arrowsOf(chart).length + beginnings);
    });
  }
});

describe('a chart as SCXML', () => {
  for (const chart of CHART_NAMES) {
    it(`is well-formed and whole (${chart})`, () => {
      const text = toScxml(chart);
      expect(XMLValidator.validate(text)).toBe(true);
      const parsed: unknown = new XMLParser({ ignoreAttributes: false }).parse(text);
      const ids = attributesOf(parsed, 'id').filter((id) => !id.startsWith('after.'));
      expect(ids.length).toBe(statesOf(chart).length - 1);
      const targets = [...attributesOf(parsed, 'target'), ...attributesOf(parsed, 'initial')];
      for (const target of targets) expect(ids).toContain(target);
      expect(text.match(/<transition /g)?.length).toBe(arrowsOf(chart).length);
    });
  }
});

function attributesOf(node: unknown, name: string): string[] {
  if (Array.isArray(node)) return node.flatMap((each) => attributesOf(each, name));
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === `@_${name}` ? [String(value)] : attributesOf(value, name),
  );
}

describe('a chart for Mermaid', () => {
  for (const chart of CHART_NAMES) {
    it(`has every state and arrow (${chart})`, () => {
      const text = toMermaid(chart);
      expect(text.startsWith('stateDiagram-v2\n')).toBe(true);
      for (const { name } of statesOf(chart)) expect(text).toContain(`state "${name}" as `);
      expect(text.match(/^ {2}\w+ --> \w+ : \S.*$/gm)?.length).toBe(arrowsOf(chart).length);
      expect(text.match(/\{$/gm)?.length).toBe(text.match(/^ *\}$/gm)?.length);
    });
  }
});

describe('a chart as JSON', () => {
  it('tells states and arrows one by one', () => {
    const { states, arrows } = JSON.parse(toJson('listener')) as { states: unknown[]; arrows: unknown[] };
    expect(states).toEqual(JSON.parse(JSON.stringify(statesOf('listener'))));
    expect(arrows).toEqual(JSON.parse(JSON.stringify(arrowsOf('listener'))));
  });
});
