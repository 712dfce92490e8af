/** What the benchmark shows of its findings. */

import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { aims, progress } from '../../bench/aims.ts';
import { type Figure, SUBJECT } from '../../bench/figures.ts';
import { interleaved } from '../../bench/interleave.ts';
import { machineText } from '../../bench/machine.ts';
import { markdown, replaced } from '../../bench/markdown.ts';
import { picture } from '../../bench/svg.ts';
import { report, shown, withUnit } from '../../bench/table.ts';

const upload = (subject: string, ...values: number[]): Figure => ({
  row: 'bulk',
  subject,
  quantity: 'upload',
  unit: 'Gbit/s',
  values,
});
const download = (subject: string, ...values: number[]): Figure => ({
  ...upload(subject, ...values),
  quantity: 'download',
});
const heap = (value: number): Figure => ({
  row: 'idle',
  subject: SUBJECT.statewire,
  quantity: 'heap of each',
  unit: 'KiB',
  values: [value],
});
const BULK = [
  upload(SUBJECT.veth, 20, 10, 30),
  download(SUBJECT.veth, 20, 10, 30),
  upload(SUBJECT.statewire, 10, 5, 15),
  download(SUBJECT.statewire, 12, 6, 18),
];

describe('an aim', () => {
  it('is met at its bound, by the ratio within each round', () => {
    const [up, down] = aims({ figures: BULK, missing: [] }, ['bulk']);
    expect(up).toMatchObject({ bound: 0.5, measured: 0.5, isMet: true });
    expect(down).toMatchObject({ bound: 0.8, measured: 0.6, isMet: false });
    expect(progress(down!)).toBeCloseTo(0.75);
  });

  it('of which less is better is met below its bound', () => {
    const of = (value: number) =>
      aims({ figures: [heap(value)], missing: [] }, ['idle']).find(({ text }) => text.includes('heap'))!;
    expect(of(8)).toMatchObject({ sense: 'at most', isMet: true });
    expect(of(8.1)).toMatchObject({ isMet: false });
    expect(progress(of(16))).toBe(0.5);
  });

  it('is neither met nor short where a figure is missing, and is left out where its row was not asked for', () => {
    const of = aims({ figures: [upload(SUBJECT.statewire, 1)], missing: [] }, ['bulk']);
    expect(of.map(({ measured, isMet }) => [measured, isMet])).toEqual(of.map(() => [undefined, undefined]));
    expect(progress(of[0]!)).toBeUndefined();
    expect(aims({ figures: BULK, missing: [] }, ['echo']).every(({ row }) => row === 'echo')).toBe(true);
  });

  it('is there for every row of the aims', () => {
    const rows = ['bulk', 'memory', 'echo', 'connections', 'idle', 'many', 'collector'] as const;
    const found = new Set(aims({ figures: [], missing: [] }, rows).map(({ row }) => row));
    expect([...found].sort()).toEqual([...rows].sort());
  });
});

describe('the table', () => {
  it('has a line for each subject and a column for each quantity', () => {
    const text = report({ figures: BULK, missing: [] }, []);
    expect(text).toMatch(/^bulk: one connection over a device/);
    expect(text).toMatch(/\n +upload +download\n/);
    expect(text).toMatch(/\n {2}kernel, veth, kernel +20\.0 Gbit\/s ±50 % +20\.0 Gbit\/s ±50 %\n/);
    expect(text).toMatch(/\n {2}statewire +10\.0 Gbit\/s ±50 % +12\.0 Gbit\/s ±50 %\n/);
  });

  it('lists figures below each other where they are no grid', () => {
    const text = report({ figures: [upload('a', 1), download('b', 1), heap(7.5)], missing: [] }, []);
    expect(text).toMatch(/\n {2}a, upload +1\.00 Gbit\/s\n {2}b, download /);
    expect(text).toMatch(/\n {2}heap of each +7\.50 KiB\n/);
  });

  it('names what was not measured, with the reason', () => {
    const missing = [
      { row: 'bulk', reason: 'needs root' },
      { row: 'echo', subject: 'statewire --spin 0', reason: 'this build does not have it' },
    ] as const;
    expect(report({ figures: [], missing }, [])).toBe(
      'not measured\n  bulk                       needs root\n' +
        '  echo, statewire --spin 0   this build does not have it\n',
    );
  });

  it('says which aims are met, and keeps quiet about those that were not measured', () => {
    const findings = { figures: BULK, missing: [] };
    const text = report(findings, aims(findings, ['bulk', 'echo']));
    expect(text).toMatch(/upload with offload, to veth +0\.50× +≥ 0\.50× +met\n/);
    expect(text).toMatch(/download with offload, to veth +0\.60× +≥ 0\.80× +short\n/);
    expect(text).not.toContain('1-byte echo');
  });

  it('shows as many digits as mean something', () => {
    expect([0.123, 12.345, 1_234.5, Number.NaN].map(shown)).toEqual(['0.12', '12.3', '1,235', '-']);
    expect(withUnit(3, 'KiB')).toBe('3.00 KiB');
    expect(withUnit(300, '/s')).toBe('300/s');
    expect(withUnit(0.5, '')).toBe('0.50');
  });
});

