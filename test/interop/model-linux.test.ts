/** The charts' words on this machine's own kernel: a new disagreement is a fault of ours, or one to be understood. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { CampaignResult, MealyMachine } from '../../src/model/index.ts';
import { answersOf } from '../../src/model/index.ts';
import { describeWithTun } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';

const LONG_MS = 240_000;

describeWithTun('the words of the charts on Linux', () => {
  it('agree with it, or differ as is known, and are all accounted for', { timeout: LONG_MS }, async () => {
    const result = JSON.parse(
      await statewire('model', 'test', '--target', 'linux', '--json'),
    ) as CampaignResult;
    const unknown = result.disagreements.filter(({ known }) => known === undefined);
    expect(unknown).toEqual([]);
    const { agreed, disagreed, unobservable, 'not run': notRun } = result.verdicts;
    expect(agreed + disagreed + unobservable + notRun).toBe(result.words);
    expect(agreed).toBeGreaterThan(2_000);
    expect(result.disagreements.reduce((sum, { count }) => sum + count, 0)).toBe(disagreed);
    expect(result.notRun.reduce((sum, { count }) => sum + count, 0)).toBe(notRun);
  });

  it('let it be learned, and what was asked is not asked again', { timeout: LONG_MS }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-learn-'));
    try {
      const cache = join(folder, 'answers.jsonl');
      const learn = () =>
        statewire(
          ...['model', 'learn', '--target', 'linux', '--format', 'json', '--words', '40', '--cache', cache],
          ...['--alphabet', 'OPEN active,SYN|ACK,FIN,ACK,CLOSE'],
        );
      const machine = JSON.parse(await learn()) as MealyMachine;
      expect(answersOf(machine, ['OPEN active', 'SYN,ACK', 'CLOSE', 'ACK', 'FIN'])).toEqual([
        'SYN SYN-SENT',
        'ACK ESTABLISHED (opened)',
        'FIN FIN-WAIT-1',
        'none FIN-WAIT-2',
        'ACK TIME-WAIT (closing)',
      ]);
      const asked = readFileSync(cache, 'utf8');
      expect(asked.split('\n').length).toBeGreaterThan(20);
      expect(JSON.parse(await learn())).toEqual(machine);
      expect(readFileSync(cache, 'utf8')).toBe(asked);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

async function statewire(...args: string[]): Promise<string> {
  // 1: something new was found, which stdout tells.
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], {
    maxBuffer: 2 ** 26,
  }).catch((error) => {
    if (error.code !== 1 || error.stdout === '') throw error;
    return error as { stdout: string };
  });
  return stdout;
}
