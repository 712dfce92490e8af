import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { modelCommand } from '../../../src/cli/model.ts';

let printed: string;

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function model(...args: string[]): Promise<string> {
  const command = modelCommand().exitOverride();
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return printed;
}

describe('statewire model graph', () => {
  it('prints the connection chart for Graphviz, unless told otherwise', async () => {
    expect(await model('graph')).toMatch(/^digraph "connection" \{\n/);
  });

  for (const [format, begin] of [
    ['mermaid', 'stateDiagram-v2'],
    ['scxml', '<?xml'],
    ['json', '{'],
    ['svg', '<?xml'],
  ] as const) {
    it(`prints ${format}`, async () => {
      expect((await model('graph', '--machine', 'listener', '--format', format)).startsWith(begin)).toBe(
        true,
      );
      expect(printed).toContain('rcv.SYN');
    });
  }

  it('names the formats when it is given another', async () => {
    await expect(model('graph', '--format', 'png')).rejects.toThrow(/dot, mermaid, scxml, json, svg/);
  });
});

describe('statewire model paths', () => {
  it('prints a word a line, and where it leads', async () => {
    await model('paths', '--machine', 'interface', '--strategy', 'shortest');
    expect(printed.trimEnd().split('\n')).toContain('interface: pause · SYN → paused (frames wait)');
  });

  it('prints the same words for the same seed, as JSON a line', async () => {
    const first = await model('paths', '--strategy', 'random', '--limit', '3', '--seed', '5', '--json');
    printed = '';
    expect(await model('paths', '--strategy', 'random', '--limit', '3', '--seed', '5', '--json')).toBe(first);
    const words = first
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { machine: string; symbols: string[]; places: string[] });
    expect(words.length).toBe(9);
    for (const { symbols, places } of words) expect(places.length).toBe(symbols.length);
  });
});

describe('statewire model test', () => {
  it('tells which arrows were taken, and how the words went, and ends well', async () => {
    await model('test', '--machine', 'listener');
    expect(printed).toMatch(/^listener: (\d+) of \1 arrows taken \(100 %\)$/m);
    expect(printed.trimEnd().split('\n').at(-1)).toMatch(
      /^self: (\d+) words, \d+ steps: \1 agreed, 0 disagreed/,
    );
    expect(process.exitCode).toBe(0);
  });

  it('tells the same as one JSON document, the same every time', async () => {
    const first = await model('test', '--machine', 'interface', '--json');
    const { verdicts, words, arrows } = JSON.parse(first) as {
      verdicts: Record<string, number>;
      words: number;
      arrows: { count: number }[];
    };
    expect(Object.values(verdicts).reduce((sum, count) => sum + count)).toBe(words);
    expect(arrows.every(({ count }) => count > 0)).toBe(true);
    printed = '';
    expect(await model('test', '--machine', 'interface', '--json')).toBe(first);
  });

  it('does not ask of a few words that they take every arrow', async () => {
    await model('test', '--machine', 'connection', '--limit', '3');
    expect(printed).toContain('not taken: ');
    expect(process.exitCode).toBe(0);
  });
});