describe('the page', () => {
  const text = markdown({ figures: BULK, missing: [{ row: 'echo', reason: 'needs root' }] }, [], 'a machine');

  it('has a table for each row, and one of what was not measured', () => {
    expect(text).toContain('| **bulk**: one connection over a device, as much as goes | upload | download |');
    expect(text).toContain('\n| statewire | 10.0 Gbit/s ±50 % | 12.0 Gbit/s ±50 % |');
    expect(text).toContain('\n| echo | needs root |');
  });

  it('keeps what is around the place for figures, however often they are written', () => {
    const empty =
      'before\n\n<!-- figures: written by npm run bench -- --markdown -->\nold\n<!-- end of figures -->\n\nafter\n';
    const once = replaced(empty, text);
    expect(once).toMatch(/^before\n\n<!-- figures/);
    expect(once).toMatch(/<!-- end of figures -->\n\nafter\n$/);
    expect(once).not.toContain('old');
    expect(replaced(once, text)).toBe(once);
  });

  it('is refused where there is no such place', () => {
    expect(() => replaced('nothing', text)).toThrow('the page has no place for figures');
  });
});

describe('the picture', () => {
  it('is XML, with a bar for each aim that was measured and each figure that stands beside others', () => {
    const findings = { figures: [...BULK, upload('<odd & "quoted">', 1)], missing: [] };
    const svg = picture(findings, aims(findings, ['bulk', 'echo']));
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg.match(/<rect /g)).toHaveLength(2 + 5);
    expect(svg).toContain('&lt;odd &amp; &quot;quoted&quot;&gt;');
  });

  it('draws an aim that is met exactly up to its line, and none beyond twice that', () => {
    const widths = (value: number): string[] => {
      const findings = { figures: [upload(SUBJECT.veth, 10), upload(SUBJECT.statewire, value)], missing: [] };
      const svg = picture(findings, aims(findings, ['bulk']));
      return [...svg.matchAll(/<rect class="(?:met|short)"[^>]* width="([\d.]+)"/g)].map(
        ([, width]) => width!,
      );
    };
    expect(widths(5)).toEqual(['200.0']);
    expect(widths(500)).toEqual(['400.0']);
  });

  it('is a picture without bars when there is nothing to show', () => {
    expect(XMLValidator.validate(picture({ figures: [], missing: [] }, []))).toBe(true);
  });
});

describe('interleaved rounds', () => {
  it('measure every trial once a round, and begin each round with another', async () => {
    const order: string[] = [];
    const trial = (subject: string) => ({
      subject,
      quantity: 'q',
      unit: '',
      once: async () => order.push(subject),
    });
    const figures = await interleaved('bulk', [trial('a'), trial('b'), trial('c')], 3);
    expect(order.join('')).toBe('abcbcacab');
    expect(figures.map(({ subject, values }) => [subject, values])).toEqual([
      ['a', [1, 6, 8]],
      ['b', [2, 4, 9]],
      ['c', [3, 5, 7]],
    ]);
  });
});

describe('the machine', () => {
  it('is warned of where others are at work', () => {
    const machine = { processor: 'P', cores: 2, memoryGiB: 4, system: 'linux', node: 'v20' };
    expect(machineText({ ...machine, load: 0.2 })).toBe('Node v20, linux; 2 × P, 4 GiB');
    expect(machineText({ ...machine, load: 3 })).toContain('Others are at work on this machine (load 3.0)');
  });
});
