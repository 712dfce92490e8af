/** The core in a browser's bundle: two stacks over a pair, with no module and no global of Node's. */

import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

const page = `
import { createStack, pair } from './src/index.ts';
import { seededRandom, virtualClock } from './src/sim/index.ts';

globalThis.result = (async () => {
  const clock = virtualClock();
  const [left, right] = pair(clock, { delayMs: 5 });
  const a = createStack({ device: left, addresses: ['198.18.0.1'], clock, random: seededRandom(1) });
  const b = createStack({ device: right, addresses: ['198.18.0.2'], clock, random: seededRandom(2) });
  const listener = b.listen({ port: 80 });
  const serving = (async () => {
    const connection = await listener.accept();
    const text = await connection.read();
    await connection.write(text);
    await connection.shutdown();
  })();
  const calling = (async () => {
    const connection = await a.connect({ host: '198.18.0.2', port: 80 });
    await connection.write(new Uint8Array([1, 2, 3]));
    await connection.shutdown();
    return [...(await connection.read())];
  })();
  await clock.run();
  await serving;
  return { text: await calling, connections: a.connections.size + b.connections.size };
})();
`;

async function bundle(): Promise<{ code: string; inputs: string[] }> {
  const built = await build({
    stdin: { contents: page, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    metafile: true,
    logLevel: 'silent',
  });
  return { code: built.outputFiles[0]!.text, inputs: Object.keys(built.metafile.inputs) };
}

describe('a bundle of the core for a browser', () => {
  it('holds no module of Node, and nothing of src/node or src/cli', async () => {
    // esbuild fails on a module of Node's when the platform is a browser.
    const { inputs } = await bundle();
    expect(inputs.some((input) => input.includes('src/stack/stack.ts'))).toBe(true);
    expect(inputs.filter((input) => /^node:|src\/(?:node|cli)\/|koffi/.test(input))).toEqual([]);
  });

  it('runs where there are only the globals of the web', async () => {
    const { code } = await bundle();
    const web = {
      MessageChannel,
      TextEncoder,
      TextDecoder,
      ReadableStream,
      WritableStream,
      AbortController,
      console,
    };
    const context = createContext({ ...web });
    runInContext(code, context);
    const result = await (context as unknown as { result: Promise<{ text: number[]; connections: number }> })
      .result;
    expect([...result.text]).toEqual([1, 2, 3]);
    expect(result.connections).toBe(0);
  });
});
