/** The scenes, against what their descriptions say and against whole printed ladders. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  captureOf,
  type Ladder,
  playScene,
  printRfc,
  printTcpdump,
  SCENES,
  type SegmentRow,
} from '../../src/sim/index.ts';
import { numbering } from '../../src/sim/ladder-numbers.ts';
import { segmentInWords } from '../../src/sim/ladder-rfc.ts';
import { TYPED } from './typed.ts';

const expected = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'expected', `${name}.txt`), 'utf8');

/**
 * Where chance decides how the middle goes, the expected ladder has a line `⋮` for any number of lines, and `#` for any
 * number: what must hold with every seed is the rest.
 */
function pattern(text: string): RegExp {
  const lines = text.split('\n').map((line) => {
    if (line === '⋮') return '(?:.*\\n)*?';
    const words = line
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return ` *${words.join(' +').replaceAll('#', '[\\d.]+')} *\\n`;
  });
  return new RegExp(`^${lines.join('')}$`);
}

function rowsOf(ladder: Ladder, index = 0): string[][] {
  const part = ladder.parts[index]!;
  const numbered = numbering(part, 'absolute');
  return part.rows
    .filter((row): row is SegmentRow => row.kind === 'segment')
    .map(({ passage, states }) => {
      const arrow = passage.lost ? '--x' : passage.src === 'A' ? '-->' : '<--';
      return [states.A, arrow, segmentInWords(passage, numbered(passage)), states.B];
    });
}

/** The text that one end sent in all, and the longest in one segment. */
function textOf(ladder: Ladder, src: 'A' | 'B'): { sum: number; longest: number } {
  const lengths = ladder.parts[0]!.passages.filter((passage) => passage.src === src).map(
    ({ segment }) => segment.text.length,
  );
  return { sum: lengths.reduce((a, b) => a + b, 0), longest: Math.max(...lengths) };
}

describe('a scene', () => {
  it.each(TYPED)(
    'shows what was typed from its description: $scene $options $part',
    async ({ scene, options, part, rows }) => {
      expect(rowsOf(await playScene(scene, options), part)).toEqual(rows);
    },
  );

  it.each(SCENES.map(({ name }) => name).filter((name) => name !== 'loss'))(
    'prints the ladder that is expected of it: %s',
    async (name) => {
      expect(`${printRfc(await playScene(name)).join('\n')}\n`).toBe(expected(name));
    },
  );

  it.each([1, 2])('prints what is expected of a bad link, whatever that loses: seed %i', async (seed) => {
    const text = printRfc(await playScene('loss', { seed }), { all: true }).join('\n');
    expect(`${text}\n\n`).toMatch(pattern(expected('loss')));
  });

  it('prints the close of three segments with nothing pending', async () => {
    const ladder = await playScene('half-close', { noPending: true });
    expect(`${printRfc(ladder).join('\n')}\n`).toBe(expected('half-close-no-pending'));
  });

  it('is the same to the byte each time it is played with one seed, captures included', async () => {
    for (const { name } of SCENES) {
      const [one, two] = [await playScene(name, { seed: 7 }), await playScene(name, { seed: 7 })];
      expect(printRfc(two, { all: true, explain: true })).toEqual(
        printRfc(one, { all: true, explain: true }),
      );
      expect(Buffer.from(captureOf(two)).equals(captureOf(one))).toBe(true);
    }
  });

  it('is another one with another seed, where something is left to chance', async () => {
    const [one, two] = [await playScene('loss', { seed: 1 }), await playScene('loss', { seed: 2 })];
    expect(printRfc(two, { all: true })).not.toEqual(printRfc(one, { all: true }));
  });

  it('that does not exist is refused by name', async () => {
    await expect(playScene('handshak')).rejects.toThrow(/no scene "handshak"/);
  });
});

describe('handshake', () => {
  it('has the flags bytes 0x02, 0x12 and 0x10', async () => {
    const { passages } = (await playScene('handshake')).parts[0]!;
    expect(passages.map(({ segment }) => segment.flags)).toEqual([0x02, 0x12, 0x10]);
  });

  it('opens with a SYN as tcpdump prints it', async () => {
    const [line] = printTcpdump(await playScene('handshake'));
    expect(line).toMatch(
      /^IP 192\.168\.1\.116\.3337 > 192\.168\.1\.123\.7788: Flags \[S\], seq 3626544836, win 65535, options \[mss 1460,.*\], length 0$/,
    );
  });

  it('is lettered as in the textbooks: SYN J; SYN K, ACK J+1; ACK K+1', async () => {
    const lines = printRfc(await playScene('handshake'), { numbers: 'letters' }).join('\n');
    expect(lines).toContain('<SEQ=J><CTL=SYN>');
    expect(lines).toContain('<SEQ=K><ACK=J+1><CTL=SYN,ACK>');
    expect(lines).toContain('<SEQ=J+1><ACK=K+1><CTL=ACK>');
  });
});

