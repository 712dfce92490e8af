/** One seed, the same bytes: see also test/browser/repeatable.test.ts, and `npm run test:node` for other versions of Node. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { type Fingerprint, fingerprints } from '../support/fingerprints.ts';

const PRINT = fileURLToPath(new URL('../support/print-fingerprints.ts', import.meta.url));
const TIMEOUT_MS = 120_000;

it(
  'the same seed gives the same capture and event log, twice in one process and in another one',
  async () => {
    const first = await fingerprints();
    expect(await fingerprints()).toEqual(first);
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', PRINT]);
    expect(JSON.parse(stdout) as Record<string, Fingerprint>).toEqual(first);
    // All of them are different, and none is of nothing.
    const captures = Object.values(first).map(({ capture }) => capture);
    expect(new Set(captures).size).toBe(captures.length);
    for (const { events, timeMs } of Object.values(first)) {
      expect(Object.keys(events).length).toBeGreaterThan(1);
      expect(timeMs).toBeGreaterThan(0);
    }
  },
  TIMEOUT_MS,
);
