/** The house: which room may import from which, and that the core runs anywhere. */

import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** A room imports from those before it. Rooms within one row import nothing from one another. */
const ORDER: readonly (readonly string[])[] = [
  ['leaves'],
  ['wire'],
  ['tcp'],
  ['machines'],
  ['net'],
  ['stack'],
  ['sim'],
  ['model', 'drill', 'inspect'],
  ['node'],
  ['cli'],
];
/** Values that stand alone; `tcp` names none of them. */
const LEAVES = ['clock', 'random', 'errors', 'options', 'timer-heap'];
const FOR_NODE = ['node', 'cli'];
/** They define a method of that name, and call none. */
const CLOCKS = [
  'src/clock.ts',
  'src/net/timer-clock.ts',
  'src/sim/virtual-clock.ts',
  'src/sim/steps/step-clock.ts',
  'src/sim/invariants/monitored-clock.ts',
  'src/inspect/boundary.ts',
  'src/inspect/gated-clock.ts',
  'src/inspect/pausable-clock.ts',
  'src/inspect/replay-parts.ts',
];

interface Import {
  readonly file: string;
  readonly from: string;
}

const files = ['src', 'machines']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  .filter((file) => file.endsWith('.ts'));

const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

function roomOf(file: string): string {
  const [top, second = ''] = file.split('/');
  if (top === 'machines') return 'machines';
  const room = second.replace(/\.ts$/, '');
  return LEAVES.includes(room) ? 'leaves' : room;
}

function importsOf(file: string): Import[] {
  const source = sources.get(file)!;
  const found = source.matchAll(
    /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm,
  );
  return [...found].map((match) => ({ file, from: (match[1] ?? match[2] ?? match[3])! }));
}

const all = files.flatMap(importsOf);
const rank = (room: string): number => ORDER.findIndex((row) => row.includes(room));

describe('the rooms', () => {
  it('are all known, and the walk sees their imports', () => {
    const rooms = new Set(files.map(roomOf));
    rooms.delete('index');
    expect([...rooms].filter((room) => rank(room) < 0)).toEqual([]);
    expect(all.length).toBeGreaterThan(200);
  });

  it('import one way: wire ← tcp ← machines ← net ← stack ← sim ← model, drill, inspect ← node ← cli', () => {
    const wrong = all
      .filter(({ file, from }) => from.startsWith('.') && roomOf(file) !== 'index')
      .map(({ file, from }) => ({ file, to: relative(root, join(root, dirname(file), from)) }))
      .filter(({ file, to }) => {
        const [importer, imported] = [roomOf(file), roomOf(to)];
        return importer !== imported && rank(imported) >= rank(importer);
      });
    expect(wrong).toEqual([]);
  });

  it('cut no corner: every relative import names its file', () => {
    const missing = all
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => join(dirname(file), from))
      .filter((file) => !sources.has(file));
    expect(missing).toEqual([]);
  });
});

describe('the core (machines/, and src/ but node/ and cli/)', () => {
  const core = files.filter((file) => !FOR_NODE.includes(roomOf(file)));

  it('names no module of Node', () => {
    const wrong = core
      .flatMap(importsOf)
      .filter(({ from }) => from.startsWith('node:') || builtinModules.includes(from) || from === 'koffi');
    expect(wrong).toEqual([]);
  });

  it('reads no clock, draws no chance and arms no timer but through what it is handed', () => {
    const forbidden =
      /\b(?:Date|performance|process|Buffer|setInterval|queueMicrotask)\b(?=[.([])|\bMath\.random\b|(?<![.\w])setTimeout\(/g;
    const wrong = core.flatMap((file) => {
      const code = sources
        .get(file)!
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/\/\/.*$/gm, '')
        .replace(/(['`])(?:[^'`\\\n]|\\.)*\1/g, "''");
      const found = [...code.matchAll(forbidden)].map((match) => match[0]);
      return found
        .filter((name) => !(CLOCKS.includes(file) && name === 'setTimeout('))
        .map((name) => `${file}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it('takes from other packages only those that run in a browser', () => {
    const packages = new Set(
      core
        .flatMap(importsOf)
        .map(({ from }) => from)
        .filter((from) => !from.startsWith('.')),
    );
    const known = ['xstate', 'rxjs', '@noble/hashes/', '@statelyai/inspect', 'fast-check'];
    expect([...packages].filter((name) => !known.some((start) => name.startsWith(start)))).toEqual([]);
  });
});

describe('the doors', () => {
  it('of package.json are all there', () => {
    const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, string | { default: string }>;
    };
    const missing = Object.values(exports)
      .filter((door) => typeof door === 'object')
      .map((door) => door.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts'))
      .filter((file) => !sources.has(file));
    expect(missing).toEqual([]);
  });

  it('only open: an index holds nothing but exports', () => {
    const code = files
      .filter((file) => file.endsWith('/index.ts'))
      .filter((file) => !file.includes('/scenes/'))
      .map((file) => {
        const rest = sources
          .get(file)!
          .replace(/\/\*[\s\S]*?\*\//g, '')
          .replace(/^export (?:type )?(?:\{[^}]*\}|\*(?: as \w+)?) from '[^']+';$/gm, '');
        return [file, rest.trim()];
      });
    expect(code.filter(([, rest]) => rest !== '')).toEqual([]);
  });
});