describe('session', () => {
  it('keeps to the MSS of each end: 1460 octets from A at most, 536 from B', async () => {
    const ladder = await playScene('session');
    expect(textOf(ladder, 'A').longest).toBeLessThanOrEqual(1_460);
    expect(textOf(ladder, 'B')).toEqual({ sum: 1_000, longest: 536 });
    const syns = ladder.parts[0]!.passages.filter(({ segment }) => (segment.flags & 2) !== 0);
    expect(syns.map(({ src, segment }) => [src, segment.options.mss])).toEqual([
      ['A', 536],
      ['B', 1_460],
    ]);
  });

  it('acknowledges the request on the reply, with no ACK of its own in between', async () => {
    const rows = rowsOf(await playScene('session'));
    const request = rows.findIndex(
      ([, arrow, segment]) => arrow === '-->' && segment!.includes('<DATA=1000>'),
    );
    expect(rows[request + 1]![1]).toBe('<--');
    expect(rows[request + 1]![2]).toContain('<DATA=536>');
  });

  it('takes A through FIN-WAIT-1, FIN-WAIT-2 and TIME-WAIT, and B through CLOSE-WAIT and LAST-ACK to CLOSED', async () => {
    const rows = rowsOf(await playScene('session')).slice(-4);
    expect(rows.map(([a, , , b]) => [a, b])).toEqual([
      ['FIN-WAIT-1', 'CLOSE-WAIT'],
      ['FIN-WAIT-2', 'CLOSE-WAIT'],
      ['TIME-WAIT', 'LAST-ACK'],
      ['TIME-WAIT', 'CLOSED'],
    ]);
  });
});

describe('half-close', () => {
  it('has B send 10 segments of text in CLOSE-WAIT, which A acknowledges in FIN-WAIT-2', async () => {
    const rows = rowsOf(await playScene('half-close'));
    const texts = rows.filter(
      ([a, arrow, segment, b]) =>
        a === 'FIN-WAIT-2' && b === 'CLOSE-WAIT' && arrow === '<--' && segment!.includes('<DATA='),
    );
    expect(texts).toHaveLength(10);
    expect(rows.some(([a, arrow, , b]) => a === 'FIN-WAIT-2' && b === 'CLOSE-WAIT' && arrow === '-->')).toBe(
      true,
    );
  });
});

describe('time-wait', () => {
  it.each([
    [15, '30 s'],
    [30, '1 min'],
    [60, '2 min'],
  ])('waits 2 MSL from the last FIN: with an MSL of %i s that is %s', async (msl, wait) => {
    const lines = printRfc(await playScene('time-wait', { mslMs: msl * 1_000 }));
    expect(lines.join('\n')).toContain(`(2 MSL: ${wait})`);
  });

  it('keeps the port taken while A waits, and frees it and the memory afterwards', async () => {
    const text = printRfc(await playScene('time-wait')).join('\n');
    const [taken, free] = [
      text.indexOf('bind(3337): EADDRINUSE'),
      text.indexOf('bind(3337): the port is free'),
    ];
    expect(taken).toBeGreaterThan(0);
    expect(free).toBeGreaterThan(taken);
    expect(text).toContain('Afterwards A holds 0 connections.');
  });
});

describe('loss', () => {
  it('brings 1 MiB over equal, though segments were lost, reordered, duplicated and corrupted', async () => {
    const { facts } = await playScene('loss');
    const digests = facts.join('\n').match(/[0-9a-f]{64}/g);
    expect(digests).toHaveLength(2);
    expect(digests![0]).toBe(digests![1]);
    expect(facts[0]).toMatch(/[1-9]\d* lost, [1-9]\d* reordered, [1-9]\d* duplicated, [1-9]\d* corrupted/);
  });
});

describe('zero-window', () => {
  it('probes with back-off while the window is closed, and ends once it has opened', async () => {
    const { passages } = (await playScene('zero-window')).parts[0]!;
    const probes = passages.filter(({ src, segment }) => src === 'A' && segment.text.length === 1);
    const times = probes.map(({ departure }) => departure!.timeMs);
    const waits = times.slice(1).map((time, index) => Math.round(time - times[index]!));
    expect(waits.length).toBeGreaterThan(2);
    for (const [index, wait] of waits.slice(1).entries()) expect(wait).toBe(2 * waits[index]!);
    expect(textOf(await playScene('zero-window'), 'A').sum - probes.length).toBe(10_000);
  });
});

describe('--explain', () => {
  it('answers the old questions: why three, why four, why 2 MSL', async () => {
    const explained = async (name: string) => printRfc(await playScene(name), { explain: true }).join('\n');
    expect(await explained('handshake')).toContain('Why three segments?');
    expect(await explained('half-close')).toContain('Why four segments');
    expect(await explained('time-wait')).toMatch(/Why (?:does A wait|2 MSL|wait)/);
  });
});
