/** A simulation in a browser is the simulation in Node, to the byte. */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { type Fingerprint, fingerprints } from '../support/fingerprints.ts';
import { type Browser, openBrowser, whyNoBrowser } from './browser.ts';

const TIMEOUT_MS = 180_000;

describe.skipIf(whyNoBrowser() !== undefined)('a simulation in headless Chromium', () => {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());

  it(
    'sends the same bytes, and does the same at every step, as in Node',
    async () => {
      const contents = `
      import { fingerprints } from './fingerprints.ts';
      globalThis.result = fingerprints();
    `;
      const resolveDir = fileURLToPath(new URL('../support', import.meta.url));
      const built = await build({
        stdin: { contents, resolveDir, loader: 'ts' },
        bundle: true,
        write: false,
        platform: 'browser',
        format: 'iife',
        logLevel: 'silent',
      });
      browser = await openBrowser();
      const page = await browser.context.newPage();
      await page.addScriptTag({ content: built.outputFiles[0]!.text });
      const inBrowser = await page.evaluate(
        () => (globalThis as unknown as { result: Promise<Record<string, Fingerprint>> }).result,
      );
      expect(inBrowser).toEqual(await fingerprints());
    },
    TIMEOUT_MS,
  );
});
