/** `statewire drill --inspect` and `--record`, as a user has them: the built command, and a viewer at its socket. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replay } from '../../src/inspect/index.ts';
import { recordFromFile } from '../../src/node/record-file.ts';
import { view } from '../support/inspector-client.ts';
import { Lines } from '../support/lines.ts';
import { exitOf } from '../support/namespace.ts';
import { CLI } from '../support/serve.ts';

const SCRIPT = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+1000 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0.5 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`;

let folder: string;
let child: ChildProcess | undefined;
let stdout: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drill-inspect-'));
  writeFileSync(join(folder, 'x.pkt'), SCRIPT);
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the command; gives the page's address. */
async function inspect(...flags: string[]): Promise<string> {
  child = spawn(process.execPath, [CLI, 'drill', join(folder, 'x.pkt'), '--inspect', '0', ...flags]);
  stdout = '';
  child.stdout!.on('data', (data) => {
    stdout += data;
  });
  const line = await new Lines(child.stderr!).next((text) => text.startsWith('inspector: '));
  return line.slice('inspector: '.length);
}

describe('drill --inspect', () => {
  it('waits for a viewer, who steps through the script; then says how it went, and stays', async () => {
    const viewer = await view(await inspect());
    await viewer.until(({ envelopes }) => envelopes.some(({ kind }) => kind === 'snapshot'));
    expect(viewer.envelopes[0]).toMatchObject({
      kind: 'hello',
      mode: 'virtual',
      can: { step: ['event', 'frame', 'timer'], play: true },
    });
    const frames = () => viewer.envelopes.filter(({ kind }) => kind === 'frame').length;
    expect(frames()).toBe(0);
    viewer.send({ command: 'step', what: 'frame' });
    await viewer.until(() => frames() === 2);
    expect(stdout).toBe('');
    viewer.send({ command: 'step', what: 'frame' });
    await viewer.until(() => frames() === 3);
    viewer.send({ command: 'play', speed: 1 });
    await viewer.until(() => stdout.includes('1 passed, 0 failed, 0 skipped\n'));
    child!.kill('SIGINT');
    expect(await exitOf(child!)).toEqual({ code: 0, signal: null });
    await viewer.close();
  });

  it('plays what is left when it is interrupted, and ends with what came of it', async () => {
    writeFileSync(join(folder, 'x.pkt'), `${SCRIPT}+0 close(9) = 0\n`);
    await inspect('--json');
    child!.kill('SIGINT');
    expect(await exitOf(child!)).toEqual({ code: 1, signal: null });
    expect(JSON.parse(stdout.split('\n')[0]!)).toMatchObject({ verdict: 'fail' });
  });

  it('takes one script, and no kernel', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      child = spawn(process.execPath, [CLI, 'drill', join(folder, 'x.pkt'), ...words]);
      let stderr = '';
      child.stderr!.on('data', (data) => {
        stderr += data;
      });
      expect(await exitOf(child)).toEqual({ code: 2, signal: null });
      return stderr;
    };
    const two = join(folder, 'x.pkt');
    expect(await refused(two, '--inspect', '0')).toContain(
      '--inspect and --record take one script; there are 2',
    );
    expect(await refused('--record', join(folder, 'r'), '--target', 'linux')).toContain(
      '--target linux has none',
    );
    expect(await refused('--record', join(folder, 'none', 'r'))).toContain("--record: can't write");
  });
});

describe('drill --record', () => {
  it('keeps a run that can be done again', async () => {
    const file = join(folder, 'run.jsonl');
    child = spawn(process.execPath, [CLI, 'drill', join(folder, 'x.pkt'), '--record', file], {
      stdio: 'ignore',
    });
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    const record = recordFromFile(file);
    expect(record.header).toMatchObject({ replayable: true, hello: { mode: 'virtual' } });
    expect(replay(record)).toMatchObject({ same: true });
  });
});
