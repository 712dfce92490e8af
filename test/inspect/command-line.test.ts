import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { withInspectPort } from '../../src/cli/inspect-options.ts';
import { view } from '../support/inspector-client.ts';
import { Lines } from '../support/lines.ts';
import { exitOf } from '../support/namespace.ts';
import { CLI, PROJECT } from '../support/serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'statewire-inspect-'));
const started = new Set<ChildProcess>();

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(...words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.add(child);
  child.once('close', () => started.delete(child));
  return child;
}

async function run(...words: readonly string[]) {
  const child = start(...words);
  const [stdout, stderr, { code }] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    exitOf(child, 25_000),
  ]);
  return { code, stdout, stderr };
}

describe('--inspect', () => {
  test.each([
    ['--inspect', ['--inspect=7413']],
    ['--inspect 8000', ['--inspect=8000']],
    ['--inspect=8000', ['--inspect=8000']],
    ['--inspect http://198.18.0.1/', ['--inspect=7413', 'http://198.18.0.1/']],
    ['--inspect handshake', ['--inspect=7413', 'handshake']],
    ['--inspect --loss 2', ['--inspect=7413', '--loss', '2']],
    ['--inspect 80a', ['--inspect=7413', '80a']],
    ['-- --inspect 8000', ['--', '--inspect', '8000']],
  ])('takes a word of digits that follows for the port, and nothing else: %s', (line, words) => {
    expect(withInspectPort(line.split(' '))).toEqual(words);
  });
});

describe('statewire demo --inspect', () => {
  test('waits for a viewer, plays at its pace, and stays until an interrupt', async () => {
    const child = start('demo', 'time-wait', '--inspect', '0');
    const said = new Lines(child.stderr!);
    const printed = text(child.stdout!);
    const [, url = ''] = (await said.next((line) => line.startsWith('inspector: '))).split(' ');
    const viewer = await view(url);
    viewer.send({ command: 'play', speed: 100, id: 'play' });
    // Its second part is another run, and greets anew.
    await viewer.until(({ envelopes }) => envelopes.filter(({ kind }) => kind === 'hello').length === 2);
    expect(viewer.envelopes[0]).toMatchObject({ mode: 'virtual', hosts: [{ name: 'A' }, { name: 'B' }] });
    await said.next((line) => line.includes('stays open'), 20_000);
    const first = viewer.envelopes.slice(2);
    expect(first.find(({ kind }) => kind === 'connection.opened')).toBeDefined();
    expect(viewer.replies).toEqual([{ v: 1, reply: 'play', ok: true }]);
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    expect(await printed).toContain('TIME-WAIT');
  });

  test('ends at once when it is interrupted before anybody came', async () => {
    const child = start('demo', 'handshake', '--inspect=0');
    const printed = text(child.stdout!);
    await new Lines(child.stderr!).next((line) => line.startsWith('The scene waits'));
    child.kill('SIGINT');
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    expect(await printed).toContain('ESTABLISHED');
  });

  test('refuses what makes no sense', async () => {
    expect(await run('demo', '--inspect-host', '0.0.0.0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--inspect-host needs --inspect'),
    });
    expect(await run('demo', '--mask-payload')).toMatchObject({ code: 2 });
    expect(await run('demo', 'handshake', '--record', join(folder, 'no/such/folder'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--record: can't write"),
    });
    expect(await run('demo', '--inspect', '--inspect-host', 'no.such.host.invalid')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('an address of this machine'),
    });
  });

  test('says so when a record could not be written to its end', async () => {
    const { code, stdout, stderr } = await run('demo', 'handshake', '--record', '/dev/full');
    expect(stdout).toContain('ESTABLISHED');
    expect([code, stderr]).toEqual([1, expect.stringContaining("The record can't be written: ENOSPC")]);
  });
});

describe('statewire demo --record, statewire inspect', () => {
  test('keeps a run that runs again, prints the same ladder, and is shown', async () => {
    const file = join(folder, 'loss.jsonl');
    const plain = await run('demo', 'lost-syn');
    const recorded = await run('demo', 'lost-syn', '--record', file);
    expect(recorded.code).toBe(0);
    expect(recorded.stdout).toBe(plain.stdout);

    const again = await run('inspect', file, '--replay', '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ event: 'replay', same: true });

    const shown = start('inspect', file, '--port', '0', '--json');
    const { url } = JSON.parse(await new Lines(shown.stdout!).next());
    const viewer = await view(url);
    await viewer.until(({ envelopes }) => envelopes.some(({ kind }) => kind === 'connection.opened'));
    expect(viewer.envelopes[0]).toMatchObject({ kind: 'hello', mode: 'record' });
    shown.kill('SIGINT');
    expect((await exitOf(shown)).code).toBe(0);
  });

  test('tells a record that was changed, and files that are none', async () => {
    const file = join(folder, 'handshake.jsonl');
    await run('demo', 'handshake', '--record', file);
    const changed = join(folder, 'changed.jsonl');
    const lines = readFileSync(file, 'utf8').split('\n');
    const at = lines.findIndex((line) => line.includes('"input":"frame","host":"B"'));
    writeFileSync(changed, lines.toSpliced(at, 1).join('\n'));
    expect(await run('inspect', changed, '--replay')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/the stack did something else\nB, entry \d+/),
    });
    expect(await run('inspect', join(PROJECT, 'package.json'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/package\.json: no record: line 1/),
    });
    expect(await run('inspect', join(folder, 'missing.jsonl'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("can't be read"),
    });
  });
});
