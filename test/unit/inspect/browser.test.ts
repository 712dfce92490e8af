/** The inspector inside a page: a stack that is watched where it runs, with no server. */

import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const page = `
import { createStack, pair } from './src/index.ts';
import { createInspector, inspectable, readRecord, replay } from './src/inspect/index.ts';
import { seededRandom, virtualClock } from './src/sim/index.ts';

globalThis.result = (async () => {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 5 });
  const parts = inspectable({ device: left, clock, random: seededRandom(1), record: true });
  const a = createStack({ ...parts, addresses: ['198.18.0.1'] });
  const b = createStack({ device: right, clock, random: seededRandom(2), addresses: ['198.18.0.2'] });
  const inspector = createInspector(a);
  const lines = [];
  const recording = inspector.record((line) => lines.push(line));
  const viewer = inspector.attach();
  viewer.read();
  b.listen({ port: 80 });
  const connection = a.open({ host: '198.18.0.2', port: 80 });
  await clock.run({ untilMs: 100 });
  connection.abort();
  await clock.run({ untilMs: 200 });
  recording.end();
  const kinds = viewer.read().map(({ kind }) => kind);
  return { kinds: [...new Set(kinds)].sort(), same: replay(readRecord(lines)).same };
})();
`;

test('the inspector runs where there are only the globals of the web', async () => {
  const built = await build({
    stdin: { contents: page, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    metafile: true,
    logLevel: 'silent',
  });
  const inputs = Object.keys(built.metafile.inputs);
  expect(inputs.filter((input) => /^node:|src\/(?:node|cli)\/|koffi/.test(input))).toEqual([]);
  const context = createContext({
    MessageChannel,
    TextEncoder,
    TextDecoder,
    ReadableStream,
    WritableStream,
    AbortController,
    EventTarget,
    Event,
    WebSocket: class {},
    crypto,
    console,
  });
  runInContext(built.outputFiles[0]!.text, context);
  const result = await (context as unknown as { result: Promise<{ kinds: string[]; same: boolean }> }).result;
  expect([...result.kinds]).toEqual([
    'call',
    'chart.actor',
    'chart.event',
    'chart.microstep',
    'chart.snapshot',
    'connection.ended',
    'connection.opened',
    'counters',
    'frame',
    'run',
    'tcb',
    'timer',
  ]);
  expect(result.same).toBe(true);
});
