/** `npm run bench` as a user runs it, as short as can be: its figures mean nothing here. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Figure, SUBJECT } from '../bench/figures.ts';
import { describeWithTun } from '../support/namespace.ts';
import { PROJECT } from '../support/serve.ts';

const hasCompiler = [process.env.CC, 'cc', 'gcc', 'clang'].some(
  (name) => name !== undefined && spawnSync(name, ['--version']).status === 0,
);
const describeWithCompiler =
  hasCompiler || process.env.STATEWIRE_REQUIRE_TUN === '1'
    ? describeWithTun
    : (name: string, tests: () => void) => describe.skip(`${name} (skipped: there is no C compiler)`, tests);

function bench(...words: string[]) {
  const args = ['--import', 'tsx', join(PROJECT, 'test/bench/main.ts'), ...words];
  return spawnSync(process.execPath, args, { cwd: PROJECT, encoding: 'utf8', timeout: 110_000 });
}

describeWithCompiler('the benchmark over a device', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'statewire-bench-test-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('measures statewire beside veth and the relays, draws, profiles, and leaves no namespace', () => {
    const svg = join(directory, 'figures.svg');
    const words = ['--only', 'bulk', '--rounds', '1', '--seconds', '0.1', '--json', '-', '--svg', svg];
    const { status, stdout, stderr, pid } = bench(...words, '--profile', directory);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { figures, machine } = JSON.parse(stdout) as { figures: Figure[]; machine: { node: string } };
    expect(machine.node).toBe(process.version);
    for (const subject of [SUBJECT.veth, SUBJECT.relay, SUBJECT.relayOffload, SUBJECT.statewire]) {
      const values = figures.flatMap((figure) => (figure.subject === subject ? figure.values : []));
      expect(values).toHaveLength(subject === SUBJECT.statewire ? 4 : 2);
      expect(Math.min(...values)).toBeGreaterThan(0);
    }
    const { stdout: left } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
    expect(left).not.toContain(`statewire-${pid}-`);
  }, 120_000);

  it('writes profiles that can be opened, and a picture', async () => {
    expect((await readdir(directory)).sort()).toEqual([
      'figures.svg',
      'statewire-bulk-download.cpuprofile',
      'statewire-bulk-upload.cpuprofile',
    ]);
    const profile = JSON.parse(await readFile(join(directory, 'statewire-bulk-upload.cpuprofile'), 'utf8'));
    expect(profile.samples.length).toBeGreaterThan(10);
  });
});

describe('the benchmark', () => {
  it('refuses a file that can not be written before it measures', () => {
    const { status, stderr } = bench('--json', join(PROJECT, 'no-such-folder', 'out.json'));
    expect(stderr).toMatch(/^bench: .*no-such-folder.*\n$/);
    expect(status).toBe(2);
  });
});
